package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.frame.DropReason;
import org.agrona.DirectBuffer;

import java.nio.ByteOrder;

/**
 * The IP packet inside a DATA frame: what must be sane about it before its addresses are believed.
 *
 * <pre>
 *          IPv4                              IPv6
 *  offset  length  field              offset  length  field
 *       0       1  version 4 | IHL         0       1  version 6 | traffic class
 *       2       2  total length            4       2  payload length, without the 40-byte header
 *      12       4  source                  8      16  source
 *      16       4  destination            24      16  destination
 * </pre>
 *
 * <p>The length that the packet states must be the plaintext's exactly; a jumbogram (RFC 2675), which states none, is
 * refused with the rest.
 *
 * <p>Source: RFC 791, section 3.1; RFC 8200, section 3; wire protocol ShadowMesh/1, section 2.
 */
@SuppressWarnings("exports")
public final class InnerPacket
{
    /** Returned by {@link #validate} for IPv4. */
    public static final int IPV4 = 4;

    /** Returned by {@link #validate} for IPv6. */
    public static final int IPV6 = 6;

    private static final int IPV4_MINIMUM_LENGTH = 20;
    private static final int IPV4_TOTAL_LENGTH_OFFSET = 2;
    private static final int IPV4_SOURCE_OFFSET = 12;
    private static final int IPV4_DESTINATION_OFFSET = 16;
    private static final int IPV4_MINIMUM_IHL = 5;

    private static final int IPV4_FRAGMENT_OFFSET = 6;
    private static final int IPV4_FRAGMENT_MASK = 0x1FFF;
    private static final int IPV4_PROTOCOL_OFFSET = 9;

    private static final int IPV6_HEADER_LENGTH = 40;
    private static final int IPV6_NEXT_HEADER_OFFSET = 6;
    private static final byte IPV6_FRAGMENT = 44;
    private static final int IPV6_FRAGMENT_LENGTH = 8;
    private static final int IPV6_FRAGMENT_MASK = 0xFFF8;
    private static final int IPV6_PAYLOAD_LENGTH_OFFSET = 4;
    private static final int IPV6_SOURCE_OFFSET = 8;
    private static final int IPV6_DESTINATION_OFFSET = 24;

    private static final int UDP = 17;
    private static final int UDP_HEADER_LENGTH = 8;

    private InnerPacket()
    {
    }

    /**
     * Checks version, header length and total length.
     *
     * @param packet that holds the packet.
     * @param offset of the packet's first byte.
     * @param length of the packet in bytes, as the AEAD or the device gave it.
     * @return {@link #IPV4}, {@link #IPV6}, or the code of {@link DropReason#INNER_MALFORMED}.
     */
    public static int validate(final DirectBuffer packet, final int offset, final int length)
    {
        if (length >= IPV4_MINIMUM_LENGTH)
        {
            final int first = packet.getByte(offset) & 0xFF;
            final int version = first >>> 4;
            if (version == IPV4)
            {
                final int ihl = first & 0xF;
                if (ihl >= IPV4_MINIMUM_IHL && ihl * Integer.BYTES <= length &&
                    unsignedShort(packet, offset + IPV4_TOTAL_LENGTH_OFFSET) == length)
                {
                    return IPV4;
                }
            }
            else if (version == IPV6 &&
                unsignedShort(packet, offset + IPV6_PAYLOAD_LENGTH_OFFSET) + IPV6_HEADER_LENGTH == length)
            {
                return IPV6;
            }
        }
        return DropReason.INNER_MALFORMED.code();
    }

