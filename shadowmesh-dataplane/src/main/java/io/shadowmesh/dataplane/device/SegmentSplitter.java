package io.shadowmesh.dataplane.device;

import org.agrona.UnsafeApi;

import java.lang.foreign.Arena;

import static io.shadowmesh.dataplane.device.TransportLayout.CWR;
import static io.shadowmesh.dataplane.device.TransportLayout.FIN;
import static io.shadowmesh.dataplane.device.TransportLayout.IPV4;
import static io.shadowmesh.dataplane.device.TransportLayout.IPV6;
import static io.shadowmesh.dataplane.device.TransportLayout.NONE;
import static io.shadowmesh.dataplane.device.TransportLayout.PSH;
import static io.shadowmesh.dataplane.device.TransportLayout.TCP;
import static io.shadowmesh.dataplane.device.TransportLayout.UDP;
import static io.shadowmesh.dataplane.device.TransportLayout.network;
import static io.shadowmesh.dataplane.device.TransportLayout.network32;

/**
 * Outbound segmentation: makes packets of what one {@code read(2)} of a device with {@code IFF_VNET_HDR} has brought,
 * which is a packet whose checksum is still to be made, or many packets of one flow that share one header.
 *
 * <p>The payload stays where it is. Each packet's header is written just before its piece of the payload, over the end
 * of the packet before, so that header and piece lie together:
 *
 * <pre>
 *   virtio | header | piece 0 | piece 1 | piece 2 |
 *            ^ packet 0       |
 *                    [ header | piece 1 ]
 *                              [ header | piece 2 ]
 * </pre>
 *
 * <p><b>Ownership:</b> what {@link #next} has prepared is the caller's until it calls {@link #next} again: by then it
 * has taken the packet out of this memory.
 *
 * <p>Of TCP, each packet gets its sequence; FIN and PSH stay with the last, CWR with the first. IPv4 identifications
 * count up. A checksum is either complete or, where the caller allows it and the packet is unfragmented IPv4, or IPv6
 * without extension headers, left partial: the field then holds the sum of the pseudo-header over the packet's own
 * length, folded, not complemented.
 *
 * <p><b>Threading:</b> one thread at a time.
 *
 * <p>Source: Virtual I/O Device (VIRTIO) 1.2, section 5.1.6; RFC 9293, section 3.1; RFC 3168, section 6.1; wire protocol
 * ShadowMesh/1, section 1.
 */
public final class SegmentSplitter
{
    /** Returned by {@link #begin} if the packet and its virtio-net header do not fit together. */
    public static final int MALFORMED = -1;

    /** The longest headers that are split: more than IP and TCP with all options, or as many IPv6 extensions. */
    private static final int MAX_HEADER_LENGTH = 256;

    private static final int UNTOUCHED = 0;
    private static final int COMPLETE_AT = 1;
    private static final int COMPLETE = 2;
    private static final int PARTIAL = 3;
    private static final int SEGMENTS = 4;

    private final long template;

    private long packet;
    private int packetLength;
    private int mode;
    private int count;
    private int index;
    private long address;
    private int length;
    private boolean partial;

    private boolean ipv4;
    private boolean tcp;
    private int transportOffset;
    private int checksumOffset;
    private int headerLength;
    private int gsoSize;
    private int id;
    private int sequence;
    private int flags;
    private long ipSum;
    private long pseudoSum;
    private long headerSum;

    /**
     * Makes a splitter.
     *
     * @param arena that owns the room for headers.
     */
    public SegmentSplitter(final Arena arena)
    {
        template = arena.allocate(MAX_HEADER_LENGTH, Long.BYTES).address();
    }

    /**
     * Looks at what has been read. Nothing of it is changed before {@link #next}.
     *
     * @param address        of the packet, with the virtio-net header in the {@value VirtioNetHeader#LENGTH} bytes
     *                       before.
     * @param length         of the packet.
     * @param partialAllowed whether checksums may be left partial.
     * @return how many packets it makes, at least 1; or {@link #MALFORMED}, and there are none.
     */
    public int begin(final long address, final int length, final boolean partialAllowed)
    {
        packet = address;
        packetLength = length;
        index = 0;
        count = 0;
        partial = false;
        if (length <= 0)
        {
            return MALFORMED;
        }

        final long header = address - VirtioNetHeader.LENGTH;
        final int type = VirtioNetHeader.gsoType(header);
        final boolean needsChecksum = (VirtioNetHeader.flags(header) & VirtioNetHeader.NEEDS_CSUM) != 0;
        final boolean sound;
        if (type != VirtioNetHeader.GSO_NONE)
        {
            sound = beginSegments(header, type, needsChecksum, partialAllowed);
        }
        else if (needsChecksum)
        {
            sound = beginChecksum(header, partialAllowed);
        }
        else
        {
            mode = UNTOUCHED;
            count = 1;
            sound = true;
        }
        return sound ? count : MALFORMED;
    }

