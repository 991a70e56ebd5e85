package io.shadowmesh.cli.demo;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import static org.junit.jupiter.api.Assertions.assertEquals;

final class EchoSocketTest
{
    /** The example of RFC 1071, section 3: the sum is ddf2, and its complement goes into the message. */
    @Test
    void sumsAsTheRfcDoes()
    {
        final byte[] example = {0x00, 0x01, (byte)0xf2, 0x03, (byte)0xf4, (byte)0xf5, (byte)0xf6, (byte)0xf7};
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment bytes = arena.allocate(example.length);
            MemorySegment.copy(example, 0, bytes, ValueLayout.JAVA_BYTE, 0, example.length);
            assertEquals((short)~0xddf2, EchoSocket.checksum(bytes, example.length));
        }
    }
}
