package io.shadowmesh.dataplane.device;

import org.agrona.UnsafeApi;

import java.nio.ByteOrder;

import static io.shadowmesh.dataplane.device.TransportLayout.network;

/**
 * The checksum of IPv4 headers, TCP and UDP, over native memory: the one's complement of the one's complement sum of
 * all 16-bit words.
 *
 * <p>Sums are of words as the machine loads them, which is as good as any other byte order (RFC 1071, section 2): a
 * result is right in memory when it is stored as the machine stores. Sums that are not yet folded may be added to each
 * other, up to 2<sup>16</sup> of them, if each part begins at an even offset of the whole.
 *
 * <p><b>Addresses</b> are raw: the caller has made sure that the range is there.
 *
 * <p>Source: RFC 1071; RFC 768; RFC 791, section 3.1; RFC 8200, section 8.1; RFC 9293, section 3.1.
 */
public final class InternetChecksum
{
    private static final long LOW_MASK = 0xFFFF_FFFFL;
    private static final int STRIDE = 4 * Long.BYTES;
    private static final boolean LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private InternetChecksum()
    {
    }

    /**
     * Adds up the words of some bytes; an odd last byte counts as the first of a word whose second is 0.
     *
     * @param address of the first byte.
     * @param length  in bytes, at most 65535.
     * @return the sum, not folded, under 2<sup>47</sup>.
     */
    public static long sum(final long address, final int length)
    {
        long low = 0;
        long high = 0;
        int i = 0;
        for (; i <= length - STRIDE; i += STRIDE)
        {
            final long a = UnsafeApi.getLong(address + i);
            final long b = UnsafeApi.getLong(address + i + Long.BYTES);
            final long c = UnsafeApi.getLong(address + i + 2 * Long.BYTES);
            final long d = UnsafeApi.getLong(address + i + 3 * Long.BYTES);
            low += (a & LOW_MASK) + (b & LOW_MASK) + (c & LOW_MASK) + (d & LOW_MASK);
            high += (a >>> 32) + (b >>> 32) + (c >>> 32) + (d >>> 32);
        }
        for (; i <= length - Long.BYTES; i += Long.BYTES)
        {
            final long a = UnsafeApi.getLong(address + i);
            low += a & LOW_MASK;
            high += a >>> 32;
        }
        return low + high + tail(address + i, length - i);
    }

    private static long tail(final long address, final int length)
    {
        long sum = 0;
        int i = 0;
        if ((length & Integer.BYTES) != 0)
        {
            sum += UnsafeApi.getInt(address) & LOW_MASK;
            i += Integer.BYTES;
        }
        if ((length & Short.BYTES) != 0)
        {
            sum += UnsafeApi.getShort(address + i) & 0xFFFF;
            i += Short.BYTES;
        }
        if ((length & 1) != 0)
        {
            final int last = UnsafeApi.getByte(address + i) & 0xFF;
            sum += LITTLE ? last : last << Byte.SIZE;
        }
        return sum;
    }

    /**
     * Brings a sum down to 16 bits, with the carries added in.
     *
     * @param sum not negative.
     * @return 0 only for a sum of 0, else 1 to 0xFFFF.
     */
    public static int fold(final long sum)
    {
        final long once = (sum >>> 32) + (sum & LOW_MASK);
        final long twice = (once >>> 16) + (once & 0xFFFF);
        final int thrice = (int)((twice >>> 16) + (twice & 0xFFFF));
        return (thrice >>> 16) + (thrice & 0xFFFF);
    }

    /** Eight bytes' words, not folded. */
    static long sumOf(final long word)
    {
        return (word >>> 32) + (word & LOW_MASK);
    }

    /**
     * The pseudo-header of TCP or UDP over IPv4.
     *
     * @param packet          address of the IPv4 header.
     * @param protocol        6 or 17.
     * @param transportLength bytes of TCP or UDP header and payload.
     * @return the sum, not folded.
     */
    public static long pseudoIpv4(final long packet, final int protocol, final int transportLength)
    {
        return sumOf(UnsafeApi.getLong(packet + TransportLayout.IPV4_SOURCE_OFFSET)) +
            network(protocol) + network(transportLength);
    }

