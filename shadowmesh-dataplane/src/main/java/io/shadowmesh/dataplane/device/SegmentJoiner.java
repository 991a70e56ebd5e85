package io.shadowmesh.dataplane.device;

import org.agrona.UnsafeApi;

import java.lang.foreign.Arena;

import static io.shadowmesh.dataplane.device.TransportLayout.ACK;
import static io.shadowmesh.dataplane.device.TransportLayout.CWR;
import static io.shadowmesh.dataplane.device.TransportLayout.ECE;
import static io.shadowmesh.dataplane.device.TransportLayout.FIN;
import static io.shadowmesh.dataplane.device.TransportLayout.IPV4;
import static io.shadowmesh.dataplane.device.TransportLayout.IPV4_HEADER_LENGTH;
import static io.shadowmesh.dataplane.device.TransportLayout.IPV6_HEADER_LENGTH;
import static io.shadowmesh.dataplane.device.TransportLayout.NONE;
import static io.shadowmesh.dataplane.device.TransportLayout.PSH;
import static io.shadowmesh.dataplane.device.TransportLayout.TCP;
import static io.shadowmesh.dataplane.device.TransportLayout.UDP;
import static io.shadowmesh.dataplane.device.TransportLayout.network;
import static io.shadowmesh.dataplane.device.TransportLayout.network32;

/**
 * Inbound segmentation: joins consecutive packets of one flow into one, for a single {@code writev(2)} to a device with
 * {@code IFF_VNET_HDR}. The payload stays where it is: a {@code struct iovec} names each packet's, the first with the
 * virtio-net header and the headers before it.
 *
 * <p>Joined is what a receiver could cut apart again into the very same packets. All bytes of the headers must be equal,
 * but for what follows from the first packet's:
 *
 * <ul>
 * <li>IPv4 without options, not a fragment, its header checksum right, its identification one more than the last
 * one's, unless DF is set: then it has no meaning (RFC 6864) and may be any; or IPv6 without extension headers.</li>
 * <li>TCP with ACK, perhaps ECE, and none but these; the first may have CWR, the last PSH and FIN. The sequence is the
 * next one.</li>
 * <li>UDP, if wanted, with a length that is the packet's, and at most {@value #MAX_DATAGRAMS} of it.</li>
 * <li>Payload as long as the first one's; a shorter one is the last.</li>
 * <li>The checksum is partial, or it is right. The first packet's is looked at when a second wants to join.</li>
 * </ul>
 *
 * <p>A packet that stays alone is written as it came.
 *
 * <p><b>Use:</b> {@link #add} until it says {@link #FULL} or there are no more for now; then, unless {@link #isEmpty},
 * {@link #finish}, write {@link #vectors}, {@link #reset}. <b>Threading:</b> one thread at a time. <b>Ownership:</b>
 * packets are the caller's, and stay as they are until they have been written; 16 bytes before each may be
 * overwritten.
 *
 * <p>Source: Virtual I/O Device (VIRTIO) 1.2, section 5.1.6; RFC 9293, section 3.1; RFC 3168, section 6.1; RFC 6864,
 * section 4; writev(2).
 */
public final class SegmentJoiner
{
    /** Returned by {@link #add}: the packet is part of the group. */
    public static final int ADDED = 0;

    /** Returned by {@link #add}: the packet does not continue the group; a group that is empty takes any. */
    public static final int FULL = 1;

    /** Returned by {@link #add}: the checksum cannot be partial, as this is no sound TCP or UDP packet. */
    public static final int MALFORMED = -1;

    /** The most packets of a group, and vectors. */
    public static final int CAPACITY = 128;

    /** The most UDP datagrams of a group: what each kernel takes that takes any. */
    public static final int MAX_DATAGRAMS = 64;

    private static final int CLOSING = PSH | FIN;

    private final long vectors;
    private final boolean joinsUdp;
    private final FlowComparison flow = new FlowComparison();

    private long head;
    private int packets;
    private int totalLength;
    private int transportOffset;
    private int protocol;
    private boolean headPartial;
    private boolean headChecked;
    private boolean open;
    private int capacity;
    private int headerLength;
    private int gsoSize;
    private int flags;
    private int nextSequence;

    /**
     * An empty group.
     *
     * @param arena    that owns the vectors.
     * @param joinsUdp whether UDP is joined, which a device takes if it was given {@code TUN_F_USO4} and
     *                 {@code TUN_F_USO6}; TCP always is.
     */
    public SegmentJoiner(final Arena arena, final boolean joinsUdp)
    {
        this.joinsUdp = joinsUdp;
        vectors = arena.allocate((long)CAPACITY * MessageLayout.VECTOR_LENGTH, Long.BYTES).address();
    }

