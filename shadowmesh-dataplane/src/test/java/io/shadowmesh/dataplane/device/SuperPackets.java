package io.shadowmesh.dataplane.device;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * What crosses a device with offloads, for tests of other packages: a virtio-net header and a packet, in one array. All
 * packets go from 10.10.10.3 or fd00::3 to 10.10.10.4 or fd00::4, unless turned round.
 */
public final class SuperPackets
{
    /** The protocol number of TCP. */
    public static final int TCP = PacketBuilder.TCP;

    /** The protocol number of UDP. */
    public static final int UDP = PacketBuilder.UDP;

    private static final int NEEDS_CSUM = 1;
    private static final int IPV4_SOURCE = 12;
    private static final int IPV4_CHECKSUM = 10;
    private static final int ICMP = 1;

    private SuperPackets()
    {
    }

    /**
     * A packet that is to be cut.
     *
     * @param ipv6          rather than IPv4.
     * @param protocol      of transport.
     * @param payloadLength of all segments together.
     * @param segmentLength of the payload of each but the last.
     * @param number        that its content depends on.
     * @return header and packet.
     */
    public static byte[] of(
        final boolean ipv6, final int protocol, final int payloadLength, final int segmentLength, final int number)
    {
        final PacketBuilder builder = builder(ipv6, protocol, payloadLength, number);
        return PacketBuilder.concat(builder.virtio(segmentLength), builder.partial());
    }

    /**
     * One packet whose checksum is still to be made.
     *
     * @param ipv6          rather than IPv4.
     * @param protocol      of transport.
     * @param payloadLength of the packet.
     * @param number        that its content depends on.
     * @return header and packet.
     */
    public static byte[] single(final boolean ipv6, final int protocol, final int payloadLength, final int number)
    {
        final PacketBuilder builder = builder(ipv6, protocol, payloadLength, number);
        final byte[] header = PacketBuilder.virtio(NEEDS_CSUM, 0, builder.headerLength(), 0, builder.transportOffset(),
            protocol == TCP ? 16 : 6);
        return PacketBuilder.concat(header, builder.partial());
    }

    /**
     * A TCP SYN over IPv4, whose checksum is still to be made.
     *
     * @param segmentSize that it announces.
     * @return header and packet.
     */
    public static byte[] syn(final int segmentSize)
    {
        final PacketBuilder builder = builder(false, TCP, 0, segmentSize);
        builder.flags = PacketBuilder.SYN;
        builder.options = new byte[]{2, 4, (byte)(segmentSize >> 8), (byte)segmentSize};
        final byte[] header = PacketBuilder.virtio(NEEDS_CSUM, 0, builder.headerLength(), 0, builder.transportOffset(), 16);
        return PacketBuilder.concat(header, builder.partial());
    }

    /**
     * The segment size that a {@link #syn} announces by now.
     *
     * @param packet header and packet.
     * @return bytes.
     */
    public static int announced(final byte[] packet)
    {
        return PacketBuilder.get16(packet, VirtioNetHeader.LENGTH + 42);
    }

    /**
     * One packet of IPv4 that is neither TCP nor UDP, without a header before it.
     *
     * @return the packet.
     */
    public static byte[] icmp()
    {
        final byte[] packet = builder(false, UDP, 56, 0).build();
        packet[9] = ICMP;
        return packet;
    }

    private static PacketBuilder builder(
        final boolean ipv6, final int protocol, final int payloadLength, final int number)
    {
        final Random random = new Random(number);
        final PacketBuilder builder = PacketBuilder.of(ipv6, protocol);
        builder.payload = PacketBuilder.bytes(random, payloadLength);
        builder.sequence = random.nextInt();
        builder.id = random.nextInt(1 << 16);
        return builder;
    }

    /**
     * Gives an IPv4 packet another source. The sum of the pseudo-header follows.
     *
     * @param packet     header and packet, its checksum still to be made.
     * @param lastOctet  of the source.
     * @return header and packet.
     */
    public static byte[] from(final byte[] packet, final int lastOctet)
    {
        final byte[] changed = withoutHeader(packet);
        final int change = lastOctet - (changed[IPV4_SOURCE + 3] & 0xFF);
        final int field = 20 + (changed[9] == TCP ? 16 : 6);
        changed[IPV4_SOURCE + 3] = (byte)lastOctet;
        PacketBuilder.put16(changed, field, PacketBuilder.get16(changed, field) + change);
        PacketBuilder.put16(changed, IPV4_CHECKSUM, 0);
        PacketBuilder.put16(changed, IPV4_CHECKSUM, ~PlainSegmenter.sum(changed, 0, 20, 0));
        return PacketBuilder.concat(Arrays.copyOf(packet, VirtioNetHeader.LENGTH), changed);
    }

    /**
     * Turns an IPv4 packet round: source and destination change places, and no sum with them.
     *
     * @param packet header and packet.
     * @return header and packet.
     */
    public static byte[] back(final byte[] packet)
    {
        final byte[] turned = packet.clone();
        final int source = VirtioNetHeader.LENGTH + IPV4_SOURCE;
        System.arraycopy(packet, source, turned, source + 4, 4);
        System.arraycopy(packet, source + 4, turned, source, 4);
        return turned;
    }

    /**
     * What a device makes of it: packets with complete checksums, cut the plain way.
     *
     * @param packet header and packet.
     * @return the packets, without headers.
     */
    public static List<byte[]> split(final byte[] packet)
    {
        return PlainSegmenter.split(Arrays.copyOf(packet, VirtioNetHeader.LENGTH), withoutHeader(packet), false);
    }

    /**
     * Takes the header off.
     *
     * @param packet header and packet.
     * @return the packet.
     */
    public static byte[] withoutHeader(final byte[] packet)
    {
        return Arrays.copyOfRange(packet, VirtioNetHeader.LENGTH, packet.length);
    }

    /**
     * Puts a header of zeroes before a packet that is complete.
     *
     * @param packet without header.
     * @return header and packet.
     */
    public static byte[] withHeader(final byte[] packet)
    {
        return PacketBuilder.concat(new byte[VirtioNetHeader.LENGTH], packet);
    }

    /**
     * Tells whether the checksum has still to be made.
     *
     * @param packet header and packet.
     * @return true if the header says so.
     */
    public static boolean isPartial(final byte[] packet)
    {
        return (packet[0] & NEEDS_CSUM) != 0;
    }
}
