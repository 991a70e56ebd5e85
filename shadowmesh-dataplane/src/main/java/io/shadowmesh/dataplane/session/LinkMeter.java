package io.shadowmesh.dataplane.session;

import org.HdrHistogram.IntCountsHistogram;

import java.util.concurrent.TimeUnit;

/**
 * What the path to a peer is like: round trip, loss, and the rate at which frames arrive, all from echoes.
 *
 * <p>A reply brings back the request's timestamp, which makes the round trip, and the peer's receive report. Between two
 * reports of one session lie frames that came, frames that did not, and bytes. The reports are dated by the peer's own
 * clock, that of the replies' headers, so that a round trip that varies does not falsify the rate.
 *
 * <p>The round trip is smoothed as in RFC 6298, but begins anew when three echoes in a row took more than twice or less
 * than half of the smoothed one: then the path has become another, and what was known of the old one is forgotten, its
 * median and 99th percentile too. While an echo is so far off, the next one follows soon: {@link #isUnsettled}.
 *
 * <p>The clocks of both ends have nothing in common but their pace. From that comes how much longer an echo was on its way
 * to the peer than the quickest was: {@link #outboundQueueNs}. The way back, where the peer's own traffic may queue, is
 * not in it.
 *
 * <p><b>Threading:</b> the control thread writes, any thread reads.
 *
 * <p><b>Units:</b> nanoseconds; bit/s of whole IP packets, UDP and IP headers included; {@link #UNKNOWN} for a round trip
 * that has not been measured.
 *
 * <p>Source: RFC 6298, section 2; RFC 9002 for what the reports are used for; the windowed maximum as in BBR.
 */
public final class LinkMeter
{
    /** A round trip that has not been measured. */
    public static final long UNKNOWN = -1;

    /** How far back minimum round trip, loss and delivered rate look. */
    public static final long WINDOW_NS = TimeUnit.SECONDS.toNanos(10);

    /** How far back the quickest way to the peer lies at most. In that time two clocks part by 6 ms at 100 ppm. */
    private static final long OUTBOUND_WINDOW_NS = TimeUnit.SECONDS.toNanos(60);

    /** Longer round trips count as this one. */
    public static final long LONGEST_RTT_NS = TimeUnit.SECONDS.toNanos(60);

    /** Reports closer together than this make no rate: a burst would pass for one. */
    private static final long SHORTEST_RATE_NS = TimeUnit.MILLISECONDS.toNanos(50);

    /** More than any link carries; a peer that claims more does not overflow anything. */
    private static final long GREATEST_RATE = 1_000_000_000_000L;

    private static final int PARTS = 1_000_000;
    private static final int SMOOTHING_SHIFT = 3;
    private static final int VARIATION_SHIFT = 2;
    private static final int OUTLIERS_OF_ANOTHER_PATH = 3;
    private static final int HISTOGRAM_DIGITS = 2;
    private static final double MEDIAN = 50;
    private static final double NEARLY_ALL = 99;

    private final IntCountsHistogram rttMicros =
        new IntCountsHistogram(TimeUnit.NANOSECONDS.toMicros(LONGEST_RTT_NS), HISTOGRAM_DIGITS);
    private final WindowedMaximum shortest = new WindowedMaximum(WINDOW_NS);
    private final WindowedMaximum fastest = new WindowedMaximum(WINDOW_NS);
    private final WindowedMaximum quickest = new WindowedMaximum(OUTBOUND_WINDOW_NS);
    private final ReportWindow reports = new ReportWindow(WINDOW_NS);

    private volatile long lastRttNs = UNKNOWN;
    private volatile long smoothedRttNs = UNKNOWN;
    private volatile long rttVariationNs = UNKNOWN;
    private volatile long minimumRttNs = UNKNOWN;
    private volatile long outboundQueueNs;
    private volatile long rttP50Ns = UNKNOWN;
    private volatile long rttP99Ns = UNKNOWN;
    private volatile long deliveredBitsPerSecond;
    private volatile int lossPpm;
    private volatile long lastDeliveredBitsPerSecond;
    private volatile int lastLossPpm;
    private volatile long reportCount;
    private volatile long echoesSent;
    private volatile long echoesAnswered;
    private volatile long lastEchoNs = PeerTraffic.NEVER;

