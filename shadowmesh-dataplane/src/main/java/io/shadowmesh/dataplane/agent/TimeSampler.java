package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.status.TimeHistogram;

/**
 * Times something now and then: at most once in 100 µs, so that two reads of the clock and the recording, some 60 ns, are
 * less than 0.1 % of a thread's time. Of a burst it takes not always the first, which finds the caches cold, but each time
 * another of the first 64. What comes 1 ms or more after the last sample is timed at once.
 *
 * <pre>
 *     final boolean timed = sampler.begin(nowNs);
 *     ...
 *     if (timed)
 *     {
 *         sampler.end(1);
 *     }
 * </pre>
 *
 * <p><b>Threading:</b> one agent.
 */
final class TimeSampler
{
    /** Between two samples. */
    static final long INTERVAL_NS = 100_000;

    /** After so long without a sample the next chance is taken at once. */
    static final long LONG_NS = 1_000_000;

    private static final int BURST_MASK = 63;
    private static final int BURST_STEP = 29;

    private final TimeHistogram histogram;
    private long nowNs;
    private long dueNs;
    private int burstPlace;
    private int skip;
    private long startNs;

    TimeSampler(final TimeHistogram histogram)
    {
        this.histogram = histogram;
    }

    /** The duty cycle's time. Returns true, and reads the clock, when {@link #end} is to be called afterwards. */
    boolean begin(final long cyclesNowNs)
    {
        final long lateNs = cyclesNowNs - dueNs;
        if (lateNs < 0 || --skip >= 0 && lateNs < LONG_NS - INTERVAL_NS)
        {
            return false;
        }
        nowNs = cyclesNowNs;
        startNs = System.nanoTime();
        return true;
    }

    /**
     * Records the time since {@link #begin}, of each of so many parts. Without any, the first chance after the interval is
     * taken instead.
     */
    void end(final int parts)
    {
        dueNs = nowNs + INTERVAL_NS;
        if (parts > 0)
        {
            histogram.record((System.nanoTime() - startNs) / parts);
            burstPlace = (burstPlace + BURST_STEP) & BURST_MASK;
            skip = burstPlace;
        }
    }
}