    /** One packet, whose checksum is to be made. */
    private boolean beginChecksum(final long header, final boolean partialAllowed)
    {
        final int ipHeaderLength = TransportLayout.ipHeaderLength(packet, packetLength);
        final int start = VirtioNetHeader.csumStart(header);
        final int offset = VirtioNetHeader.csumOffset(header);
        if (ipHeaderLength == NONE || start < ipHeaderLength || start + offset + Short.BYTES > packetLength)
        {
            return false;
        }
        transportOffset = start;
        checksumOffset = offset;
        count = 1;
        // The sum may also be that of a packet inside this one.
        if (TransportLayout.transportOffset(packet, packetLength) != start ||
            TransportLayout.checksumOffset(TransportLayout.protocol(packet)) != offset)
        {
            mode = COMPLETE_AT;
        }
        else
        {
            mode = partialAllowed ? PARTIAL : COMPLETE;
        }
        return true;
    }

    private boolean beginSegments(
        final long header, final int type, final boolean needsChecksum, final boolean partialAllowed)
    {
        final int ipHeaderLength = TransportLayout.ipHeaderLength(packet, packetLength);
        final int kind = type & ~VirtioNetHeader.GSO_ECN;
        if (ipHeaderLength == NONE || TransportLayout.isFragment(packet) || !fits(kind, type))
        {
            return false;
        }
        final int protocol = tcp ? TCP : UDP;
        final boolean direct = TransportLayout.protocol(packet) == protocol;
        transportOffset = needsChecksum ? VirtioNetHeader.csumStart(header) : ipHeaderLength;
        checksumOffset = TransportLayout.checksumOffset(protocol);
        // Beyond extension headers, of which each is a multiple of 8 bytes long, only csum_start says where it is.
        final boolean placed = direct ? transportOffset == ipHeaderLength :
            !ipv4 && transportOffset > ipHeaderLength && transportOffset < packetLength &&
            transportOffset % Long.BYTES == 0;
        if (!placed || needsChecksum && VirtioNetHeader.csumOffset(header) != checksumOffset)
        {
            return false;
        }
        final int transportHeaderLength = TransportLayout.transportHeaderLength(
            packet + transportOffset, protocol, packetLength - transportOffset);
        headerLength = transportOffset + transportHeaderLength;
        gsoSize = VirtioNetHeader.gsoSize(header);
        if (transportHeaderLength == NONE || headerLength > MAX_HEADER_LENGTH || gsoSize == 0)
        {
            return false;
        }
        partial = partialAllowed && direct;
        mode = SEGMENTS;
        count = Math.max(1, (packetLength - headerLength + gsoSize - 1) / gsoSize);
        prepare(protocol, direct);
        return true;
    }

    /** Sets what the packet consists of, and tells whether the kind of segments says the same. */
    private boolean fits(final int kind, final int type)
    {
        final int version = TransportLayout.version(packet);
        ipv4 = version == IPV4;
        tcp = kind == VirtioNetHeader.GSO_TCPV4 || kind == VirtioNetHeader.GSO_TCPV6;
        return tcp ? version == (kind == VirtioNetHeader.GSO_TCPV4 ? IPV4 : IPV6) :
            type == VirtioNetHeader.GSO_UDP_L4;
    }

    /** Takes the header away to where no segment overwrites it, and sums up what stays the same in all of them. */
    private void prepare(final int protocol, final boolean direct)
    {
        copyHeader(packet, template);
        final long transport = template + transportOffset;
        final int transportLength = packetLength - transportOffset;
        // Beyond a routing header, the final destination is known only to whoever made this sum.
        pseudoSum = direct ? InternetChecksum.pseudo(template, protocol, 0) :
            (UnsafeApi.getShort(transport + checksumOffset) & 0xFFFF) + (~network(transportLength) & 0xFFFF);
        UnsafeApi.putShort(transport + checksumOffset, (short)0);
        if (tcp)
        {
            sequence = network32(UnsafeApi.getInt(transport + TransportLayout.TCP_SEQUENCE_OFFSET));
            flags = UnsafeApi.getByte(transport + TransportLayout.TCP_FLAGS_OFFSET) & 0xFF;
            UnsafeApi.putInt(transport + TransportLayout.TCP_SEQUENCE_OFFSET, 0);
            UnsafeApi.putByte(transport + TransportLayout.TCP_FLAGS_OFFSET, (byte)0);
        }
        else
        {
            UnsafeApi.putShort(transport + TransportLayout.UDP_LENGTH_OFFSET, (short)0);
        }
        if (ipv4)
        {
            id = TransportLayout.unsignedShort(template + TransportLayout.IPV4_ID_OFFSET);
            UnsafeApi.putShort(template + TransportLayout.IPV4_TOTAL_LENGTH_OFFSET, (short)0);
            UnsafeApi.putShort(template + TransportLayout.IPV4_ID_OFFSET, (short)0);
            UnsafeApi.putShort(template + TransportLayout.IPV4_CHECKSUM_OFFSET, (short)0);
            ipSum = InternetChecksum.sum(template, transportOffset);
        }
        headerSum = pseudoSum + InternetChecksum.sum(transport, headerLength - transportOffset);
    }

