package io.shadowmesh.dataplane.agent;

import java.util.concurrent.TimeUnit;

/**
 * Finds the rate that a path takes, from the rates at which datagrams have arrived, and follows it up and down.
 *
 * <pre>
 *  state    paced to            until
 *  STARTUP  nothing             the path is full (what is sent waits in it, or is lost) and three reports have brought no
 *                               quarter more
 *  DRAIN    3/4 of the rate     a round trip has passed: the path's queue is gone
 *  CRUISE   98 % of the rate    packets have waited for the pacer in eight reports
 *  PROBE    more than the rate  half a second has passed, or VERIFY's report has come already
 *  VERIFY   9/10 of the rate    a report of that half second has come: if more has arrived, that is the rate, and a
 *                               greater step follows; else CRUISE
 * </pre>
 *
 * <p>While packets do not wait for the pacer, little that arrives says nothing of the path. In CRUISE the rate falls to
 * what arrives when packets wait and three reports in a row are a tenth short, and by 3 % whenever echoes have waited in
 * the path for five although almost all of the rate is in use: then the path's own queue stands. What counts is the way
 * to the peer: an answer may be late because of what the peer sends.
 *
 * <p><b>Threading:</b> the control thread.
 *
 * <p>Source: the states are those of BBR (draft-cardwell-iccrg-bbr-congestion-control), with other gains.
 */
final class RateFinder
{
    static final int STARTUP = 0;
    static final int DRAIN = 1;
    static final int CRUISE = 2;
    static final int PROBE = 3;
    static final int VERIFY = 4;

    /** Of the rate, what datagrams are paced to. */
    static final double CRUISE_GAIN = 0.98;

    private static final double DRAIN_GAIN = 0.75;
    private static final double VERIFY_GAIN = 0.9;
    private static final double FIRST_STEP = 0.125;
    private static final double GREATEST_STEP = 1;
    private static final double GROWTH = 1.25;
    private static final double SHORT = 0.9;
    private static final double BLEED = 0.97;
    private static final double LONG_WAIT = 0.25;
    private static final double HELD = 0.5;

    private static final long LONGER_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long PROBE_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long SLACK_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long LEAST_DRAIN_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long BASE_NS = TimeUnit.SECONDS.toNanos(30);

    private static final int LOSS_PPM = 5_000;
    private static final long LEAST_RATE = 256_000;
    private static final int FLAT_REPORTS = 3;
    private static final int SHORT_REPORTS = 3;
    private static final int LONG_REPORTS = 5;
    private static final int CRUISE_REPORTS = 8;

    private int state = STARTUP;
    private long stateNs;
    private double estimate;
    private double step = FIRST_STEP;

    private long lastSentNs;
    private long roundTripNs;
    private long baseNs = Long.MAX_VALUE;
    private long olderBaseNs = Long.MAX_VALUE;
    private long baseSinceNs = Long.MIN_VALUE;

    private boolean full;
    private boolean grows = true;
    private int flat;
    private double flatSum;
    private int held;
    private int shortReports;
    private double shortMost;
    private int longReports;

    int state()
    {
        return state;
    }

    /** What to pace to, in bit/s; {@link Pacer#UNLIMITED} while the rate is not known. */
    long rate()
    {
        return switch (state)
        {
            case STARTUP -> Pacer.UNLIMITED;
            case DRAIN -> (long)(estimate * DRAIN_GAIN);
            case PROBE -> (long)(estimate * (1 + step));
            case VERIFY -> (long)(estimate * VERIFY_GAIN);
            default -> (long)(estimate * CRUISE_GAIN);
        };
    }

    /** True while echoes should come quickly, so that reports do. */
    boolean isInHurry()
    {
        return PROBE == state || VERIFY == state || CRUISE == state && longReports > 0 ||
            STARTUP == state && (full || grows);
    }

    void onTick(final long nowNs)
    {
        if (PROBE == state && nowNs - stateNs >= PROBE_NS)
        {
            enter(VERIFY, nowNs);
        }
        else if (DRAIN == state && nowNs - stateNs >= Math.max(LEAST_DRAIN_NS, roundTripNs) ||
            VERIFY == state && nowNs - stateNs >= PATIENCE_NS + 2 * roundTripNs)
        {
            enter(CRUISE, nowNs);
        }
    }

