package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.session.LinkMeter;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TimeDistribution;
import io.shadowmesh.dataplane.status.TunnelTime;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Says every 10 s, at debug level, how long packets have waited in the ring, what sealing, opening and system calls have
 * taken, and what the path to each peer is like.
 *
 * <p><b>Threading:</b> the control thread.
 */
final class LinkProfile
{
    private static final Logger LOGGER = System.getLogger(LinkProfile.class.getName());
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);
    private static final double MEDIAN = 50;
    private static final double NEARLY_ALL = 99;
    private static final double MICRO = 1e3;
    private static final double MILLI = 1e6;
    private static final double MEGA = 1e6;
    private static final double PPM_PER_PERCENT = 1e4;

    private final ForwardingState state;
    private final PacketRing ring;
    private final Counters counters;
    private final TimeDistribution[] before = new TimeDistribution[TunnelTime.values().length];
    private long nextNs = Long.MIN_VALUE;

    LinkProfile(final ForwardingState state, final PacketRing ring, final Counters counters)
    {
        this.state = state;
        this.ring = ring;
        this.counters = counters;
    }

    void onTick(final long nowNs)
    {
        if (nowNs >= nextNs && LOGGER.isLoggable(Level.DEBUG))
        {
            final boolean first = Long.MIN_VALUE == nextNs;
            for (final TunnelTime time : TunnelTime.values())
            {
                final TimeDistribution now = counters.times(time).read();
                if (!first)
                {
                    profile(time, now.since(before[time.ordinal()]));
                }
                before[time.ordinal()] = now;
            }
            if (!first)
            {
                profilePeers();
            }
            nextNs = nowNs + INTERVAL_NS;
        }
    }

    /** Of what has not happened, nothing; but the ring's fill always. */
    private void profile(final TunnelTime time, final TimeDistribution times)
    {
        final boolean isRing = TunnelTime.RING_WAIT == time;
        if (isRing || times.count() > 0)
        {
            LOGGER.log(Level.DEBUG, String.format(Locale.ROOT,
                "[PROFILE-TUN-UDP] %s p50 %.2f us, p99 %.2f us, max %.2f us (%d samples)%s",
                time.text(), times.percentileNs(MEDIAN) / MICRO, times.percentileNs(NEARLY_ALL) / MICRO,
                times.greatestNs() / MICRO, times.count(),
                isRing ? "; " + ring.fill() + " of " + ring.limit() + " packets" : ""));
        }
    }

    private void profilePeers()
    {
        for (int i = 0; i < state.peerCount(); i++)
        {
            final Peer peer = state.peer(i);
            final LinkMeter link = null == peer || null == peer.current() ? null : peer.link();
            if (null != link && link.echoesAnswered() > 0)
            {
                LOGGER.log(Level.DEBUG, String.format(Locale.ROOT,
                    "[PROFILE-TUN-UDP] %s: RTT %.2f ms (p50 %.2f, p99 %.2f, least %.2f), loss %.2f %%, %.1f Mbit/s",
                    peer, link.smoothedRttNs() / MILLI, link.rttP50Ns() / MILLI, link.rttP99Ns() / MILLI,
                    link.minimumRttNs() / MILLI, link.lossPpm() / PPM_PER_PERCENT,
                    link.deliveredBitsPerSecond() / MEGA));
            }
        }
    }
}
