package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.session.LinkMeter;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.IntervalHistogram;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Says every 10 s, at debug level, how long packets have waited in the ring, and what the path to each peer is like.
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
    private final IntervalHistogram waits;
    private long nextNs = Long.MIN_VALUE;

    LinkProfile(final ForwardingState state, final PacketRing ring, final IntervalHistogram waits)
    {
        this.state = state;
        this.ring = ring;
        this.waits = waits;
    }

    void onTick(final long nowNs)
    {
        if (nowNs >= nextNs && LOGGER.isLoggable(Level.DEBUG))
        {
            if (Long.MIN_VALUE != nextNs)
            {
                profile();
            }
            nextNs = nowNs + INTERVAL_NS;
        }
    }

    private void profile()
    {
        final long samples = waits.next();
        LOGGER.log(Level.DEBUG, String.format(Locale.ROOT,
            "[PROFILE-TUN-UDP] ring wait p50 %.0f us, p99 %.0f us, max %.0f us (%d samples); %d of %d packets",
            waits.percentileNs(MEDIAN) / MICRO, waits.percentileNs(NEARLY_ALL) / MICRO, waits.greatestNs() / MICRO,
            samples, ring.fill(), ring.limit()));
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