    private int outliers;
    private int outboundSession;
    private boolean hurried;

    LinkMeter()
    {
    }

    /**
     * Notes that an echo request is on its way to the send agent.
     *
     * @param nowNs of the duty cycle.
     */
    public void onEcho(final long nowNs)
    {
        lastEchoNs = nowNs;
        echoesSent = echoesSent + 1;
    }

    /**
     * Takes in the reply to an echo.
     *
     * @param rttNs           from the sealing of the request to the opening of the reply; a negative one is no round trip.
     * @param nowNs           of the receiving agent's duty cycle.
     * @param session         local index of the session that both were of.
     * @param reportedNs      the timestamp of the reply: the peer's time since the session began.
     * @param packetsReceived of the report.
     * @param bytesReceived   of the report.
     * @param packetsLost     of the report.
     * @param headerLength    what UDP and IP add to each frame.
     */
    public void onReply(
        final long rttNs,
        final long nowNs,
        final int session,
        final long reportedNs,
        final long packetsReceived,
        final long bytesReceived,
        final long packetsLost,
        final int headerLength)
    {
        if (rttNs < 0)
        {
            return;
        }
        measure(Math.min(rttNs, LONGEST_RTT_NS), nowNs);
        measureOutbound(session, nowNs, reportedNs - (nowNs - rttNs));
        if (reports.add(session, nowNs, reportedNs, packetsReceived, bytesReceived, packetsLost))
        {
            lossPpm = reports.lossPpm();
            if (reports.lastNs() >= SHORTEST_RATE_NS)
            {
                final long delivered =
                    rate(reports.lastBytes() + reports.lastPackets() * headerLength, reports.lastNs());
                fastest.add(nowNs, delivered);
                lastDeliveredBitsPerSecond = delivered;
                lastLossPpm = reports.lastLossPpm();
                reportCount = reportCount + 1;
            }
        }
        deliveredBitsPerSecond = Math.max(0, fastest.get(nowNs));
        echoesAnswered = echoesAnswered + 1;
    }

    private void measure(final long rttNs, final long nowNs)
    {
        final long smoothed = smoothedRttNs;
        outliers = isFarFrom(rttNs, smoothed) ? outliers + 1 : 0;
        if (smoothed < 0 || outliers >= OUTLIERS_OF_ANOTHER_PATH)
        {
            outliers = 0;
            shortest.clear();
            rttMicros.reset();
            rttVariationNs = rttNs / 2;
            smoothedRttNs = rttNs;
        }
        else
        {
            final long variation = rttVariationNs;
            rttVariationNs = variation + ((Math.abs(smoothed - rttNs) - variation) >> VARIATION_SHIFT);
            smoothedRttNs = smoothed + ((rttNs - smoothed) >> SMOOTHING_SHIFT);
        }
        shortest.add(nowNs, -rttNs);
        minimumRttNs = -shortest.get(nowNs);
        lastRttNs = rttNs;

        rttMicros.recordValue(Math.max(1, TimeUnit.NANOSECONDS.toMicros(rttNs)));
        rttP50Ns = TimeUnit.MICROSECONDS.toNanos(rttMicros.getValueAtPercentile(MEDIAN));
        rttP99Ns = TimeUnit.MICROSECONDS.toNanos(rttMicros.getValueAtPercentile(NEARLY_ALL));
    }

    /** Takes in when an echo was answered less when it was sent, by two clocks: only its changes tell anything. */
    private void measureOutbound(final int session, final long nowNs, final long wayNs)
    {
        if (session != outboundSession)
        {
            // Another clock's beginning: what was in queues a moment ago still is.
            outboundSession = session;
            quickest.clear();
            quickest.add(nowNs, outboundQueueNs - wayNs);
        }
        quickest.add(nowNs, -wayNs);
        outboundQueueNs = wayNs + quickest.get(nowNs);
    }