    /**
     * Adds a packet, if it continues the group or there is none yet.
     *
     * @param packet  address of an IPv4 or IPv6 packet whose stated length is the one given; at least 16 writable bytes
     *                lie before it.
     * @param length  of the packet.
     * @param partial whether its checksum field holds only the pseudo-header's sum.
     * @return {@link #ADDED}, {@link #FULL} or {@link #MALFORMED}; nothing has changed with the last two.
     */
    public int add(final long packet, final int length, final boolean partial)
    {
        if (packets == 0)
        {
            return start(packet, length, partial);
        }
        if (extend(packet, length, partial))
        {
            return ADDED;
        }
        return partial && TransportLayout.transportOffset(packet, length) == NONE ? MALFORMED : FULL;
    }

    /**
     * Adds a packet of which nothing has been checked yet, if it continues the group. Then all that its headers say is
     * what the first one's say, addresses and flags among it, and its stated length is the one given.
     *
     * @param packet  address of at least one byte; at least 16 writable bytes lie before it.
     * @param length  of the packet.
     * @param partial whether its checksum field holds only the pseudo-header's sum.
     * @return false if it does not continue the group, or there is none; nothing has changed then.
     */
    public boolean extend(final long packet, final int length, final boolean partial)
    {
        final boolean extended = open && continues(packet, length, partial);
        if (extended)
        {
            append(packet, length);
        }
        return extended;
    }

    private int start(final long packet, final int length, final boolean partial)
    {
        final int offset = TransportLayout.transportOffset(packet, length);
        if (partial && offset == NONE)
        {
            return MALFORMED;
        }
        head = packet;
        headPartial = partial;
        headChecked = false;
        packets = 1;
        totalLength = length;
        transportOffset = offset;
        open = false;
        if (offset != NONE)
        {
            protocol = TransportLayout.protocol(packet);
            headerLength = offset + TransportLayout.transportHeaderLength(packet + offset, protocol, length - offset);
            gsoSize = length - headerLength;
            open = gsoSize > 0 && isJoinable(packet, offset);
        }
        return ADDED;
    }

    /** Whether a first packet can have a second: that is, whether it could be cut out of a longer one. */
    private boolean isJoinable(final long packet, final int offset)
    {
        final boolean ipv4 = TransportLayout.version(packet) == IPV4;
        if (ipv4 && offset != IPV4_HEADER_LENGTH)
        {
            return false;
        }
        flow.set(packet, ipv4, protocol, headerLength);
        final long transport = packet + offset;
        if (protocol == UDP)
        {
            capacity = MAX_DATAGRAMS;
            return joinsUdp;
        }
        capacity = CAPACITY;
        flags = TransportLayout.unsignedByte(transport + TransportLayout.TCP_FLAGS_OFFSET);
        nextSequence = sequence(transport) + gsoSize;
        return (flags & ~(ECE | CWR)) == ACK;
    }

    private boolean continues(final long packet, final int length, final boolean partial)
    {
        final int payload = length - headerLength;
        if (payload <= 0 || payload > gsoSize || packets == capacity ||
            totalLength + payload > TransportLayout.MAX_PACKET_LENGTH || !flow.isSame(packet, length, packets))
        {
            return false;
        }
        if (protocol == TCP)
        {
            final long transport = packet + transportOffset;
            if (sequence(transport) != nextSequence ||
                ((TransportLayout.unsignedByte(transport + TransportLayout.TCP_FLAGS_OFFSET) ^ flags & ~CWR) &
                ~CLOSING) != 0)
            {
                return false;
            }
        }
        return (partial || isComplete(packet, length)) && headIsSound();
    }

    /** Once in a group: what the first packet would lose or hide if its headers were made anew. */
    private boolean headIsSound()
    {
        if (!headChecked)
        {
            headChecked = true;
            open = flow.isHeaderChecksumRight() && (headPartial || isComplete(head, headerLength + gsoSize));
        }
        return open;
    }

    /** A checksum that is right, and that would be the same if it were made anew. */
    private boolean isComplete(final long packet, final int length)
    {
        return InternetChecksum.verify(packet, transportOffset, protocol, length) &&
            (protocol == UDP ||
            UnsafeApi.getShort(packet + transportOffset + TransportLayout.TCP_CHECKSUM_OFFSET) != -1);
    }

