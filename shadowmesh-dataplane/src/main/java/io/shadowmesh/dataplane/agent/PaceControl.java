package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.ring.CoDel;
import io.shadowmesh.dataplane.session.LinkMeter;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Sets what the {@link Pacer} paces to, 98 % of the link's rate as the operator gives it or as the {@link RateFinder}
 * finds it, and what {@link CoDel} takes for a standing queue.
 *
 * <p>The rate is that of this node's own link, which all peers share: what arrives at them is added up. The finder counts
 * reports, so that it gets one of all peers together, when each that reports often has done so since the last one.
 *
 * <p><b>Threading:</b> the control thread.
 */
final class PaceControl
{
    /** A peer that has reported nothing for so long gets nothing, as far as the link's rate is concerned. */
    private static final long FRESH_NS = TimeUnit.SECONDS.toNanos(3);

    /** The target is no less than these bits take to send. */
    private static final long TARGET_BITS = 2 * 1500 * Byte.SIZE;

    private final ForwardingState state;
    private final Pacer pacer;
    private final CoDel codel;
    private final Counters counters;
    private final LinkOptions options;
    private final RateFinder finder = new RateFinder();
    private final long[] reportsSeen;
    private final long[] reportedNs;
    private final long[] periodNs;
    private final boolean[] isNew;

    private long rate;
    private long heldNs;
    private long lookedNs;

    PaceControl(
        final ForwardingState state,
        final Pacer pacer,
        final CoDel codel,
        final Counters counters,
        final LinkOptions options)
    {
        this.state = state;
        this.pacer = pacer;
        this.codel = codel;
        this.counters = counters;
        this.options = options;
        this.reportsSeen = new long[state.capacity()];
        this.reportedNs = new long[state.capacity()];
        this.periodNs = new long[state.capacity()];
        this.isNew = new boolean[state.capacity()];
        paceTo((long)(options.bandwidth() * RateFinder.CRUISE_GAIN));
    }

    void onTick(final long nowNs)
    {
        if (options.finds())
        {
            find(nowNs);
        }
        long longestNs = 0;
        for (int i = 0; i < state.peerCount(); i++)
        {
            final Peer peer = state.peer(i);
            if (null != peer && null != peer.current())
            {
                longestNs = Math.max(longestNs, peer.link().minimumRttNs());
            }
        }
        codel.tune(longestNs, 0 == rate ? 0 : TARGET_BITS * TimeUnit.SECONDS.toNanos(1) / rate);
    }

    private void find(final long nowNs)
    {
        boolean reported = false;
        boolean complete = true;
        double delivered = 0;
        int lossPpm = 0;
        long rttNs = 0;
        long queueNs = 0;
        for (int i = 0; i < state.peerCount(); i++)
        {
            final Peer peer = state.peer(i);
            if (null == peer)
            {
                reportsSeen[i] = 0;
                isNew[i] = false;
                continue;
            }
            final LinkMeter link = peer.link();
            link.hurry(finder.isInHurry());
            noteReport(i, link.reports(), nowNs);
            reported |= isNew[i];
            if (0 != reportsSeen[i] && nowNs - reportedNs[i] < FRESH_NS)
            {
                complete &= isNew[i] || periodNs[i] >= FRESH_NS;
                delivered += link.lastDeliveredBitsPerSecond();
                lossPpm = Math.max(lossPpm, link.lastLossPpm());
                rttNs = Math.max(rttNs, link.lastRttNs());
                queueNs = Math.max(queueNs, link.outboundQueueNs());
            }
        }
        if (reported && complete)
        {
            Arrays.fill(isNew, false);
            final long held = pacer.heldNs();
            final double heldPart = (double)(held - heldNs) / Math.max(1, nowNs - lookedNs);
            heldNs = held;
            lookedNs = nowNs;
            finder.onReport(nowNs, rttNs, queueNs, delivered, lossPpm, heldPart);
        }
        finder.onTick(nowNs);
        paceTo(finder.rate());
    }

    private void noteReport(final int number, final long reports, final long nowNs)
    {
        if (reports != reportsSeen[number])
        {
            periodNs[number] = 0 == reportsSeen[number] ? FRESH_NS : nowNs - reportedNs[number];
            reportsSeen[number] = reports;
            reportedNs[number] = nowNs;
            isNew[number] = true;
        }
    }

    private void paceTo(final long newRate)
    {
        if (newRate != rate)
        {
            rate = newRate;
            pacer.rate(newRate);
            counters.set(TunnelCounter.PACING_RATE, newRate);
        }
    }
}
