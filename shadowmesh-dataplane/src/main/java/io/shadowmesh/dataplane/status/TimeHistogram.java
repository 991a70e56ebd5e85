package io.shadowmesh.dataplane.status;

import org.agrona.BitUtil;
import org.agrona.concurrent.AtomicBuffer;

/**
 * How often something has taken how long, since the node's start, in the status file. Recording neither allocates nor
 * waits for whoever reads.
 *
 * <pre>
 *  offset       length  field     encoding (the machine's byte order)
 *       0            8  sum       u64, ns: of all values
 *       8            8  greatest  u64, ns: of all values
 *     128  8 * buckets  counts    u64: values in each bucket
 * </pre>
 *
 * <p>The buckets are log-linear: one for each of the first 16 values, then 16 for each power of two. A bucket is no wider
 * than a sixteenth of its least value, so what is read from it is at most 6.25 % too great. Values from 2<sup>36</sup> ns
 * on (69 s) count as the greatest below.
 *
 * <p><b>Units:</b> nanoseconds.
 *
 * <p><b>Threading:</b> one thread records, any number of processes read. A value is added to its bucket last, so that a
 * reader that takes the buckets first finds no value in them that is beyond the greatest.
 */
public final class TimeHistogram
{
    static final int SUM_OFFSET = 0;
    static final int GREATEST_OFFSET = 8;
    static final int COUNTS_OFFSET = 2 * BitUtil.CACHE_LINE_LENGTH;

    /** Sub-buckets of a power of two, as a power of two. */
    static final int SUB_BUCKET_BITS = 4;
    static final int VALUE_BITS = 36;
    static final long LONGEST_NS = (1L << VALUE_BITS) - 1;
    static final int BUCKETS = (VALUE_BITS - SUB_BUCKET_BITS + 1) << SUB_BUCKET_BITS;

    /** What one takes in the file, so that no two share a pair of cache lines. */
    static final int LENGTH = BitUtil.align(COUNTS_OFFSET + BUCKETS * Long.BYTES, 2 * BitUtil.CACHE_LINE_LENGTH);

    private final AtomicBuffer buffer;
    private final int offset;

    /** The file's own. */
    TimeHistogram(final AtomicBuffer buffer, final int offset)
    {
        this.buffer = buffer;
        this.offset = offset;
    }

    /** The bucket of a value from 0 to {@link #LONGEST_NS}. */
    static int bucket(final long ns)
    {
        final int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(ns | 1);
        final int shift = Math.max(0, power - SUB_BUCKET_BITS);
        return (shift << SUB_BUCKET_BITS) + (int)(ns >>> shift);
    }

    /** The greatest value of a bucket. */
    static long greatestOf(final int bucket)
    {
        final int shift = Math.max(0, (bucket >>> SUB_BUCKET_BITS) - 1);
        final long most = bucket - ((long)shift << SUB_BUCKET_BITS) + 1;
        return (most << shift) - 1;
    }

    /**
     * Records how long something took.
     *
     * @param ns of it; a negative time counts as 0.
     */
    public void record(final long ns)
    {
        final long value = Math.max(0, Math.min(LONGEST_NS, ns));
        if (value > buffer.getLong(offset + GREATEST_OFFSET))
        {
            buffer.putLongRelease(offset + GREATEST_OFFSET, value);
        }
        add(offset + SUM_OFFSET, value);
        add(offset + COUNTS_OFFSET + bucket(value) * Long.BYTES, 1);
    }

    private void add(final int index, final long delta)
    {
        buffer.putLongRelease(index, buffer.getLong(index) + delta);
    }

    /**
     * Takes what has been recorded so far. Any thread may call.
     *
     * @return all values until now.
     */
    public TimeDistribution read()
    {
        return read(buffer, offset);
    }

    static TimeDistribution read(final AtomicBuffer buffer, final int offset)
    {
        final long[] counts = new long[BUCKETS];
        for (int i = 0; i < BUCKETS; i++)
        {
            counts[i] = buffer.getLongVolatile(offset + COUNTS_OFFSET + i * Long.BYTES);
        }
        return new TimeDistribution(
            counts, buffer.getLongVolatile(offset + SUM_OFFSET), buffer.getLongVolatile(offset + GREATEST_OFFSET));
    }
}