    /**
     * A report has come.
     *
     * @param nowNs     when.
     * @param rttNs     round trip of the echo that asked for it: so that it was sent that long ago.
     * @param queueNs   of that, what the echo spent in queues on its way to the peer.
     * @param delivered bit/s from the report before to this one.
     * @param lossPpm   between them.
     * @param heldPart  of the time since the last report, in which packets waited for the pacer.
     */
    void onReport(
        final long nowNs,
        final long rttNs,
        final long queueNs,
        final double delivered,
        final int lossPpm,
        final double heldPart)
    {
        final long fromNs = lastSentNs;
        lastSentNs = nowNs - rttNs;
        roundTripNs = rttNs;
        final boolean longer = queueNs > LONG_WAIT * shortest(nowNs, rttNs) + LONGER_NS;
        switch (state)
        {
            case STARTUP:
                onStartupReport(nowNs, delivered, longer || lossPpm > LOSS_PPM);
                break;

            case CRUISE:
                onCruiseReport(nowNs, delivered, longer, heldPart >= HELD);
                break;

            case PROBE:
                if (fromNs >= stateNs - SLACK_NS)
                {
                    onProbed(nowNs, delivered);
                }
                break;

            case VERIFY:
                // Of the half second in which more was sent, and of nothing else.
                if (fromNs >= stateNs - PROBE_NS - SLACK_NS && lastSentNs <= stateNs + SLACK_NS)
                {
                    onProbed(nowNs, delivered);
                }
                break;

            default:
                break;
        }
    }

    private void onStartupReport(final long nowNs, final double delivered, final boolean isFull)
    {
        full = isFull && delivered >= LEAST_RATE;
        if (delivered >= estimate * GROWTH)
        {
            estimate = delivered;
            grows = true;
            flat = 0;
            flatSum = 0;
            return;
        }
        grows = false;
        estimate = Math.max(estimate, delivered);
        flat = full ? flat + 1 : 0;
        flatSum = full ? flatSum + delivered : 0;
        if (flat >= FLAT_REPORTS)
        {
            // What a full path brings on average; single reports of it may bring more.
            estimate = flatSum / flat;
            enter(DRAIN, nowNs);
        }
    }

    private void onCruiseReport(
        final long nowNs, final double delivered, final boolean longer, final boolean isHeld)
    {
        longReports = longer && delivered >= estimate * CRUISE_GAIN * SHORT ? longReports + 1 : 0;
        if (longReports >= LONG_REPORTS)
        {
            longReports = 0;
            estimate = Math.max(LEAST_RATE, estimate * BLEED);
        }
        if (!isHeld)
        {
            return;
        }
        held++;
        if (delivered < estimate * CRUISE_GAIN * SHORT)
        {
            shortMost = Math.max(shortMost, delivered);
            if (++shortReports >= SHORT_REPORTS)
            {
                estimate = Math.max(LEAST_RATE, shortMost);
                enter(DRAIN, nowNs);
            }
            return;
        }
        shortReports = 0;
        shortMost = 0;
        if (held >= CRUISE_REPORTS && !longer)
        {
            enter(PROBE, nowNs);
        }
    }

    private void onProbed(final long nowNs, final double delivered)
    {
        if (delivered > estimate * (1 + step / 2))
        {
            estimate = delivered;
            step = Math.min(GREATEST_STEP, 2 * step);
            enter(PROBE, nowNs);
        }
        else
        {
            step = FIRST_STEP;
            enter(CRUISE, nowNs);
        }
    }

    /** The shortest round trip of the last half minute or whole one. */
    private long shortest(final long nowNs, final long rttNs)
    {
        if (nowNs - baseSinceNs >= BASE_NS || Long.MIN_VALUE == baseSinceNs)
        {
            olderBaseNs = baseNs;
            baseNs = rttNs;
            baseSinceNs = nowNs;
        }
        baseNs = Math.min(baseNs, rttNs);
        return Math.min(baseNs, olderBaseNs);
    }

    private void enter(final int next, final long nowNs)
    {
        state = next;
        stateNs = nowNs;
        held = 0;
        shortReports = 0;
        shortMost = 0;
        longReports = 0;
    }
}
