package io.shadowmesh.dataplane.status;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

import java.util.concurrent.TimeUnit;

/**
 * How long something took, from one look at it to the next. Recording neither allocates nor waits for whoever looks.
 *
 * <p><b>Threading:</b> one thread records, one thread looks.
 *
 * <p><b>Units:</b> nanoseconds, kept to two digits from 1 µs to 60 s; what is beyond counts as the bound.
 */
public final class IntervalHistogram
{
    private static final long LONGEST_MICROS = TimeUnit.SECONDS.toMicros(60);
    private static final int NS_PER_MICRO = 1000;
    private static final int DIGITS = 2;

    private final SingleWriterRecorder recorder = new SingleWriterRecorder(1, LONGEST_MICROS, DIGITS);
    private Histogram interval;

    /**
     * Holds nothing yet.
     */
    public IntervalHistogram()
    {
        interval = recorder.getIntervalHistogram();
    }

    /**
     * Records how long something took.
     *
     * @param ns of it.
     */
    public void record(final long ns)
    {
        recorder.recordValue(Math.max(1, Math.min(LONGEST_MICROS, ns / NS_PER_MICRO)));
    }

    /**
     * Ends an interval: the other methods tell of it from now on.
     *
     * @return how many values were recorded in it.
     */
    public long next()
    {
        interval = recorder.getIntervalHistogram(interval);
        return interval.getTotalCount();
    }

    /**
     * What a part of the interval's values did not exceed.
     *
     * @param percentile such as 99.
     * @return ns, 0 without values.
     */
    public long percentileNs(final double percentile)
    {
        return TimeUnit.MICROSECONDS.toNanos(interval.getValueAtPercentile(percentile));
    }

    /**
     * The greatest of the interval's values.
     *
     * @return ns, 0 without values.
     */
    public long greatestNs()
    {
        return TimeUnit.MICROSECONDS.toNanos(interval.getMaxValue());
    }
}