    /**
     * How long the longest packet is that {@link #begin} has found.
     *
     * @return bytes.
     */
    public int longest()
    {
        return mode == SEGMENTS ? Math.min(packetLength, headerLength + gsoSize) : packetLength;
    }

    /**
     * Prepares the next packet.
     *
     * @return false if there are no more.
     */
    public boolean next()
    {
        if (index >= count)
        {
            return false;
        }
        if (mode == SEGMENTS)
        {
            nextSegment(index);
        }
        else
        {
            onlyPacket();
        }
        index++;
        return true;
    }

    private void nextSegment(final int i)
    {
        final int begin = i * gsoSize;
        final boolean last = i == count - 1;
        final int segmentLength = last ? packetLength - begin : headerLength + gsoSize;
        final long segment = packet + begin;
        address = segment;
        length = segmentLength;
        copyHeader(template, segment);

        if (ipv4)
        {
            final int segmentId = network(id + i);
            final int totalLength = network(segmentLength);
            UnsafeApi.putShort(segment + TransportLayout.IPV4_TOTAL_LENGTH_OFFSET, (short)totalLength);
            UnsafeApi.putShort(segment + TransportLayout.IPV4_ID_OFFSET, (short)segmentId);
            UnsafeApi.putShort(segment + TransportLayout.IPV4_CHECKSUM_OFFSET,
                (short)~InternetChecksum.fold(ipSum + totalLength + segmentId));
        }
        else
        {
            UnsafeApi.putShort(segment + TransportLayout.IPV6_PAYLOAD_LENGTH_OFFSET,
                (short)network(segmentLength - TransportLayout.IPV6_HEADER_LENGTH));
        }

        final long transport = segment + transportOffset;
        final int transportLength = network(segmentLength - transportOffset);
        final long variable;
        if (tcp)
        {
            final int segmentSequence = network32(sequence + begin);
            final int kept = (last ? 0xFF : ~(FIN | PSH)) & (i == 0 ? 0xFF : ~CWR);
            UnsafeApi.putInt(transport + TransportLayout.TCP_SEQUENCE_OFFSET, segmentSequence);
            UnsafeApi.putByte(transport + TransportLayout.TCP_FLAGS_OFFSET, (byte)(flags & kept));
            variable = (segmentSequence & 0xFFFF_FFFFL) + network(flags & kept);
        }
        else
        {
            UnsafeApi.putShort(transport + TransportLayout.UDP_LENGTH_OFFSET, (short)transportLength);
            variable = transportLength;
        }
        UnsafeApi.putShort(transport + checksumOffset, (short)(partial ?
            InternetChecksum.fold(pseudoSum + transportLength) :
            InternetChecksum.complement(headerSum + transportLength + variable +
            InternetChecksum.sum(segment + headerLength, segmentLength - headerLength), !tcp)));
    }

    /** Headers are a multiple of 4 bytes long. */
    private void copyHeader(final long from, final long to)
    {
        final int bytes = headerLength;
        int i = 0;
        for (; i <= bytes - Long.BYTES; i += Long.BYTES)
        {
            UnsafeApi.putLong(to + i, UnsafeApi.getLong(from + i));
        }
        if (i < bytes)
        {
            UnsafeApi.putInt(to + i, UnsafeApi.getInt(from + i));
        }
    }

    private void onlyPacket()
    {
        address = packet;
        length = packetLength;
        final long transport = packet + transportOffset;
        switch (mode)
        {
            case COMPLETE_AT:
                UnsafeApi.putShort(transport + checksumOffset, (short)InternetChecksum.complement(
                    InternetChecksum.sum(transport, packetLength - transportOffset),
                    checksumOffset == TransportLayout.UDP_CHECKSUM_OFFSET));
                break;

            case COMPLETE:
                InternetChecksum.completeTransport(packet, packetLength);
                break;

            case PARTIAL:
                UnsafeApi.putShort(transport + checksumOffset, (short)InternetChecksum.fold(InternetChecksum.pseudo(
                    packet, TransportLayout.protocol(packet), packetLength - transportOffset)));
                partial = true;
                break;

            default:
                break;
        }
    }

    /**
     * Where the packet that {@link #next} has prepared begins.
     *
     * @return address of its first byte.
     */
    public long address()
    {
        return address;
    }

    /**
     * How long the packet is that {@link #next} has prepared.
     *
     * @return bytes.
     */
    public int length()
    {
        return length;
    }

    /**
     * Whether the packet that {@link #next} has prepared needs its checksum completed by whoever gets it.
     *
     * @return true if the checksum field holds only the pseudo-header's sum.
     */
    public boolean isPartial()
    {
        return partial;
    }
}