    private static boolean isFarFrom(final long rttNs, final long smoothed)
    {
        return smoothed >= 0 && (rttNs > 2 * smoothed || 2 * rttNs < smoothed);
    }

    private static long rate(final long bytes, final long ns)
    {
        final double bitsPerSecond = (double)bytes * Byte.SIZE * TimeUnit.SECONDS.toNanos(1) / ns;
        return (long)Math.min(bitsPerSecond, GREATEST_RATE);
    }

    /** True while echoes take so long, or so short, that the path may have become another. */
    boolean isUnsettled()
    {
        return outliers > 0;
    }

    /**
     * Says whether the next echoes should follow each other quickly while there is traffic, so that the rates of short
     * times are known. Control thread.
     *
     * @param wanted true for that.
     */
    public void hurry(final boolean wanted)
    {
        hurried = wanted;
    }

    /** True while someone wants to know soon. */
    boolean isHurried()
    {
        return hurried;
    }

    /** When the last echo was asked for, or {@link PeerTraffic#NEVER}. */
    long lastEchoNs()
    {
        return lastEchoNs;
    }

    /**
     * The last round trip measured.
     *
     * @return ns, or {@link #UNKNOWN}.
     */
    public long lastRttNs()
    {
        return lastRttNs;
    }

    /**
     * The round trip, smoothed.
     *
     * @return ns, or {@link #UNKNOWN}.
     */
    public long smoothedRttNs()
    {
        return smoothedRttNs;
    }

    /**
     * How much the round trip varies: RTTVAR of RFC 6298.
     *
     * @return ns, or {@link #UNKNOWN}.
     */
    public long rttVariationNs()
    {
        return rttVariationNs;
    }

    /**
     * The shortest round trip of the 10 s before the last reply.
     *
     * @return ns, or {@link #UNKNOWN}.
     */
    public long minimumRttNs()
    {
        return minimumRttNs;
    }

    /**
     * How much longer the last echo was on its way to the peer than the quickest of the minute before: time that it spent
     * in queues there. What the answer took is not in it.
     *
     * @return ns, 0 or more.
     */
    public long outboundQueueNs()
    {
        return outboundQueueNs;
    }

    /**
     * The median of the round trips since the path last became another.
     *
     * @return ns, to two digits, or {@link #UNKNOWN}.
     */
    public long rttP50Ns()
    {
        return rttP50Ns;
    }

    /**
     * What 99 of 100 round trips since the path last became another did not exceed.
     *
     * @return ns, to two digits, or {@link #UNKNOWN}.
     */
    public long rttP99Ns()
    {
        return rttP99Ns;
    }

    /**
     * Of the frames sent to the peer in the 10 s before its last report, how many did not come.
     *
     * @return parts per million.
     */
    public int lossPpm()
    {
        return lossPpm;
    }

    /**
     * The greatest rate at which frames arrived at the peer, from one of its reports to the next, in the 10 s before the
     * last.
     *
     * @return bit/s, 0 while there is none.
     */
    public long deliveredBitsPerSecond()
    {
        return deliveredBitsPerSecond;
    }

    /**
     * The rate at which frames arrived between the peer's last two reports.
     *
     * @return bit/s, 0 while there is none.
     */
    public long lastDeliveredBitsPerSecond()
    {
        return lastDeliveredBitsPerSecond;
    }

    /**
     * Of the frames between the peer's last two reports, how many did not come.
     *
     * @return parts per million.
     */
    public int lastLossPpm()
    {
        return lastLossPpm;
    }

    /**
     * How many reports have told a rate.
     *
     * @return the count.
     */
    public long reports()
    {
        return reportCount;
    }

    /**
     * Echo requests sent.
     *
     * @return the count.
     */
    public long echoesSent()
    {
        return echoesSent;
    }

    /**
     * Replies to them.
     *
     * @return the count.
     */
    public long echoesAnswered()
    {
        return echoesAnswered;
    }

    /** Parts per million of a whole. */
    static int ppm(final long part, final long whole)
    {
        return whole <= 0 ? 0 : (int)(Math.min((double)part / whole, 1) * PARTS);
    }
}