    private void append(final long packet, final int length)
    {
        final int payload = length - headerLength;
        final long vector = vectors + (long)packets * MessageLayout.VECTOR_LENGTH;
        UnsafeApi.putLong(vector + MessageLayout.VECTOR_BASE_OFFSET, packet + headerLength);
        UnsafeApi.putLong(vector + MessageLayout.VECTOR_BYTES_OFFSET, payload);
        packets++;
        totalLength += payload;
        open = payload == gsoSize;
        if (protocol == TCP)
        {
            nextSequence += payload;
            final int closing = CLOSING &
                TransportLayout.unsignedByte(packet + transportOffset + TransportLayout.TCP_FLAGS_OFFSET);
            if (closing != 0)
            {
                flags |= closing;
                open = false;
            }
        }
    }

    private static int sequence(final long transport)
    {
        return network32(UnsafeApi.getInt(transport + TransportLayout.TCP_SEQUENCE_OFFSET));
    }

    /**
     * Makes the group's headers.
     *
     * @return bytes to be written, with the virtio-net header; 0 if the group is empty.
     */
    public long finish()
    {
        if (packets == 0)
        {
            return 0;
        }
        final long header = head - VirtioNetHeader.LENGTH;
        final int checksumOffset = TransportLayout.checksumOffset(protocol);
        final boolean joined = packets > 1;
        if (joined)
        {
            completeHeaders(checksumOffset);
            VirtioNetHeader.encode(
                header, VirtioNetHeader.NEEDS_CSUM, gsoType(), headerLength, gsoSize, transportOffset, checksumOffset);
        }
        else if (headPartial)
        {
            VirtioNetHeader.encode(header, VirtioNetHeader.NEEDS_CSUM, VirtioNetHeader.GSO_NONE, headerLength, 0,
                transportOffset, checksumOffset);
        }
        else
        {
            VirtioNetHeader.clear(header);
        }
        UnsafeApi.putLong(vectors + MessageLayout.VECTOR_BASE_OFFSET, header);
        UnsafeApi.putLong(vectors + MessageLayout.VECTOR_BYTES_OFFSET,
            VirtioNetHeader.LENGTH + (joined ? headerLength + gsoSize : totalLength));
        return bytes();
    }

    private int gsoType()
    {
        if (protocol == UDP)
        {
            return VirtioNetHeader.GSO_UDP_L4;
        }
        return (transportOffset == IPV6_HEADER_LENGTH ? VirtioNetHeader.GSO_TCPV6 : VirtioNetHeader.GSO_TCPV4) |
            ((flags & CWR) != 0 ? VirtioNetHeader.GSO_ECN : 0);
    }

    private void completeHeaders(final int checksumOffset)
    {
        final int transportLength = totalLength - transportOffset;
        final long transport = head + transportOffset;
        if (transportOffset == IPV6_HEADER_LENGTH)
        {
            UnsafeApi.putShort(head + TransportLayout.IPV6_PAYLOAD_LENGTH_OFFSET, (short)network(transportLength));
        }
        else
        {
            UnsafeApi.putShort(head + TransportLayout.IPV4_TOTAL_LENGTH_OFFSET, (short)network(totalLength));
            UnsafeApi.putShort(head + TransportLayout.IPV4_CHECKSUM_OFFSET,
                (short)InternetChecksum.ipv4Header(head, IPV4_HEADER_LENGTH));
        }
        if (protocol == TCP)
        {
            UnsafeApi.putByte(transport + TransportLayout.TCP_FLAGS_OFFSET, (byte)flags);
        }
        else
        {
            UnsafeApi.putShort(transport + TransportLayout.UDP_LENGTH_OFFSET, (short)network(transportLength));
        }
        UnsafeApi.putShort(transport + checksumOffset,
            (short)InternetChecksum.fold(InternetChecksum.pseudo(head, protocol, transportLength)));
    }

    /**
     * Where the vectors are, for {@code writev(2)}, once {@link #finish} has been called.
     *
     * @return address of an array of {@code struct iovec}.
     */
    public long vectors()
    {
        return vectors;
    }

    /**
     * How many vectors there are, once {@link #finish} has been called.
     *
     * @return as many as there are packets.
     */
    public int vectorCount()
    {
        return packets;
    }

    /**
     * Tells whether there is nothing to write.
     *
     * @return true if no packet was added.
     */
    public boolean isEmpty()
    {
        return packets == 0;
    }

    /**
     * Tells how many packets the group has.
     *
     * @return the count.
     */
    public int packets()
    {
        return packets;
    }

    /**
     * Tells how many bytes the group is.
     *
     * @return bytes to be written, with the virtio-net header; 0 if the group is empty.
     */
    public long bytes()
    {
        return packets == 0 ? 0 : VirtioNetHeader.LENGTH + totalLength;
    }

    /** Forgets the group. */
    public void reset()
    {
        packets = 0;
        totalLength = 0;
        open = false;
    }
}
