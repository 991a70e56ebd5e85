package io.shadowmesh.dataplane.device;

import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.virtio_net_hdr;
import org.agrona.UnsafeApi;

/**
 * What stands before each packet of a device that was opened with {@code IFF_VNET_HDR}: whether its checksum has still
 * to be made, and whether it is one packet or many that share a header.
 *
 * <pre>
 *  offset  length  field        meaning
 *       0       1  flags        {@link #NEEDS_CSUM}: the checksum field holds the sum of the pseudo-header alone
 *       1       1  gso_type     one of {@code GSO_*}, with {@link #GSO_ECN} where the first segment has CWR
 *       2       2  hdr_len      bytes of headers, a hint
 *       4       2  gso_size     payload bytes of each segment but the last
 *       6       2  csum_start   where the sum begins: the TCP or UDP header
 *       8       2  csum_offset  of the checksum field, from there
 * </pre>
 *
 * <p>Numbers are in host byte order, as the device has them unless told otherwise. Accessors take the address of the
 * structure, of which {@value #LENGTH} bytes must be there.
 *
 * <p>Source: Virtual I/O Device (VIRTIO) 1.2, section 5.1.6; linux/virtio_net.h.
 */
public final class VirtioNetHeader
{
    /** Length of the structure, in bytes. */
    public static final int LENGTH = 10;

    /** In flags: the checksum at csum_start + csum_offset is to be completed. */
    public static final int NEEDS_CSUM = Linux.VIRTIO_NET_HDR_F_NEEDS_CSUM();

    /** In flags: the checksum has been seen to be right. */
    public static final int DATA_VALID = Linux.VIRTIO_NET_HDR_F_DATA_VALID();

    /** In gso_type: one packet. */
    public static final int GSO_NONE = Linux.VIRTIO_NET_HDR_GSO_NONE();

    /** In gso_type: TCP segments over IPv4. */
    public static final int GSO_TCPV4 = Linux.VIRTIO_NET_HDR_GSO_TCPV4();

    /** In gso_type: one UDP datagram, to be cut into IP fragments. No kernel makes these any more. */
    public static final int GSO_UDP = Linux.VIRTIO_NET_HDR_GSO_UDP();

    /** In gso_type: TCP segments over IPv6. */
    public static final int GSO_TCPV6 = Linux.VIRTIO_NET_HDR_GSO_TCPV6();

    /** In gso_type: UDP datagrams of one flow, over IPv4 or IPv6. */
    public static final int GSO_UDP_L4 = Linux.VIRTIO_NET_HDR_GSO_UDP_L4();

    /** Bit in gso_type: the first TCP segment has CWR, and no other. */
    public static final int GSO_ECN = Linux.VIRTIO_NET_HDR_GSO_ECN();

    private static final int FLAGS_OFFSET = (int)virtio_net_hdr.flags$offset();
    private static final int GSO_TYPE_OFFSET = (int)virtio_net_hdr.gso_type$offset();
    private static final int HEADER_LENGTH_OFFSET = (int)virtio_net_hdr.hdr_len$offset();
    private static final int GSO_SIZE_OFFSET = (int)virtio_net_hdr.gso_size$offset();
    private static final int CSUM_START_OFFSET = (int)virtio_net_hdr.csum_start$offset();
    private static final int CSUM_OFFSET_OFFSET = (int)virtio_net_hdr.csum_offset$offset();

    private VirtioNetHeader()
    {
    }

    /**
     * Writes all fields.
     *
     * @param header       address of the structure.
     * @param flags        {@link #NEEDS_CSUM} or 0.
     * @param gsoType      one of {@code GSO_*}.
     * @param headerLength bytes of headers.
     * @param gsoSize      payload bytes of each segment but the last, 0 for {@link #GSO_NONE}.
     * @param csumStart    where the sum begins.
     * @param csumOffset   of the checksum field, from there.
     */
    public static void encode(
        final long header,
        final int flags,
        final int gsoType,
        final int headerLength,
        final int gsoSize,
        final int csumStart,
        final int csumOffset)
    {
        UnsafeApi.putByte(header + FLAGS_OFFSET, (byte)flags);
        UnsafeApi.putByte(header + GSO_TYPE_OFFSET, (byte)gsoType);
        UnsafeApi.putShort(header + HEADER_LENGTH_OFFSET, (short)headerLength);
        UnsafeApi.putShort(header + GSO_SIZE_OFFSET, (short)gsoSize);
        UnsafeApi.putShort(header + CSUM_START_OFFSET, (short)csumStart);
        UnsafeApi.putShort(header + CSUM_OFFSET_OFFSET, (short)csumOffset);
    }

    /**
     * Writes the header of a packet that is complete: nothing but zeros.
     *
     * @param header address of the structure.
     */
    public static void clear(final long header)
    {
        UnsafeApi.putLong(header, 0);
        UnsafeApi.putShort(header + Long.BYTES, (short)0);
    }

    /**
     * The flags.
     *
     * @param header address of the structure.
     * @return bits such as {@link #NEEDS_CSUM}.
     */
    public static int flags(final long header)
    {
        return UnsafeApi.getByte(header + FLAGS_OFFSET) & 0xFF;
    }

    /**
     * The kind of segments.
     *
     * @param header address of the structure.
     * @return one of {@code GSO_*}, perhaps with {@link #GSO_ECN}.
     */
    public static int gsoType(final long header)
    {
        return UnsafeApi.getByte(header + GSO_TYPE_OFFSET) & 0xFF;
    }

    /**
     * The length of all headers, which is a hint.
     *
     * @param header address of the structure.
     * @return bytes.
     */
    public static int headerLength(final long header)
    {
        return UnsafeApi.getShort(header + HEADER_LENGTH_OFFSET) & 0xFFFF;
    }

    /**
     * The payload of each segment but the last.
     *
     * @param header address of the structure.
     * @return bytes.
     */
    public static int gsoSize(final long header)
    {
        return UnsafeApi.getShort(header + GSO_SIZE_OFFSET) & 0xFFFF;
    }

    /**
     * Into how many packets the one behind the header is going to be cut.
     *
     * @param header address of the structure.
     * @param length of the packet.
     * @return 1 or more; by the hint about its headers, not by what they are.
     */
    public static int packets(final long header, final int length)
    {
        final int gsoSize = gsoSize(header);
        if (GSO_NONE == gsoType(header) || 0 == gsoSize)
        {
            return 1;
        }
        return Math.max(1, (length - headerLength(header) + gsoSize - 1) / gsoSize);
    }

    /**
     * Where the sum begins.
     *
     * @param header address of the structure.
     * @return offset from the packet's first byte.
     */
    public static int csumStart(final long header)
    {
        return UnsafeApi.getShort(header + CSUM_START_OFFSET) & 0xFFFF;
    }

    /**
     * Where the checksum field is.
     *
     * @param header address of the structure.
     * @return offset from {@link #csumStart}.
     */
    public static int csumOffset(final long header)
    {
        return UnsafeApi.getShort(header + CSUM_OFFSET_OFFSET) & 0xFFFF;
    }
}
