package io.shadowmesh.dataplane.device;

import org.agrona.UnsafeApi;

import java.lang.foreign.Arena;

import static io.shadowmesh.dataplane.device.TransportLayout.network;
import static io.shadowmesh.dataplane.device.TransportLayout.network32;

/**
 * Writes the ICMP message that a router owes to the sender of a packet that is longer than the next hop takes: for IPv4
 * "fragmentation needed and DF set" (type 3, code 4), for IPv6 "packet too big" (type 2).
 *
 * <pre>
 *   IPv4   header 20 | 3 | 4 | checksum u16 | 0 u16 | next hop's MTU u16 | the packet, 576 bytes in all
 *   IPv6   header 40 | 2 | 0 | checksum u16 | next hop's MTU u32         | the packet, 1280 bytes in all
 * </pre>
 *
 * <p>It comes from the address that the packet was sent to: that one lies behind the device by the host's own routes, so
 * that no check of the source (RFC 3704) drops the message, as it would one from the host's own address.
 *
 * <p><b>Threading:</b> one thread at a time. <b>Addresses</b> are raw, of packets whose IP header is sound and states
 * their length. Allocates nothing once it is made.
 *
 * <p>Source: RFC 792; RFC 1191, section 4; RFC 1812, section 4.3.2; RFC 4443, sections 2.4 and 3.2.
 */
public final class PacketTooBig
{
    private static final int HEADROOM = 16;
    private static final int ICMP_HEADER_LENGTH = 8;
    private static final int IPV4_LONGEST = 576;
    private static final int IPV6_LONGEST = 1280;
    private static final int IPV4_OFFSET_MASK = 0x1FFF;
    private static final int IPV4_TTL_OFFSET = 8;
    private static final int IPV6_HOP_LIMIT_OFFSET = 7;
    private static final int IPV6_DESTINATION_OFFSET = TransportLayout.IPV6_SOURCE_OFFSET + 16;
    private static final int CHECKSUM_OFFSET = 2;
    private static final int IPV4_MTU_OFFSET = 6;
    private static final int IPV6_MTU_OFFSET = 4;
    private static final int HOPS = 64;

    private static final int ICMP = 1;
    private static final int ICMP_UNREACHABLE = 3;
    private static final int ICMP_FRAGMENTATION_NEEDED = 4;
    private static final int ICMP_ECHO_REPLY = 0;
    private static final int ICMP_ECHO = 8;

    private static final int ICMPV6 = 58;
    private static final int ICMPV6_PACKET_TOO_BIG = 2;
    private static final int ICMPV6_FIRST_QUERY = 128;

    private static final int FIRST_OCTET_LOOPBACK = 127;
    private static final int FIRST_OCTET_MULTICAST = 224;
    private static final int FIRST_OCTET_MULTICAST6 = 0xFF;

    private final long message;

    /**
     * Makes a writer.
     *
     * @param arena that owns its memory.
     */
    public PacketTooBig(final Arena arena)
    {
        message = arena.allocate(HEADROOM + IPV6_LONGEST, Long.BYTES).address() + HEADROOM;
    }

    /**
     * Tells whether the sender of a packet is to be told, rather than the packet be cut on its way: it is IPv6, or IPv4
     * with DF; it comes from one host and goes to one; and it is no ICMP error itself.
     *
     * @param packet address of the IP header.
     * @param length of the packet.
     * @return true if it is.
     */
    public static boolean isOwed(final long packet, final int length)
    {
        return isIpv4(packet) ? isOwedIpv4(packet, length) : isOwedIpv6(packet, length);
    }

    private static boolean isIpv4(final long packet)
    {
        return TransportLayout.version(packet) == TransportLayout.IPV4;
    }

    private static boolean isOwedIpv4(final long packet, final int length)
    {
        final int flags = TransportLayout.unsignedShort(packet + TransportLayout.IPV4_FRAGMENT_OFFSET);
        final int source = TransportLayout.unsignedByte(packet + TransportLayout.IPV4_SOURCE_OFFSET);
        final int destination = TransportLayout.unsignedByte(packet + TransportLayout.IPV4_DESTINATION_OFFSET);
        final int headerLength = (TransportLayout.unsignedByte(packet) & 0xF) * Integer.BYTES;
        if ((flags & TransportLayout.IPV4_DONT_FRAGMENT) == 0 ||
            (flags & IPV4_OFFSET_MASK) != 0 ||
            source == 0 || source == FIRST_OCTET_LOOPBACK || source >= FIRST_OCTET_MULTICAST ||
            destination >= FIRST_OCTET_MULTICAST || length < headerLength + ICMP_HEADER_LENGTH)
        {
            return false;
        }
        final int type = TransportLayout.unsignedByte(packet + headerLength);
        return TransportLayout.protocol(packet) != ICMP || type == ICMP_ECHO || type == ICMP_ECHO_REPLY;
    }

    private static boolean isOwedIpv6(final long packet, final int length)
    {
        final long source = packet + TransportLayout.IPV6_SOURCE_OFFSET;
        if (TransportLayout.unsignedByte(source) == FIRST_OCTET_MULTICAST6 ||
            TransportLayout.unsignedByte(packet + IPV6_DESTINATION_OFFSET) == FIRST_OCTET_MULTICAST6 ||
            (UnsafeApi.getLong(source) | UnsafeApi.getLong(source + Long.BYTES)) == 0 ||
            length < TransportLayout.IPV6_HEADER_LENGTH + ICMP_HEADER_LENGTH)
        {
            return false;
        }
        return TransportLayout.protocol(packet) != ICMPV6 ||
            TransportLayout.unsignedByte(packet + TransportLayout.IPV6_HEADER_LENGTH) >= ICMPV6_FIRST_QUERY;
    }

