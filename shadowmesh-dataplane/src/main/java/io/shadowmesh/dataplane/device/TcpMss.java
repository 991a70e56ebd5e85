package io.shadowmesh.dataplane.device;

import org.agrona.UnsafeApi;

import static io.shadowmesh.dataplane.device.TransportLayout.network;

/**
 * The maximum segment size that TCP announces in a SYN or SYN-ACK, made no greater than a tunnel takes.
 *
 * <pre>
 *   options of a TCP header:  kind 2 | length 4 | MSS u16        may begin at an odd offset
 * </pre>
 *
 * <p>The checksum follows by the difference (RFC 1624, equation 3); one that holds the sum of the pseudo-header alone
 * does not cover the option, and stays.
 *
 * <p><b>Addresses</b> are raw, of packets whose IP header is sound and states their length. TCP behind IPv6 extension
 * headers, and fragments, are left as they are.
 *
 * <p>Source: RFC 9293, sections 3.2 and 3.7.1; RFC 6691; RFC 1624.
 */
public final class TcpMss
{
    private static final int SYN = 0x02;
    private static final int END = 0;
    private static final int NO_OPERATION = 1;
    private static final int MAXIMUM_SEGMENT_SIZE = 2;
    private static final int OPTION_LENGTH = 4;

    private TcpMss()
    {
    }

    /**
     * Tells whether a packet opens a TCP connection: what {@link #clamp} may have to change.
     *
     * @param packet address of the IP header.
     * @param length of the packet.
     * @return true for SYN and SYN-ACK.
     */
    public static boolean isSyn(final long packet, final int length)
    {
        if (TransportLayout.protocol(packet) != TransportLayout.TCP)
        {
            return false;
        }
        final int offset = transportOffset(packet);
        return length >= offset + TransportLayout.TCP_HEADER_LENGTH &&
            (UnsafeApi.getByte(packet + offset + TransportLayout.TCP_FLAGS_OFFSET) & SYN) != 0;
    }

    /**
     * Makes the announced segment size no greater than what packets of the MTU hold. No announcement is added: without
     * one, a sender takes 536 or 1220 bytes.
     *
     * @param packet  address of the IP header of a packet that {@link #isSyn}.
     * @param length  of the packet.
     * @param mtu     the longest packet that shall come back.
     * @param partial whether the checksum field holds the sum of the pseudo-header alone.
     * @return true if the packet was changed.
     */
    public static boolean clamp(final long packet, final int length, final int mtu, final boolean partial)
    {
        final int offset = transportOffset(packet);
        final long tcp = packet + offset;
        final int headerLength = TransportLayout.transportHeaderLength(tcp, TransportLayout.TCP, length - offset);
        if (headerLength == TransportLayout.NONE || TransportLayout.isFragment(packet))
        {
            return false;
        }

        final int value = find(tcp, headerLength);
        final int ipHeaderLength = TransportLayout.version(packet) == TransportLayout.IPV4 ?
            TransportLayout.IPV4_HEADER_LENGTH : TransportLayout.IPV6_HEADER_LENGTH;
        final int greatest = mtu - ipHeaderLength - TransportLayout.TCP_HEADER_LENGTH;
        if (value == TransportLayout.NONE || TransportLayout.unsignedShort(tcp + value) <= greatest)
        {
            return false;
        }

        final int before = UnsafeApi.getShort(tcp + value) & 0xFFFF;
        final int after = network(greatest);
        UnsafeApi.putShort(tcp + value, (short)after);
        if (!partial)
        {
            final boolean odd = (value & 1) != 0;
            adjust(tcp + TransportLayout.TCP_CHECKSUM_OFFSET, odd ? swap(before) : before, odd ? swap(after) : after);
        }
        return true;
    }

    private static int transportOffset(final long packet)
    {
        final int first = TransportLayout.unsignedByte(packet);
        return first >>> 4 == TransportLayout.IPV4 ? (first & 0xF) * Integer.BYTES : TransportLayout.IPV6_HEADER_LENGTH;
    }

    /** Where the announced size is, from the beginning of the TCP header, or NONE. */
    private static int find(final long tcp, final int headerLength)
    {
        int i = TransportLayout.TCP_HEADER_LENGTH;
        while (i < headerLength)
        {
            final int kind = TransportLayout.unsignedByte(tcp + i);
            if (kind == NO_OPERATION)
            {
                i++;
                continue;
            }
            if (kind == END || i + 1 >= headerLength)
            {
                return TransportLayout.NONE;
            }
            final int optionLength = TransportLayout.unsignedByte(tcp + i + 1);
            if (optionLength < 2 || i + optionLength > headerLength)
            {
                return TransportLayout.NONE;
            }
            if (kind == MAXIMUM_SEGMENT_SIZE)
            {
                return optionLength == OPTION_LENGTH ? i + 2 : TransportLayout.NONE;
            }
            i += optionLength;
        }
        return TransportLayout.NONE;
    }

    private static void adjust(final long field, final int before, final int after)
    {
        final int checksum = UnsafeApi.getShort(field);
        UnsafeApi.putShort(field,
            (short)~InternetChecksum.fold((~checksum & 0xFFFF) + (~before & 0xFFFF) + (after & 0xFFFFL)));
    }

    /** What lies across two words counts with its bytes exchanged. */
    private static int swap(final int word)
    {
        return Short.reverseBytes((short)word) & 0xFFFF;
    }
}
