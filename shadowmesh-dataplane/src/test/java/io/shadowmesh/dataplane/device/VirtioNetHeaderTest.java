package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.memory.GuardedMemory;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

class VirtioNetHeaderTest
{
    private static final int VALUE = 0xABCD;

    @Test
    void keepsEachFieldWhereTheKernelLooksForIt()
    {
        try (Arena arena = Arena.ofConfined())
        {
            final long header = arena.allocate(16, 8).address();
            VirtioNetHeader.encode(header, 0x01, 0x84, 0x1122, VALUE, 0x5566, 0x7788);
            assertArrayEquals(
                PacketBuilder.virtio(0x01, 0x84, 0x1122, VALUE, 0x5566, 0x7788),
                new byte[] {1, (byte)0x84, 0x22, 0x11, (byte)0xCD, (byte)0xAB, 0x66, 0x55, (byte)0x88, 0x77});
            assertArrayEquals(
                PacketBuilder.virtio(0x01, 0x84, 0x1122, VALUE, 0x5566, 0x7788), GuardedMemory.get(header, 10));
            assertEquals(0x01, VirtioNetHeader.flags(header));
            assertEquals(0x84, VirtioNetHeader.gsoType(header));
            assertEquals(0x1122, VirtioNetHeader.headerLength(header));
            assertEquals(VALUE, VirtioNetHeader.gsoSize(header));
            assertEquals(0x5566, VirtioNetHeader.csumStart(header));
            assertEquals(0x7788, VirtioNetHeader.csumOffset(header));
        }
    }

    @Test
    void clearsTenBytesAndNoMore()
    {
        try (Arena arena = Arena.ofConfined())
        {
            final long header = arena.allocate(16, 8).fill((byte)7).address();
            VirtioNetHeader.clear(header);
            assertArrayEquals(
                new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7}, GuardedMemory.get(header, 16));
            assertEquals(10, VirtioNetHeader.LENGTH);
        }
    }
}
