package io.shadowmesh.dataplane.ring;

import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;

/**
 * Packets that wait for a handshake: a queue for each peer, all from one fixed pool of native slots. A queue holds at
 * most {@link #PACKETS_PER_PEER}; the oldest gives way. A queue that may go is marked until somebody takes it.
 *
 * <p><b>Threading:</b> the send agent alone. <b>Source:</b> wire protocol ShadowMesh/1, section 4.
 */
public final class WaitingPackets
{
    /** Packets that wait for one peer at the most. */
    public static final int PACKETS_PER_PEER = 64;

    /** What {@link #offer} returns when the packet has found a place and none was lost. */
    public static final int QUEUED = 0;

    /** What {@link #offer} returns when an older packet of the peer, or this one, was lost. */
    public static final int QUEUED_ONE_LOST = 1;

    /** What {@link #takeReady} returns when no queue may go. */
    public static final int NONE = -1;

    private final UnsafeBuffer from = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer slots;
    private final long baseAddress;
    private final int slotLength;
    private final int maxPacketLength;
    private final int[] lengths;
    private final int[] next;
    private final int[] oldest;
    private final int[] newest;
    private final int[] counts;
    private final boolean[] ready;
    private int readyCount;
    private final boolean[] handedOut;
    private int handedOutCount;
    private int free;

    /**
     * Makes the pool.
     *
     * @param arena           that the memory belongs to.
     * @param packets         in the pool.
     * @param maxPacketLength of a packet in bytes.
     * @param peers           that have a queue, numbered from 0.
     */
    public WaitingPackets(final Arena arena, final int packets, final int maxPacketLength, final int peers)
    {
        this.slotLength = PacketRing.HEADROOM + maxPacketLength + PacketRing.TAILROOM;
        this.maxPacketLength = maxPacketLength;
        final long length = (long)slotLength * packets;
        this.baseAddress = arena.allocate(length, Long.BYTES).address();
        this.slots = new UnsafeBuffer(baseAddress, Math.toIntExact(length));
        this.lengths = new int[packets];
        this.next = new int[packets];
        this.oldest = new int[peers];
        this.newest = new int[peers];
        this.counts = new int[peers];
        this.ready = new boolean[peers];
        this.handedOut = new boolean[peers];

        for (int i = 0; i < packets; i++)
        {
            next[i] = i + 1 < packets ? i + 1 : NONE;
        }
        for (int i = 0; i < peers; i++)
        {
            oldest[i] = NONE;
            newest[i] = NONE;
        }
    }

    /**
     * Copies a packet into a peer's queue. While the peer's packets are handed out, the packet is lost instead: they
     * may be sealed where they lie, and must not be written over.
     *
     * @param peer    number of the peer.
     * @param address of the packet.
     * @param length  of the packet in bytes.
     * @return {@link #QUEUED} or {@link #QUEUED_ONE_LOST}.
     */
    public int offer(final int peer, final long address, final int length)
    {
        if (length > maxPacketLength || handedOut[peer])
        {
            return QUEUED_ONE_LOST;
        }

        int result = QUEUED;
        if (counts[peer] >= PACKETS_PER_PEER || NONE == free)
        {
            if (NONE == oldest[peer])
            {
                return QUEUED_ONE_LOST;
            }
            removeOldest(peer);
            result = QUEUED_ONE_LOST;
        }

        final int slot = free;
        free = next[slot];
        from.wrap(address, length);
        slots.putBytes(slot * slotLength + PacketRing.HEADROOM, from, 0, length);
        lengths[slot] = length;
        next[slot] = NONE;

        if (NONE == oldest[peer])
        {
            oldest[peer] = slot;
        }
        else
        {
            next[newest[peer]] = slot;
        }
        newest[peer] = slot;
        counts[peer]++;

        return result;
    }

    /**
     * Tells whether a peer's packets must go before any other for it: some wait, and are not handed out.
     *
     * @param peer number of the peer.
     * @return true if another packet would overtake them.
     */
    public boolean mustGoFirst(final int peer)
    {
        return counts[peer] > 0 && !handedOut[peer];
    }

    /**
     * Marks a peer's queue as one that may go, unless it is empty.
     *
     * @param peer number of the peer.
     */
    public void markReady(final int peer)
    {
        if (!ready[peer] && counts[peer] > 0)
        {
            ready[peer] = true;
            readyCount++;
        }
    }

    /**
     * Tells whether any queue is marked.
     *
     * @return true if {@link #takeReady} has one.
     */
    public boolean hasReady()
    {
        return readyCount > 0;
    }

    /**
     * Takes the mark from one queue.
     *
     * @return the number of its peer, or {@link #NONE}.
     */
    public int takeReady()
    {
        for (int peer = 0; readyCount > 0 && peer < ready.length; peer++)
        {
            if (ready[peer])
            {
                ready[peer] = false;
                readyCount--;
                return peer;
            }
        }
        return NONE;
    }

    /**
     * Hands a peer's packets to a handler, oldest first. Their memory stays theirs until {@link #release}.
     *
     * @param peer    number of the peer.
     * @param handler to give the packets to.
     * @return how many packets the handler was given.
     */
    public int poll(final int peer, final PacketHandler handler)
    {
        int packets = 0;
        for (int slot = oldest[peer]; NONE != slot; slot = next[slot])
        {
            handler.onPacket(baseAddress + (long)slot * slotLength + PacketRing.HEADROOM, lengths[slot]);
            packets++;
        }

        if (packets > 0 && !handedOut[peer])
        {
            handedOut[peer] = true;
            handedOutCount++;
        }
        return packets;
    }

    /** Gives the memory of all packets that were handed out back to the pool. */
    public void release()
    {
        for (int peer = 0; handedOutCount > 0; peer++)
        {
            if (handedOut[peer])
            {
                handedOut[peer] = false;
                handedOutCount--;
                removeAll(peer);
            }
        }
    }

    /**
     * Drops a peer's packets, but for ones that are handed out.
     *
     * @param peer number of the peer.
     * @return how many were dropped.
     */
    public int discard(final int peer)
    {
        if (handedOut[peer])
        {
            return 0;
        }

        final int dropped = counts[peer];
        removeAll(peer);
        return dropped;
    }

    /**
     * How many packets wait for a peer.
     *
     * @param peer number of the peer.
     * @return 0 to {@link #PACKETS_PER_PEER}.
     */
    public int count(final int peer)
    {
        return counts[peer];
    }

    private void removeAll(final int peer)
    {
        while (NONE != oldest[peer])
        {
            removeOldest(peer);
        }
    }

    private void removeOldest(final int peer)
    {
        final int slot = oldest[peer];
        oldest[peer] = next[slot];
        if (NONE == oldest[peer])
        {
            newest[peer] = NONE;
        }
        next[slot] = free;
        free = slot;
        counts[peer]--;
    }
}
