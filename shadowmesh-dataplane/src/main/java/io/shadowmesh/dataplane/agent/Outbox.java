package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.SendBatch;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.ring.WaitingPackets;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelTime;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.BitUtil;
import org.agrona.concurrent.AgentTerminationException;

import java.lang.foreign.Arena;

/**
 * Sealed frames that wait for the socket. Some lie where they were sealed in place; the segments of a super-packet lie
 * end to end in a slab, so that the kernel takes a run of them as one.
 *
 * <p>Frames that the path would cut leave without DF, after the others; what follows them for the same endpoint in the
 * same flush goes with them, so that the order stays. The kernel cuts no runs without DF: they go one by one.
 *
 * <p><b>Threading:</b> the send agent.
 */
final class Outbox
{
    /** Frames at the most between two flushes. */
    static final int CAPACITY = 512;

    /** Three super-packets' frames, and less than a core's second-level cache. */
    private static final int SLAB_LENGTH = 224 * 1024;

    /** What the frames of one super-packet take, unless its segments are tiny. */
    private static final int SUPER_PACKET_LENGTH = 72 * 1024;
    static final int SUPER_PACKET_FRAMES = 64;

    /** The same, behind all that has waited for one peer's session. */
    private static final int MOST_FRAMES = WaitingPackets.PACKETS_PER_PEER + SUPER_PACKET_FRAMES;

    /** What UDP and IP add to a datagram. */
    private static final int IPV4_OVERHEAD = 28;
    private static final int IPV6_OVERHEAD = 48;

    private final UdpSocket socket;
    private final SystemCalls calls;
    private final Counters counters;
    private final OffloadStates offloads;
    private final PathMtus paths;
    private final SendBatch batch;
    private final SendBatch withoutDf;
    private final TimeSampler sends;
    private final long slab;
    private int slabUsed;
    private Endpoint withoutDfTo;
    private long wireBytes;
    private long flushes;
    private long nowNs;

    Outbox(
        final Arena arena,
        final UdpSocket socket,
        final SystemCalls calls,
        final Counters counters,
        final OffloadStates offloads,
        final PathMtus paths)
    {
        this.socket = socket;
        this.calls = calls;
        this.counters = counters;
        this.offloads = offloads;
        this.paths = paths;
        this.sends = new TimeSampler(counters.times(TunnelTime.SEND_CALL));
        this.batch = new SendBatch(arena, CAPACITY, socket.isIpv6(), socket.maxSegments());
        this.withoutDf = new SendBatch(arena, CAPACITY, socket.isIpv6());
        this.slab = arena.allocate(SLAB_LENGTH, BitUtil.CACHE_LINE_LENGTH).address();
    }

    /** The duty cycle's time. */
    void begin(final long cyclesNowNs)
    {
        nowNs = cyclesNowNs;
    }

    /** Room in the slab for a frame, right behind the last one, or 0 when there is none before the next flush. */
    long claim(final int frameLength)
    {
        if (slabUsed + frameLength > SLAB_LENGTH || batch.isFull() || withoutDf.isFull())
        {
            return 0;
        }

        return slab + slabUsed;
    }

    /** Adds the frame that was sealed where {@link #claim} said; if need be, one that may be cut on its way. */
    void commit(final int frameLength, final Endpoint endpoint, final boolean mayBeCut)
    {
        add(slab + slabUsed, frameLength, endpoint, mayBeCut);
        slabUsed += frameLength;
    }

    /** Adds a frame that stays where it is until the next flush that returns true. */
    void add(final long frame, final int frameLength, final Endpoint endpoint, final boolean mayBeCut)
    {
        if (mayBeCut)
        {
            withoutDfTo = endpoint;
            counters.add(TunnelCounter.FRAGMENTED_DATAGRAMS, 1);
        }
        (withoutDfTo == endpoint ? withoutDf : batch).add(frame, frameLength, endpoint);
        wireBytes += frameLength + headerLength(endpoint);
    }

    /** What UDP and IP add to each datagram to an endpoint; null for none. */
    static int headerLength(final Endpoint endpoint)
    {
        return null != endpoint && endpoint.isIpv6() ? IPV6_OVERHEAD : IPV4_OVERHEAD;
    }

    /** Bytes of IP packets that have been added, or sent apart, since the last call. */
    long takeWireBytes()
    {
        final long taken = wireBytes;
        wireBytes = 0;
        return taken;
    }

    /** True when a packet of any usual kind can be added whole, and before it all that has waited for a session. */
    boolean hasRoom()
    {
        return batch.room() >= MOST_FRAMES && withoutDf.room() >= MOST_FRAMES &&
            slabUsed + SUPER_PACKET_LENGTH <= SLAB_LENGTH;
    }

    boolean isEmpty()
    {
        return 0 == size();
    }

    /** Frames that wait. */
    int size()
    {
        return batch.size() + withoutDf.size();
    }

    /** How often {@link #flush} has been called. */
    long flushes()
    {
        return flushes;
    }

    /** Sends as far as the socket takes it. Returns true when all is gone, and the memory of the frames is free. */
    boolean flush()
    {
        flushes++;
        final boolean timed = sends.begin(nowNs);
        final int sent = socket.flush(calls, batch);
        if (timed)
        {
            sends.end(batch.sendCalls());
        }
        account(batch, sent);
        if (null != batch.fragmentedTo())
        {
            paths.onTooLong(batch.fragmentedTo());
        }
        if (0 != batch.segmentationRefusal())
        {
            offloads.segmentationRefused(batch.segmentationRefusal());
        }
        if (0 == batch.size() && withoutDf.size() > 0)
        {
            account(withoutDf, socket.flushOversized(calls, withoutDf));
        }
        if (!isEmpty())
        {
            return false;
        }

        withoutDfTo = null;
        slabUsed = 0;
        return true;
    }

    /** Counts what a flush of this or another batch of the send agent did. */
    void account(final SendBatch flushed, final int sent)
    {
        if (sent < 0)
        {
            throw new AgentTerminationException("the UDP socket is gone: " + Errno.describe(-sent));
        }

        if (flushed != batch && flushed != withoutDf)
        {
            wireBytes += flushed.sentBytes() + (long)sent * IPV4_OVERHEAD;
        }
        counters.add(TunnelCounter.UDP_SEND_CALLS, flushed.sendCalls());
        counters.add(TunnelCounter.UDP_DATAGRAMS_SENT, sent);
        counters.add(TunnelCounter.UDP_BYTES_SENT, flushed.sentBytes());
        if (flushed.fragmented() > 0)
        {
            counters.add(TunnelCounter.FRAGMENTED_DATAGRAMS, flushed.fragmented());
        }
        counters.addDrops(DropReason.SEND_FAILED, flushed.failed());
    }
}
