package io.shadowmesh.bindgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JextractTest
{
    @TempDir
    private Path folder;

    @Test
    void isFoundByPropertyThenEnvironmentThenSearchPath() throws IOException
    {
        final Path first = program("first/bin/jextract", "");
        final Path second = program("second/bin/jextract", "");
        final Path third = program("third/jextract", "");
        final Map<String, String> all = Map.of(
            "JEXTRACT_HOME", folder.resolve("second").toString(), "PATH", "/nowhere::" + third.getParent());
        assertEquals(first, Jextract.find(folder.resolve("first").toString(), all).program());
        assertEquals(second, Jextract.find("", all).program());
        assertEquals(third, Jextract.find(null, Map.of("PATH", all.get("PATH"))).program());
        assertNull(Jextract.find(null, Map.of("PATH", "/nowhere")));
        assertNull(Jextract.find(null, Map.of()));
    }

    @Test
    void isNotPassedOverWhenNamedWrongly()
    {
        final Path program = folder.resolve("bin/jextract");
        assertEquals("jextract.home is set, but " + program + " is not there",
            assertThrows(IOException.class, () -> Jextract.find(folder.toString(), Map.of())).getMessage());
        assertEquals("JEXTRACT_HOME is set, but " + program + " is not there", assertThrows(IOException.class,
            () -> Jextract.find(null, Map.of("JEXTRACT_HOME", folder.toString()))).getMessage());
    }

    @Test
    void runsOnTheSameHeaderAndArguments() throws IOException
    {
        final Path program = program("bin/jextract", """
            test "$1" = "@t.args" && test "$2" = --output && test "$4" = t.h || exit 3
            mkdir -p "$3/p/q" && echo "class Lib {}" > "$3/p/q/Lib.java"
            """);
        assertEquals(Map.of("p/q/Lib.java", "class Lib {}\n"),
            new Jextract(program).generate(Path.of("t.h"), Path.of("t.args"), folder));
    }

    @Test
    void failsTheBuildWhenItFails() throws IOException
    {
        final Path failing = program("bin/failing", "exit 7");
        assertEquals(failing + " ended with status 7", assertThrows(IOException.class,
            () -> new Jextract(failing).generate(Path.of("t.h"), Path.of("t.args"), folder)).getMessage());
        final Path idle = program("bin/idle", "");
        assertEquals(idle + " wrote nothing", assertThrows(IOException.class,
            () -> new Jextract(idle).generate(Path.of("t.h"), Path.of("t.args"), folder)).getMessage());
    }

    @Test
    void leavesNothingStaleInTheOutput() throws IOException
    {
        final Path output = folder.resolve("out");
        OutputFolder.write(output, Map.of("p/A.java", "a", "p/B.java", "b"));
        final var untouched = Files.getLastModifiedTime(output.resolve("p/A.java"));
        OutputFolder.write(output, Map.of("p/A.java", "a", "p/C.java", "c"));
        assertEquals(Map.of("p/A.java", "a", "p/C.java", "c"), OutputFolder.read(output));
        assertEquals(untouched, Files.getLastModifiedTime(output.resolve("p/A.java")));
    }

    private Path program(final String name, final String script) throws IOException
    {
        final Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + script);
        assertTrue(file.toFile().setExecutable(true));
        return file;
    }
}
