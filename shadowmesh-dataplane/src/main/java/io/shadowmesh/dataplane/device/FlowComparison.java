package io.shadowmesh.dataplane.device;

import org.agrona.UnsafeApi;

import java.nio.ByteOrder;

import static io.shadowmesh.dataplane.device.TransportLayout.IPV4_DONT_FRAGMENT;
import static io.shadowmesh.dataplane.device.TransportLayout.IPV4_HEADER_LENGTH;
import static io.shadowmesh.dataplane.device.TransportLayout.IPV6_HEADER_LENGTH;
import static io.shadowmesh.dataplane.device.TransportLayout.TCP;

/**
 * Whether a packet's headers say the same as those of the first packet of a group, eight bytes at a time.
 *
 * <p>Compared is all but what differs between segments by its nature: lengths, checksums, IPv4 identification, TCP
 * sequence and flags. Of these, the IPv4 checksum and identification and the UDP length are looked at too; the rest is
 * the joiner's.
 *
 * <p>Source: RFC 791, section 3.1; RFC 8200, section 3; RFC 9293, section 3.1; RFC 768; RFC 6864, section 4.
 */
final class FlowComparison
{
    /** Version, IHL, type of service | total length, identification | flags, fragment offset. */
    private static final long IPV4_FIRST = mask(0b1100_0011);

    /** Time to live, protocol | checksum | source. */
    private static final long IPV4_SECOND = mask(0b1100_1111);

    /** The checksum alone among these. */
    private static final long IPV4_CHECKSUM = mask(0b0011_0000);

    /** Version, class, flow label | payload length | next header, hop limit. */
    private static final long IPV6_FIRST = mask(0b1111_0011);

    /** Data offset | flags | window | checksum | urgent pointer: bytes 12 to 19 of the TCP header. */
    private static final long TCP_LAST = mask(0b1011_0011);

    private static final int TCP_ACKNOWLEDGEMENT_OFFSET = 8;

    private long head;
    private boolean ipv4;
    private boolean tcp;
    private boolean fixedId;
    private int headerLength;
    private int id;

    /** A long that covers byte n, as loaded, for each bit of the pattern, the uppermost being byte 0. */
    private static long mask(final int pattern)
    {
        long mask = 0;
        for (int i = 0; i < Long.BYTES; i++)
        {
            mask = mask << Byte.SIZE | ((pattern & 0x80 >>> i) != 0 ? 0xFF : 0);
        }
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? Long.reverseBytes(mask) : mask;
    }

    /** Takes the first packet, which is sound and has neither IPv4 options nor IPv6 extension headers. */
    void set(final long packet, final boolean isIpv4, final int protocol, final int length)
    {
        head = packet;
        ipv4 = isIpv4;
        tcp = protocol == TCP;
        headerLength = length;
        if (isIpv4)
        {
            fixedId = (TransportLayout.unsignedShort(packet + TransportLayout.IPV4_FRAGMENT_OFFSET) &
                IPV4_DONT_FRAGMENT) != 0;
            id = TransportLayout.unsignedShort(packet + TransportLayout.IPV4_ID_OFFSET);
        }
    }

    /**
     * Compares a packet which is longer than the first one's headers, as the group's {@code n}th from 0. Of what may
     * differ, its stated length must be the one given.
     */
    boolean isSame(final long packet, final int length, final int n)
    {
        return ipv4 ?
            isSameIpv4(packet, length, n) && isSameTransport(packet, IPV4_HEADER_LENGTH, length) :
            isSameIpv6(packet, length) && isSameTransport(packet, IPV6_HEADER_LENGTH, length);
    }

    private boolean isSameIpv4(final long packet, final int length, final int n)
    {
        final long first = UnsafeApi.getLong(packet);
        final long second = UnsafeApi.getLong(packet + 8);
        final int third = UnsafeApi.getInt(packet + 16);
        final long difference = (first ^ UnsafeApi.getLong(head)) & IPV4_FIRST |
            (second ^ UnsafeApi.getLong(head + 8)) & IPV4_SECOND | third ^ UnsafeApi.getInt(head + 16);
        return difference == 0 && isRight(first, second, third) &&
            TransportLayout.unsignedShort(packet + TransportLayout.IPV4_TOTAL_LENGTH_OFFSET) == length &&
            (fixedId || TransportLayout.unsignedShort(packet + TransportLayout.IPV4_ID_OFFSET) == (id + n & 0xFFFF));
    }

    private boolean isSameIpv6(final long packet, final int length)
    {
        final long difference = (UnsafeApi.getLong(packet) ^ UnsafeApi.getLong(head)) & IPV6_FIRST |
            UnsafeApi.getLong(packet + 8) ^ UnsafeApi.getLong(head + 8) |
            UnsafeApi.getLong(packet + 16) ^ UnsafeApi.getLong(head + 16) |
            UnsafeApi.getLong(packet + 24) ^ UnsafeApi.getLong(head + 24) |
            UnsafeApi.getLong(packet + 32) ^ UnsafeApi.getLong(head + 32);
        return difference == 0 &&
            TransportLayout.unsignedShort(packet + TransportLayout.IPV6_PAYLOAD_LENGTH_OFFSET) ==
            length - IPV6_HEADER_LENGTH;
    }

    private boolean isSameTransport(final long packet, final int offset, final int length)
    {
        final long ours = packet + offset;
        final long heads = head + offset;
        if (UnsafeApi.getInt(ours) != UnsafeApi.getInt(heads))
        {
            return false;
        }
        if (!tcp)
        {
            return TransportLayout.unsignedShort(ours + TransportLayout.UDP_LENGTH_OFFSET) == length - offset;
        }
        long difference = UnsafeApi.getInt(ours + TCP_ACKNOWLEDGEMENT_OFFSET) ^
            UnsafeApi.getInt(heads + TCP_ACKNOWLEDGEMENT_OFFSET) |
            (UnsafeApi.getLong(ours + TransportLayout.TCP_DATA_OFFSET) ^
            UnsafeApi.getLong(heads + TransportLayout.TCP_DATA_OFFSET)) & TCP_LAST;
        int i = TransportLayout.TCP_HEADER_LENGTH;
        final int end = headerLength - offset;
        for (; i <= end - Long.BYTES; i += Long.BYTES)
        {
            difference |= UnsafeApi.getLong(ours + i) ^ UnsafeApi.getLong(heads + i);
        }
        if (i < end)
        {
            difference |= UnsafeApi.getInt(ours + i) ^ UnsafeApi.getInt(heads + i);
        }
        return difference == 0;
    }

    /** True if the first packet is IPv6, or has the header checksum that it would get. */
    boolean isHeaderChecksumRight()
    {
        return !ipv4 ||
            isRight(UnsafeApi.getLong(head), UnsafeApi.getLong(head + 8), UnsafeApi.getInt(head + 16));
    }

    /** Of 20 bytes: their sum is all ones, and the checksum is not the other form of 0, which no one would make. */
    private static boolean isRight(final long first, final long second, final int third)
    {
        final long sum = InternetChecksum.sumOf(first) + InternetChecksum.sumOf(second) + (third & 0xFFFF_FFFFL);
        return InternetChecksum.fold(sum) == 0xFFFF && (second & IPV4_CHECKSUM) != IPV4_CHECKSUM;
    }
}
