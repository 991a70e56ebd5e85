package io.shadowmesh.dataplane.device;

import org.agrona.UnsafeApi;

import java.nio.ByteOrder;

/**
 * Where IPv4, IPv6, TCP and UDP keep what segmentation reads and writes.
 *
 * <pre>
 *        IPv4                           IPv6                            TCP                        UDP
 *   0 1  version 4 | IHL           0 4  version, class, flow label     0 4  ports                 0 4  ports
 *   1 1  type of service           4 2  payload length                 4 4  sequence              4 2  length
 *   2 2  total length              6 1  next header                    8 4  acknowledgement       6 2  checksum
 *   4 2  identification            7 1  hop limit                     12 1  data offset | 0
 *   6 2  flags | fragment offset   8 16 source                        13 1  flags
 *   8 1  time to live             24 16 destination                   14 2  window
 *   9 1  protocol                                                     16 2  checksum
 *  10 2  header checksum                                              18 2  urgent pointer
 *  12 4  source                                                       20 .  options
 *  16 4  destination
 * </pre>
 *
 * <p>Source: RFC 791, section 3.1; RFC 8200, section 3; RFC 9293, section 3.1; RFC 3168, section 6.1; RFC 768.
 */
final class TransportLayout
{
    static final int IPV4 = 4;
    static final int IPV4_HEADER_LENGTH = 20;
    static final int IPV4_TOTAL_LENGTH_OFFSET = 2;
    static final int IPV4_ID_OFFSET = 4;
    static final int IPV4_FRAGMENT_OFFSET = 6;
    static final int IPV4_PROTOCOL_OFFSET = 9;
    static final int IPV4_CHECKSUM_OFFSET = 10;
    static final int IPV4_SOURCE_OFFSET = 12;
    static final int IPV4_DESTINATION_OFFSET = 16;

    /** More fragments, or a fragment's offset: all but DF and the bit that must be 0. */
    static final int IPV4_FRAGMENT_MASK = 0x3FFF;
    static final int IPV4_DONT_FRAGMENT = 0x4000;

    static final int IPV6 = 6;
    static final int IPV6_HEADER_LENGTH = 40;
    static final int IPV6_PAYLOAD_LENGTH_OFFSET = 4;
    static final int IPV6_NEXT_HEADER_OFFSET = 6;
    static final int IPV6_SOURCE_OFFSET = 8;

    static final int TCP = 6;
    static final int TCP_HEADER_LENGTH = 20;
    static final int TCP_SEQUENCE_OFFSET = 4;
    static final int TCP_DATA_OFFSET = 12;
    static final int TCP_FLAGS_OFFSET = 13;
    static final int TCP_CHECKSUM_OFFSET = 16;

    static final int FIN = 0x01;
    static final int PSH = 0x08;
    static final int ACK = 0x10;
    static final int ECE = 0x40;
    static final int CWR = 0x80;

    static final int UDP = 17;
    static final int UDP_HEADER_LENGTH = 8;
    static final int UDP_LENGTH_OFFSET = 4;
    static final int UDP_CHECKSUM_OFFSET = 6;

    /** The longest packet that a length field can state; what longer IPv6 packets there are, nobody offloads here. */
    static final int MAX_PACKET_LENGTH = 0xFFFF;

    /** Where there is no TCP or UDP header. */
    static final int NONE = -1;

    private static final boolean SWAPPED = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private TransportLayout()
    {
    }

    /** A number that is 16 bits in network order, as a native load or store of these 16 bits has it; and back. */
    static int network(final int value)
    {
        return SWAPPED ? Short.reverseBytes((short)value) & 0xFFFF : value & 0xFFFF;
    }

    /** As {@link #network(int)} for 32 bits. */
    static int network32(final int value)
    {
        return SWAPPED ? Integer.reverseBytes(value) : value;
    }

    static int unsignedByte(final long address)
    {
        return UnsafeApi.getByte(address) & 0xFF;
    }

    static int unsignedShort(final long address)
    {
        return network(UnsafeApi.getShort(address));
    }

    static int version(final long packet)
    {
        return unsignedByte(packet) >>> 4;
    }

    /** The length of a sound IP header without extension headers, whose stated length is the given one; or NONE. */
    static int ipHeaderLength(final long packet, final int length)
    {
        if (length >= IPV4_HEADER_LENGTH && length <= MAX_PACKET_LENGTH)
        {
            final int first = unsignedByte(packet);
            if (first >>> 4 == IPV4)
            {
                final int headerLength = (first & 0xF) * Integer.BYTES;
                return headerLength >= IPV4_HEADER_LENGTH && headerLength <= length &&
                    unsignedShort(packet + IPV4_TOTAL_LENGTH_OFFSET) == length ? headerLength : NONE;
            }
            if (first >>> 4 == IPV6 && length >= IPV6_HEADER_LENGTH &&
                unsignedShort(packet + IPV6_PAYLOAD_LENGTH_OFFSET) + IPV6_HEADER_LENGTH == length)
            {
                return IPV6_HEADER_LENGTH;
            }
        }
        return NONE;
    }

    /** What follows the IP header, of a packet that is long enough for one. */
    static int protocol(final long packet)
    {
        return unsignedByte(packet + (version(packet) == IPV4 ? IPV4_PROTOCOL_OFFSET : IPV6_NEXT_HEADER_OFFSET));
    }

    /** True for a part of an IPv4 packet. */
    static boolean isFragment(final long packet)
    {
        return version(packet) == IPV4 && (unsignedShort(packet + IPV4_FRAGMENT_OFFSET) & IPV4_FRAGMENT_MASK) != 0;
    }

    /** Length of a TCP or UDP header with its options that fits into the length given, or NONE. */
    static int transportHeaderLength(final long transport, final int protocol, final int length)
    {
        if (protocol == TCP)
        {
            if (length >= TCP_HEADER_LENGTH)
            {
                final int headerLength = (unsignedByte(transport + TCP_DATA_OFFSET) >>> 4) * Integer.BYTES;
                return headerLength >= TCP_HEADER_LENGTH && headerLength <= length ? headerLength : NONE;
            }
        }
        else if (protocol == UDP && length >= UDP_HEADER_LENGTH)
        {
            return UDP_HEADER_LENGTH;
        }
        return NONE;
    }

    /**
     * Finds the TCP or UDP header of a packet whose checksum can be made and checked.
     *
     * @return its offset if the packet is unfragmented, all its lengths are sound, and the header directly follows the
     *         IP header; else NONE.
     */
    static int transportOffset(final long packet, final int length)
    {
        final int offset = ipHeaderLength(packet, length);
        if (offset == NONE || isFragment(packet))
        {
            return NONE;
        }
        final int protocol = protocol(packet);
        final long transport = packet + offset;
        if (transportHeaderLength(transport, protocol, length - offset) == NONE ||
            protocol == UDP && unsignedShort(transport + UDP_LENGTH_OFFSET) != length - offset)
        {
            return NONE;
        }
        return offset;
    }

    /** Where the checksum field is, from the beginning of a TCP or UDP header. */
    static int checksumOffset(final int protocol)
    {
        return protocol == TCP ? TCP_CHECKSUM_OFFSET : UDP_CHECKSUM_OFFSET;
    }
}
