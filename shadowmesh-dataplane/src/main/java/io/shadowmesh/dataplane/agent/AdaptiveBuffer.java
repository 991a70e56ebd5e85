package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.ring.AdaptiveLimit;
import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.session.LinkMeter;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.NodeEvents;
import io.shadowmesh.dataplane.status.TunnelCounter;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

/**
 * Has the ring's limit follow the links: the largest bandwidth-delay product of the peers that there is a session with,
 * since all share the ring. The bandwidth is the operator's, where he gives one, else what has been delivered.
 *
 * <p><b>Threading:</b> the control thread.
 */
final class AdaptiveBuffer
{
    private static final Logger LOGGER = System.getLogger(AdaptiveBuffer.class.getName());
    private static final long NOTICE_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    /** A limit that has just moved may not have come to rest. */
    private static final long SETTLED_NS = TimeUnit.SECONDS.toNanos(2);

    /** A limit that has moved by a quarter since the log said so is worth a line. */
    private static final int NOTICE_DIVISOR = 4;

    private final ForwardingState state;
    private final PacketRing ring;
    private final Counters counters;
    private final long bandwidth;

    private int limit = AdaptiveLimit.LEAST;
    private int noticedLimit = AdaptiveLimit.LEAST;
    private int restingLimit = AdaptiveLimit.LEAST;
    private long restsSinceNs = Long.MIN_VALUE;
    private long nextNoticeNs = Long.MIN_VALUE;
    private Peer widest;

    /** The bandwidth is in bit/s; 0 to go by what is delivered. */
    AdaptiveBuffer(
        final ForwardingState state, final PacketRing ring, final Counters counters, final long bandwidth)
    {
        this.state = state;
        this.ring = ring;
        this.counters = counters;
        this.bandwidth = bandwidth;
        ring.limit(limit);
        counters.set(TunnelCounter.RING_LIMIT, limit);
    }

    void onTick(final long nowNs)
    {
        final int wanted = wanted();
        if (wanted != limit)
        {
            NodeEvents.ringLimitChange(limit, wanted, null == widest ? LinkMeter.UNKNOWN : widest.link().smoothedRttNs());
            limit = wanted;
            ring.limit(wanted);
            counters.set(TunnelCounter.RING_LIMIT, wanted);
        }
        counters.set(TunnelCounter.RING_FILL, ring.fill());
        if (isFarFrom(restingLimit))
        {
            restingLimit = limit;
            restsSinceNs = nowNs;
        }
        if (nowNs >= nextNoticeNs && isFarFrom(noticedLimit) && nowNs - restsSinceNs >= SETTLED_NS)
        {
            nextNoticeNs = nowNs + NOTICE_INTERVAL_NS;
            notice();
        }
    }

    private boolean isFarFrom(final int other)
    {
        return Math.abs(limit - other) * NOTICE_DIVISOR >= other;
    }

    private int wanted()
    {
        int most = AdaptiveLimit.LEAST;
        widest = null;
        for (int i = 0; i < state.peerCount(); i++)
        {
            final Peer peer = state.peer(i);
            if (null != peer && null != peer.current())
            {
                final int packets = AdaptiveLimit.packets(bandwidth(peer), peer.link().smoothedRttNs());
                if (packets > most)
                {
                    most = packets;
                    widest = peer;
                }
            }
        }
        return most;
    }

    private long bandwidth(final Peer peer)
    {
        return bandwidth > 0 ? bandwidth : peer.link().deliveredBitsPerSecond();
    }

    private void notice()
    {
        final String before = " packets (before: " + noticedLimit + ")";
        noticedLimit = limit;
        if (null == widest)
        {
            LOGGER.log(Level.INFO, "[ADAPTIVE-BUFFER] limit " + limit + before);
            return;
        }
        final LinkMeter link = widest.link();
        LOGGER.log(Level.INFO, "[ADAPTIVE-BUFFER] limit " + limit + before + ": " + widest + ", " +
            tenths(bandwidth(widest) / 1e6) + " Mbit/s, RTT " + tenths(link.smoothedRttNs() / 1e6) + " ms");
    }

    /** No format string: the first one of a process takes 400 kB of heap, most of it for the locale. */
    private static double tenths(final double value)
    {
        return Math.round(value * 10) / 10.0;
    }
}
