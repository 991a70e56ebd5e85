package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.Ecn;
import io.shadowmesh.dataplane.ring.CoDel;
import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TimeHistogram;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelTime;

/**
 * What becomes of packets that have waited in the ring: nothing, unless pacing holds them back, or the socket has, and
 * the queue has stood for too long by {@link CoDel}. Then one is marked (ECN) where its sender understands that, else
 * dropped: that tells a sender early that the link is full, and keeps the delay short for all.
 *
 * <p>It also samples how long packets wait: the first of each duty cycle.
 *
 * <p><b>Threading:</b> the send agent.
 */
final class QueueDiscipline
{
    private final PacketRing ring;
    private final Pacer pacer;
    private final CoDel codel;
    private final TimeHistogram waits;
    private final Counters counters;
    private final boolean drops;

    private long nowNs;
    private long blockedNs;
    private boolean wasBlocked;
    private boolean sampled;
    private boolean controls;

    /** Without drops it only samples. */
    QueueDiscipline(
        final PacketRing ring,
        final Pacer pacer,
        final CoDel codel,
        final Counters counters,
        final boolean drops)
    {
        this.ring = ring;
        this.pacer = pacer;
        this.codel = codel;
        this.waits = counters.times(TunnelTime.RING_WAIT);
        this.counters = counters;
        this.drops = drops;
    }

    /** The socket did not take all that was to go. */
    void onBlocked()
    {
        wasBlocked = true;
    }

    /** The duty cycle's time, after the pacer's. */
    void begin(final long cyclesNowNs)
    {
        nowNs = cyclesNowNs;
        sampled = false;
        if (wasBlocked)
        {
            wasBlocked = false;
            blockedNs = cyclesNowNs + codel.intervalNs();
        }
        final boolean holds = drops && (pacer.isOn() || cyclesNowNs - blockedNs < 0);
        if (controls != holds)
        {
            controls = holds;
            codel.reset();
        }
    }

    /**
     * Rules about a packet, or super-packet, as it lies in the ring, before anything of it has been changed.
     *
     * @return true when it, or the first of its segments, is to be dropped.
     */
    boolean drops(final long address, final int length)
    {
        if (!sampled)
        {
            sampled = true;
            waits.record(nowNs - PacketRing.committedNs(address));
        }
        if (!controls || !codel.rule(nowNs - PacketRing.committedNs(address), 0 == ring.waiting(), nowNs))
        {
            return false;
        }
        if (Ecn.mark(address, length))
        {
            counters.add(TunnelCounter.AQM_MARKS, 1);
            return false;
        }
        return true;
    }
}
