package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.device.InternetChecksum;
import io.shadowmesh.dataplane.device.VirtioNetHeader;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;
import java.nio.ByteOrder;

/** A TCP super-packet with time stamps, as a device brings it at an MTU of 1400: as long as it gets. */
final class SampleSegments
{
    static final int SOURCE = 0x0A0A0A03;
    static final int DESTINATION = 0x0A0A0A04;
    static final int GSO_SIZE = 1348;
    static final int SEGMENTS = 48;
    static final int TRANSPORT_OFFSET = 20;
    static final int HEADER_LENGTH = TRANSPORT_OFFSET + 32;
    static final int LENGTH = HEADER_LENGTH + SEGMENTS * GSO_SIZE;

    private static final int HEADROOM = 16;
    private static final int TCP_CHECKSUM_OFFSET = 16;
    private static final int PROTOCOL = 6;

    private SampleSegments()
    {
    }

    /** Makes the packet. @return its address, with the virtio-net header before it. */
    static long superPacket(final Arena arena)
    {
        final UnsafeBuffer memory = new UnsafeBuffer(arena.allocate(HEADROOM + LENGTH, 64).address(), HEADROOM + LENGTH);
        for (int i = 0; i < LENGTH; i++)
        {
            memory.putByte(HEADROOM + i, (byte)(i * 31));
        }
        final UnsafeBuffer packet = new UnsafeBuffer(memory, HEADROOM, LENGTH);
        packet.putInt(0, 0x45000000 | LENGTH, ByteOrder.BIG_ENDIAN);
        packet.putInt(4, 0x12344000, ByteOrder.BIG_ENDIAN);
        packet.putInt(8, 0x40060000, ByteOrder.BIG_ENDIAN);
        packet.putInt(12, SOURCE, ByteOrder.BIG_ENDIAN);
        packet.putInt(16, DESTINATION, ByteOrder.BIG_ENDIAN);
        packet.putShort(TRANSPORT_OFFSET + 12, (short)0x8010, ByteOrder.BIG_ENDIAN);
        packet.putShort(10, (short)InternetChecksum.ipv4Header(packet.addressOffset(), TRANSPORT_OFFSET));
        packet.putShort(TRANSPORT_OFFSET + TCP_CHECKSUM_OFFSET, (short)InternetChecksum.fold(
            InternetChecksum.pseudoIpv4(packet.addressOffset(), PROTOCOL, LENGTH - TRANSPORT_OFFSET)));
        describe(packet.addressOffset());
        return packet.addressOffset();
    }

    /** Writes a packet's headers, the virtio-net header among them, to another place; the payload stays what it is there. */
    static void copyHeaders(final long from, final long to)
    {
        UnsafeApi.copyMemory(from - VirtioNetHeader.LENGTH, to - VirtioNetHeader.LENGTH,
            VirtioNetHeader.LENGTH + HEADER_LENGTH);
    }

    /** Writes the virtio-net header of all segments. */
    static void describe(final long packet)
    {
        VirtioNetHeader.encode(packet - VirtioNetHeader.LENGTH, VirtioNetHeader.NEEDS_CSUM, VirtioNetHeader.GSO_TCPV4,
            HEADER_LENGTH, GSO_SIZE, TRANSPORT_OFFSET, TCP_CHECKSUM_OFFSET);
    }
}