    /**
     * The pseudo-header of TCP or UDP over IPv6.
     *
     * @param packet          address of the IPv6 header.
     * @param protocol        6 or 17.
     * @param transportLength bytes of TCP or UDP header and payload.
     * @return the sum, not folded.
     */
    public static long pseudoIpv6(final long packet, final int protocol, final int transportLength)
    {
        final long addresses = packet + TransportLayout.IPV6_SOURCE_OFFSET;
        return sumOf(UnsafeApi.getLong(addresses)) + sumOf(UnsafeApi.getLong(addresses + Long.BYTES)) +
            sumOf(UnsafeApi.getLong(addresses + 2 * Long.BYTES)) +
            sumOf(UnsafeApi.getLong(addresses + 3 * Long.BYTES)) +
            network(protocol) + network(transportLength);
    }

    /** The pseudo-header, for whichever version the packet is of. */
    static long pseudo(final long packet, final int protocol, final int transportLength)
    {
        return TransportLayout.version(packet) == TransportLayout.IPV4 ?
            pseudoIpv4(packet, protocol, transportLength) : pseudoIpv6(packet, protocol, transportLength);
    }

    /**
     * What the checksum field of an IPv4 header has to hold, whatever it holds now.
     *
     * @param packet       address of the header.
     * @param headerLength its length, at least 20.
     * @return 16 bits, to be stored as the machine stores.
     */
    public static int ipv4Header(final long packet, final int headerLength)
    {
        final int field = UnsafeApi.getShort(packet + TransportLayout.IPV4_CHECKSUM_OFFSET);
        return ~fold(sum(packet, headerLength) + (~field & 0xFFFF)) & 0xFFFF;
    }

    /**
     * Checks the checksum of TCP or UDP.
     *
     * @param packet address of the IP header.
     * @param length of the packet.
     * @return true if it is right; false if it is wrong, if UDP has none, and if the packet is anything but an
     *         unfragmented TCP or UDP packet of sound lengths, without extension headers.
     */
    public static boolean verifyTransport(final long packet, final int length)
    {
        final int offset = TransportLayout.transportOffset(packet, length);
        return offset != TransportLayout.NONE && verify(packet, offset, TransportLayout.protocol(packet), length);
    }

    /** As {@link #verifyTransport}, of a packet that is known to be sound. */
    static boolean verify(final long packet, final int offset, final int protocol, final int length)
    {
        final long transport = packet + offset;
        final int transportLength = length - offset;
        return fold(pseudo(packet, protocol, transportLength) + sum(transport, transportLength)) == 0xFFFF &&
            (protocol != TransportLayout.UDP ||
            UnsafeApi.getShort(transport + TransportLayout.UDP_CHECKSUM_OFFSET) != 0);
    }

    /**
     * Turns a packet whose checksum field holds the sum of the pseudo-header into a complete one. The sum is made anew:
     * what the field held does not matter.
     *
     * @param packet address of the IP header.
     * @param length of the packet.
     * @return false, and nothing written, if the packet is anything but an unfragmented TCP or UDP packet of sound
     *         lengths, without extension headers.
     */
    public static boolean completeTransport(final long packet, final int length)
    {
        final int offset = TransportLayout.transportOffset(packet, length);
        if (offset == TransportLayout.NONE)
        {
            return false;
        }
        final int protocol = TransportLayout.protocol(packet);
        final long transport = packet + offset;
        final long field = transport + TransportLayout.checksumOffset(protocol);
        final long sum = pseudo(packet, protocol, length - offset) + sum(transport, length - offset) +
            (~UnsafeApi.getShort(field) & 0xFFFF);
        UnsafeApi.putShort(field, (short)complement(sum, protocol == TransportLayout.UDP));
        return true;
    }

    /** What goes into the field: the complement; where 0 would say that there is none, as in UDP, its other form. */
    static int complement(final long sum, final boolean zeroMeansNone)
    {
        final int checksum = ~fold(sum) & 0xFFFF;
        return checksum == 0 && zeroMeansNone ? 0xFFFF : checksum;
    }
}
