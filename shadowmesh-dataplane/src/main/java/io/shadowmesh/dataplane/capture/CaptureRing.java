package io.shadowmesh.dataplane.capture;

import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bounded ring in which the agents leave copies of packets while somebody records them. Where it is full a packet
 * is not recorded, and counted: no agent waits.
 *
 * <pre>
 *  offset  length  content of a record; its type is the direction
 *       0       8  time      ns, on the agents' clock
 *       8       4  length    of the packet, bytes
 *      12       4  partial   1 where the checksum field holds the sum of the pseudo-header alone, else 0
 *      16       n  packet    its first bytes, n at most the snapshot length
 * </pre>
 *
 * <p>The memory is the kernel's until it is first written to: a tunnel that is never recorded takes none.
 *
 * <p><b>Threading:</b> each {@link PacketTap} belongs to one agent; one recording at a time reads.
 */
public final class CaptureRing
{
    /** Type of a record: the packet came from the device, and goes to a peer. */
    static final int OUTBOUND = 1;
    /** Type of a record: the packet came from a peer, and goes to the device. */
    static final int INBOUND = 2;

    static final int TIME_OFFSET = 0;
    static final int LENGTH_OFFSET = 8;
    static final int PARTIAL_OFFSET = 12;
    static final int PACKET_OFFSET = 16;

    private static final int CAPACITY = 16 * 1024 * 1024;

    private final AtomicBoolean taken = new AtomicBoolean();
    private final AtomicLong missed = new AtomicLong();
    private final ManyToOneRingBuffer ring;
    private volatile int snapLength;

    /**
     * Makes a ring; nobody records yet.
     *
     * @param arena that the memory belongs to.
     */
    public CaptureRing(final Arena arena)
    {
        this(arena, CAPACITY);
    }

    CaptureRing(final Arena arena, final int capacity)
    {
        final int length = capacity + RingBufferDescriptor.TRAILER_LENGTH;
        ring = new ManyToOneRingBuffer(new UnsafeBuffer(
            arena.allocate(length, BitUtil.CACHE_LINE_LENGTH * 2L).address(), length));
    }

    /**
     * A tap for packets that go to a peer.
     *
     * @return a tap for one agent.
     */
    public PacketTap outboundTap()
    {
        return new PacketTap(this, OUTBOUND);
    }

    /**
     * A tap for packets that come from a peer.
     *
     * @return a tap for one agent.
     */
    public PacketTap inboundTap()
    {
        return new PacketTap(this, INBOUND);
    }

    /** Begins a recording, unless another goes on. What the last one left is forgotten. */
    boolean begin(final int newSnapLength)
    {
        if (!taken.compareAndSet(false, true))
        {
            return false;
        }
        while (ring.read((type, buffer, index, length) -> { }) > 0)
        {
            continue;
        }
        missed.set(0);
        snapLength = newSnapLength;
        return true;
    }

    /** The agents leave no more, from their next duty cycle on. */
    void stop()
    {
        snapLength = 0;
    }

    /** Lets another recording begin. */
    void release()
    {
        taken.set(false);
    }

    /** How much of a packet is wanted; 0 while nobody records. */
    int snapLength()
    {
        return snapLength;
    }

    ManyToOneRingBuffer ring()
    {
        return ring;
    }

    void miss()
    {
        missed.getAndIncrement();
    }

    /** Packets for which there was no room, in this recording. */
    long missed()
    {
        return missed.get();
    }
}
