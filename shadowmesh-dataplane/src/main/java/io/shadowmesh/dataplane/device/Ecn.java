package io.shadowmesh.dataplane.device;

import org.agrona.UnsafeApi;

/**
 * Explicit Congestion Notification: tells the ends of a flow that a queue stands, without the loss of a packet.
 *
 * <pre>
 *                              IPv4                 IPv6
 *  field                       byte 1, bits 0-1     byte 1, bits 4-5
 *  00                          its ends do not understand it
 *  01, 10                      they do: ECT(1), ECT(0)
 *  11                          congestion experienced: CE
 * </pre>
 *
 * <p>Source: RFC 3168, section 5; RFC 1624 for the checksum.
 */
public final class Ecn
{
    private static final int CONGESTION_EXPERIENCED = 3;
    private static final int BYTE_OFFSET = 1;
    private static final int IPV6_SHIFT = 4;

    private Ecn()
    {
    }

    /**
     * Marks a packet, or each segment of a super-packet, as having met congestion. The header checksum of IPv4 follows;
     * those of TCP and UDP do not cover the field.
     *
     * @param packet address of the IP header.
     * @param length of the packet.
     * @return true if it is marked now; false, and nothing changed, if its ends would not understand that, or it is no
     *         IP packet.
     */
    public static boolean mark(final long packet, final int length)
    {
        if (length < TransportLayout.IPV4_HEADER_LENGTH)
        {
            return false;
        }
        final int version = TransportLayout.version(packet);
        final int shift = TransportLayout.IPV6 == version ? IPV6_SHIFT : 0;
        final int before = TransportLayout.unsignedByte(packet + BYTE_OFFSET);
        if (version != TransportLayout.IPV4 && version != TransportLayout.IPV6 ||
            (before >>> shift & CONGESTION_EXPERIENCED) == 0)
        {
            return false;
        }

        final int after = before | CONGESTION_EXPERIENCED << shift;
        UnsafeApi.putByte(packet + BYTE_OFFSET, (byte)after);
        if (TransportLayout.IPV4 == version)
        {
            // The byte is the lower half of the header's first word.
            final long checksum = packet + TransportLayout.IPV4_CHECKSUM_OFFSET;
            final int old = TransportLayout.unsignedShort(checksum);
            final int first = TransportLayout.unsignedByte(packet) << Byte.SIZE;
            final int sum = InternetChecksum.fold((~old & 0xFFFFL) + (~(first | before) & 0xFFFFL) + (first | after));
            UnsafeApi.putShort(checksum, (short)TransportLayout.network(~sum));
        }
        return true;
    }
}