    /**
     * Writes the message about a packet.
     *
     * @param packet address of the IP header of a packet for which it {@link #isOwed}.
     * @param length of the packet.
     * @param mtu    the longest packet that would have passed.
     * @return the message's length; it begins at {@link #address()}.
     */
    public int write(final long packet, final int length, final int mtu)
    {
        return isIpv4(packet) ? writeIpv4(packet, length, mtu) : writeIpv6(packet, length, mtu);
    }

    private int writeIpv4(final long packet, final int length, final int mtu)
    {
        final int headers = TransportLayout.IPV4_HEADER_LENGTH + ICMP_HEADER_LENGTH;
        final int quoted = Math.min(length, IPV4_LONGEST - headers);
        final int total = headers + quoted;
        clear(headers);
        UnsafeApi.putByte(message, (byte)(TransportLayout.IPV4 << 4 | TransportLayout.IPV4_HEADER_LENGTH / Integer.BYTES));
        UnsafeApi.putShort(message + TransportLayout.IPV4_TOTAL_LENGTH_OFFSET, (short)network(total));
        UnsafeApi.putByte(message + IPV4_TTL_OFFSET, (byte)HOPS);
        UnsafeApi.putByte(message + TransportLayout.IPV4_PROTOCOL_OFFSET, (byte)ICMP);
        UnsafeApi.putInt(message + TransportLayout.IPV4_SOURCE_OFFSET,
            UnsafeApi.getInt(packet + TransportLayout.IPV4_DESTINATION_OFFSET));
        UnsafeApi.putInt(message + TransportLayout.IPV4_DESTINATION_OFFSET,
            UnsafeApi.getInt(packet + TransportLayout.IPV4_SOURCE_OFFSET));
        UnsafeApi.putShort(message + TransportLayout.IPV4_CHECKSUM_OFFSET,
            (short)InternetChecksum.ipv4Header(message, TransportLayout.IPV4_HEADER_LENGTH));

        final long icmp = message + TransportLayout.IPV4_HEADER_LENGTH;
        UnsafeApi.putByte(icmp, (byte)ICMP_UNREACHABLE);
        UnsafeApi.putByte(icmp + 1, (byte)ICMP_FRAGMENTATION_NEEDED);
        UnsafeApi.putShort(icmp + IPV4_MTU_OFFSET, (short)network(mtu));
        UnsafeApi.copyMemory(packet, icmp + ICMP_HEADER_LENGTH, quoted);
        UnsafeApi.putShort(icmp + CHECKSUM_OFFSET,
            (short)InternetChecksum.complement(InternetChecksum.sum(icmp, ICMP_HEADER_LENGTH + quoted), false));
        return total;
    }

    private int writeIpv6(final long packet, final int length, final int mtu)
    {
        final int headers = TransportLayout.IPV6_HEADER_LENGTH + ICMP_HEADER_LENGTH;
        final int quoted = Math.min(length, IPV6_LONGEST - headers);
        clear(headers);
        UnsafeApi.putByte(message, (byte)(TransportLayout.IPV6 << 4));
        UnsafeApi.putShort(message + TransportLayout.IPV6_PAYLOAD_LENGTH_OFFSET,
            (short)network(ICMP_HEADER_LENGTH + quoted));
        UnsafeApi.putByte(message + TransportLayout.IPV6_NEXT_HEADER_OFFSET, (byte)ICMPV6);
        UnsafeApi.putByte(message + IPV6_HOP_LIMIT_OFFSET, (byte)HOPS);
        UnsafeApi.copyMemory(packet + IPV6_DESTINATION_OFFSET, message + TransportLayout.IPV6_SOURCE_OFFSET, 16);
        UnsafeApi.copyMemory(packet + TransportLayout.IPV6_SOURCE_OFFSET, message + IPV6_DESTINATION_OFFSET, 16);

        final long icmp = message + TransportLayout.IPV6_HEADER_LENGTH;
        UnsafeApi.putByte(icmp, (byte)ICMPV6_PACKET_TOO_BIG);
        UnsafeApi.putInt(icmp + IPV6_MTU_OFFSET, network32(mtu));
        UnsafeApi.copyMemory(packet, icmp + ICMP_HEADER_LENGTH, quoted);
        final int icmpLength = ICMP_HEADER_LENGTH + quoted;
        UnsafeApi.putShort(icmp + CHECKSUM_OFFSET, (short)InternetChecksum.complement(
            InternetChecksum.pseudoIpv6(message, ICMPV6, icmpLength) + InternetChecksum.sum(icmp, icmpLength), false));
        return headers + quoted;
    }

    private void clear(final int length)
    {
        UnsafeApi.setMemory(message - HEADROOM, HEADROOM + (long)length, (byte)0);
    }

    /**
     * Where the message begins. The {@value VirtioNetHeader#LENGTH} bytes before it are an empty virtio-net header.
     *
     * @return address of its first byte.
     */
    public long address()
    {
        return message;
    }
}