    /**
     * The source of an IPv4 packet.
     *
     * @param packet that holds a packet which {@link #validate} found to be IPv4.
     * @param offset of the packet's first byte.
     * @return the 32 bits, the first octet uppermost.
     */
    public static int ipv4Source(final DirectBuffer packet, final int offset)
    {
        return packet.getInt(offset + IPV4_SOURCE_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /**
     * The destination of an IPv4 packet.
     *
     * @param packet that holds a packet which {@link #validate} found to be IPv4.
     * @param offset of the packet's first byte.
     * @return the 32 bits, the first octet uppermost.
     */
    public static int ipv4Destination(final DirectBuffer packet, final int offset)
    {
        return packet.getInt(offset + IPV4_DESTINATION_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /**
     * The first half of the source of an IPv6 packet.
     *
     * @param packet that holds a packet which {@link #validate} found to be IPv6.
     * @param offset of the packet's first byte.
     * @return the upper 64 bits.
     */
    public static long ipv6SourceHigh(final DirectBuffer packet, final int offset)
    {
        return packet.getLong(offset + IPV6_SOURCE_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /**
     * The second half of the source of an IPv6 packet.
     *
     * @param packet that holds a packet which {@link #validate} found to be IPv6.
     * @param offset of the packet's first byte.
     * @return the lower 64 bits.
     */
    public static long ipv6SourceLow(final DirectBuffer packet, final int offset)
    {
        return packet.getLong(offset + IPV6_SOURCE_OFFSET + Long.BYTES, ByteOrder.BIG_ENDIAN);
    }

    /**
     * The first half of the destination of an IPv6 packet.
     *
     * @param packet that holds a packet which {@link #validate} found to be IPv6.
     * @param offset of the packet's first byte.
     * @return the upper 64 bits.
     */
    public static long ipv6DestinationHigh(final DirectBuffer packet, final int offset)
    {
        return packet.getLong(offset + IPV6_DESTINATION_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /**
     * The second half of the destination of an IPv6 packet.
     *
     * @param packet that holds a packet which {@link #validate} found to be IPv6.
     * @param offset of the packet's first byte.
     * @return the lower 64 bits.
     */
    public static long ipv6DestinationLow(final DirectBuffer packet, final int offset)
    {
        return packet.getLong(offset + IPV6_DESTINATION_OFFSET + Long.BYTES, ByteOrder.BIG_ENDIAN);
    }

    /**
     * Finds the UDP header of a packet that has one: behind the IP header, or behind an IPv6 fragment header.
     *
     * @param packet  that holds the packet.
     * @param offset  of its first byte.
     * @param length  of the packet.
     * @param version what {@link #validate} found.
     * @return the offset of the source port, before the destination port, or -1.
     */
    public static int udpOffset(final DirectBuffer packet, final int offset, final int length, final int version)
    {
        final int next;
        final int header;
        int fragment = 0;
        if (version == IPV4)
        {
            next = packet.getByte(offset + IPV4_PROTOCOL_OFFSET);
            header = (packet.getByte(offset) & 0xF) * Integer.BYTES;
            fragment = unsignedShort(packet, offset + IPV4_FRAGMENT_OFFSET) & IPV4_FRAGMENT_MASK;
        }
        else if (packet.getByte(offset + IPV6_NEXT_HEADER_OFFSET) != IPV6_FRAGMENT)
        {
            next = packet.getByte(offset + IPV6_NEXT_HEADER_OFFSET);
            header = IPV6_HEADER_LENGTH;
        }
        else if (length >= IPV6_HEADER_LENGTH + IPV6_FRAGMENT_LENGTH)
        {
            next = packet.getByte(offset + IPV6_HEADER_LENGTH);
            header = IPV6_HEADER_LENGTH + IPV6_FRAGMENT_LENGTH;
            fragment = unsignedShort(packet, offset + IPV6_HEADER_LENGTH + Short.BYTES) & IPV6_FRAGMENT_MASK;
        }
        else
        {
            return -1;
        }
        return next == UDP && fragment == 0 && length >= header + UDP_HEADER_LENGTH ? offset + header : -1;
    }

    /**
     * Reads a field of two bytes, such as a port.
     *
     * @param packet that holds the packet.
     * @param offset of the field.
     * @return 0 to 65,535.
     */
    public static int unsignedShort(final DirectBuffer packet, final int offset)
    {
        return packet.getShort(offset, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }
}
