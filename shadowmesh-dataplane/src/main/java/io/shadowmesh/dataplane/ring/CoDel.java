package io.shadowmesh.dataplane.ring;

import java.util.concurrent.TimeUnit;

/**
 * Controlled delay: which packets to drop, or mark, of those that leave a queue, so that it does not stand. A queue that
 * every packet of a whole interval has waited in for longer than the target is a standing one; then one packet goes, and
 * the next ones at intervals that shorten with the square root of their number, until a packet has waited for less.
 *
 * <p><b>Threading:</b> one thread takes packets from the queue and asks; {@link #tune} is for any one thread.
 *
 * <p><b>Units:</b> nanoseconds of one clock.
 *
 * <p>Source: RFC 8289, sections 4 and 5.
 */
public final class CoDel
{
    /** The target of RFC 8289 for the public Internet. */
    public static final long TARGET_NS = TimeUnit.MILLISECONDS.toNanos(5);

    /** The interval of RFC 8289 for the public Internet. */
    public static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** The target as a part of the interval: 5 to 10 in a hundred are best. */
    private static final int TARGET_DIVISOR = 20;

    /** A count that is still in force when the queue stands again so soon after. */
    private static final int RECENT_INTERVALS = 16;

    private volatile long targetNs = TARGET_NS;
    private volatile long intervalNs = INTERVAL_NS;

    private boolean above;
    private long standsAtNs;
    private boolean dropping;
    private long nextNs;
    private int count;
    private int lastCount;

    /** Controls nothing yet. */
    public CoDel()
    {
    }

    /**
     * Sets target and interval for a link. The interval is a round trip, for that is how long a sender takes to slow
     * down, and no shorter than RFC 8289's; the target a twentieth of it, and no less than it takes to send some packets.
     *
     * @param roundTripNs of the link; 0 or less where unknown.
     * @param leastNs     the least that the target may be.
     */
    public void tune(final long roundTripNs, final long leastNs)
    {
        final long interval = Math.max(INTERVAL_NS, roundTripNs);
        intervalNs = interval;
        targetNs = Math.max(leastNs, interval / TARGET_DIVISOR);
    }

    /**
     * Rules about the packet that leaves the queue now.
     *
     * @param waitedNs how long it has been in the queue.
     * @param isLast   true when the queue is as good as empty behind it: it does not stand then.
     * @param nowNs    of the duty cycle.
     * @return true when the packet is to be dropped, or marked instead.
     */
    public boolean rule(final long waitedNs, final boolean isLast, final long nowNs)
    {
        final boolean stands = stands(waitedNs, isLast, nowNs);
        if (dropping)
        {
            if (!stands)
            {
                dropping = false;
                return false;
            }
            if (nowNs - nextNs < 0)
            {
                return false;
            }
            count++;
            nextNs = after(nextNs);
            return true;
        }
        if (!stands)
        {
            return false;
        }

        dropping = true;
        final int since = count - lastCount;
        count = since > 1 && nowNs - nextNs < RECENT_INTERVALS * intervalNs ? since : 1;
        lastCount = count;
        nextNs = after(nowNs);
        return true;
    }

    /** True when packets have waited for longer than the target throughout an interval. */
    private boolean stands(final long waitedNs, final boolean isLast, final long nowNs)
    {
        if (waitedNs < targetNs || isLast)
        {
            above = false;
            return false;
        }
        if (!above)
        {
            above = true;
            standsAtNs = nowNs + intervalNs;
        }
        return nowNs - standsAtNs >= 0;
    }

    private long after(final long timeNs)
    {
        return timeNs + (long)(intervalNs / Math.sqrt(count));
    }

    /**
     * Forgets what it has seen, as when nothing has held the queue up for a while.
     */
    public void reset()
    {
        above = false;
        dropping = false;
    }

    /**
     * How long packets may wait.
     *
     * @return the target.
     */
    public long targetNs()
    {
        return targetNs;
    }

    /**
     * For how long they may wait longer.
     *
     * @return the interval.
     */
    public long intervalNs()
    {
        return intervalNs;
    }
}
