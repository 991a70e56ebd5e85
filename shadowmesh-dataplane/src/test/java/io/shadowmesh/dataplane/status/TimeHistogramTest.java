package io.shadowmesh.dataplane.status;

import com.sun.management.ThreadMXBean;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TimeHistogramTest
{
    private static final int VALUES = 10_000;

    private final UnsafeBuffer memory =
        new UnsafeBuffer(ByteBuffer.allocateDirect(3 * TimeHistogram.LENGTH).alignedSlice(Long.BYTES));
    private final TimeHistogram histogram = new TimeHistogram(memory, 0);

    @Test
    void givesEveryValueTheBucketThatItFits()
    {
        long next = 0;
        for (int bucket = 0; bucket < TimeHistogram.BUCKETS; bucket++)
        {
            final long greatest = TimeHistogram.greatestOf(bucket);
            assertEquals(bucket, TimeHistogram.bucket(next), "the least of bucket " + bucket);
            assertEquals(bucket, TimeHistogram.bucket(greatest), "the greatest of bucket " + bucket);
            assertTrue(greatest - next <= next / 16.0, () -> "too wide: up to " + greatest);
            next = greatest + 1;
        }
        assertEquals(TimeHistogram.LONGEST_NS + 1, next);
    }

    @Test
    void tellsPercentilesThatAreAtMostASixteenthTooGreat()
    {
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        final long[] values = new long[VALUES];
        long sum = 0;
        for (int i = 0; i < VALUES; i++)
        {
            values[i] = random.nextLong(1L << random.nextInt(1, TimeHistogram.VALUE_BITS + 1));
            sum += values[i];
            histogram.record(values[i]);
        }

        Arrays.sort(values);
        final TimeDistribution read = histogram.read();
        assertEquals(VALUES, read.count());
        assertEquals(sum, read.sumNs());
        assertEquals(values[VALUES - 1], read.greatestNs());
        for (final double percentile : new double[] {0, 1, 25, 50, 90, 99, 99.9, 100})
        {
            final long exact = values[(int)Math.max(1, Math.ceil(VALUES * percentile / 100)) - 1];
            final long told = read.percentileNs(percentile);
            assertTrue(told >= exact && told <= exact * 1.0625, () -> told + " for " + exact + ", seed " + seed);
        }
        for (int power = 0; power <= TimeHistogram.VALUE_BITS; power++)
        {
            final long bound = 1L << power;
            assertEquals(Arrays.stream(values).filter(value -> value < bound).count(), read.countBelow(bound));
        }
    }

    @Test
    void clampsWhatIsBeyondItsRange()
    {
        histogram.record(-5);
        assertEquals(0, histogram.read().greatestNs());
        assertEquals(1, histogram.read().countBelow(1));
        histogram.record(Long.MAX_VALUE);
        histogram.record(TimeHistogram.LONGEST_NS + 1);
        final TimeDistribution read = histogram.read();
        assertEquals(3, read.count());
        assertEquals(TimeHistogram.LONGEST_NS, read.greatestNs());
        assertEquals(2 * TimeHistogram.LONGEST_NS, read.sumNs());
        assertEquals(TimeHistogram.LONGEST_NS, read.percentileNs(99));
    }

    @Test
    void writesNothingBeyondItsEnd()
    {
        final TimeHistogram middle = new TimeHistogram(memory, TimeHistogram.LENGTH);
        for (int bucket = 0; bucket < TimeHistogram.BUCKETS; bucket++)
        {
            middle.record(TimeHistogram.greatestOf(bucket));
        }
        middle.record(Long.MAX_VALUE);
        assertEquals(TimeHistogram.BUCKETS + 1, middle.read().count());
        for (int i = 0; i < TimeHistogram.LENGTH; i++)
        {
            assertEquals(0, memory.getByte(i) | memory.getByte(2 * TimeHistogram.LENGTH + i), "at " + i);
        }
    }

    @Test
    void tellsOfWhatHasComeSinceAnEarlierMoment()
    {
        histogram.record(5_000_000);
        final TimeDistribution before = histogram.read();
        assertEquals(0, histogram.read().since(before).count());
        assertEquals(0, histogram.read().since(before).greatestNs());
        assertEquals(0, histogram.read().since(before).percentileNs(50));
        for (int i = 1; i <= 100; i++)
        {
            histogram.record(i * 10_000L);
        }
        final TimeDistribution since = histogram.read().since(before);
        assertEquals(100, since.count());
        assertEquals(50_500_000, since.sumNs());
        assertEquals(500e3, since.percentileNs(50), 500e3 / 16);
        assertEquals(1e6, since.greatestNs(), 1e6 / 16);
        assertEquals(5_000_000, histogram.read().greatestNs());
    }

    @Test
    void holdsNothingAtFirst()
    {
        final TimeDistribution nothing = histogram.read();
        assertEquals(0, nothing.count() + nothing.sumNs() + nothing.greatestNs() + nothing.percentileNs(50));
    }

    /** The reader must never see a value that is beyond the greatest, nor a count that goes back. */
    @Test
    void isReadWhileItIsWritten() throws InterruptedException
    {
        final AtomicBoolean done = new AtomicBoolean();
        final Thread writer = Thread.ofPlatform().start(() ->
        {
            for (long value = 1; !done.get(); value += value < TimeHistogram.LONGEST_NS ? 1 + value / 1000 : 0)
            {
                histogram.record(value);
            }
        });
        try
        {
            TimeDistribution last = histogram.read();
            for (int i = 0; i < VALUES || last.count() == 0; i++)
            {
                final TimeDistribution read = histogram.read();
                assertTrue(read.count() >= last.count());
                final TimeDistribution since = read.since(last);
                assertTrue(since.percentileNs(50) <= since.greatestNs());
                assertTrue(read.countBelow(TimeHistogram.greatestOf(TimeHistogram.bucket(read.greatestNs())) + 1) ==
                    read.count(), "a value beyond the greatest");
                last = read;
            }
        }
        finally
        {
            done.set(true);
            writer.join();
        }
    }

    @Test
    void allocatesNothingWhileRecording()
    {
        final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
        record();
        final long before = threads.getCurrentThreadAllocatedBytes();
        record();
        assertEquals(0, threads.getCurrentThreadAllocatedBytes() - before);
    }

    private void record()
    {
        for (int i = 0; i < VALUES; i++)
        {
            histogram.record(i * 1_000L);
        }
    }
}
