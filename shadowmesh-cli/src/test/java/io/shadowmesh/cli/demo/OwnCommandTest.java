package io.shadowmesh.cli.demo;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

final class OwnCommandTest
{
    @Test
    void splitsWhatTheKernelKeeps()
    {
        assertEquals(List.of("java", "", "-cp", "a b"),
            OwnCommand.split("java\0\0-cp\0a b\0".getBytes(StandardCharsets.UTF_8)));
        assertEquals(List.of(), OwnCommand.split(new byte[0]));
    }

    @Test
    void putsOtherArgumentsBehindTheSameJvm() throws Exception
    {
        final List<String> whole = OwnCommand.read(0).with(List.of());
        final List<String> other = OwnCommand.read(1).with(List.of("up", "-x"));
        assertEquals(whole.subList(0, whole.size() - 1), other.subList(0, other.size() - 2));
        assertEquals(List.of("up", "-x"), other.subList(other.size() - 2, other.size()));
    }
}
