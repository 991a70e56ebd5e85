package io.shadowmesh.dataplane.status;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class IntervalHistogramTest
{
    private final IntervalHistogram histogram = new IntervalHistogram();

    @Test
    void tellsOfOneIntervalAtATime()
    {
        assertEquals(0, histogram.next());
        assertEquals(0, histogram.percentileNs(50));
        for (int i = 1; i <= 100; i++)
        {
            histogram.record(i * 1_000_000L);
        }
        assertEquals(100, histogram.next());
        assertEquals(50e6, histogram.percentileNs(50), 1e6);
        assertEquals(99e6, histogram.percentileNs(99), 1e6);
        assertEquals(100e6, histogram.greatestNs(), 1e6);
        assertEquals(0, histogram.next());
        assertEquals(0, histogram.greatestNs());
    }

    @Test
    void clampsWhatIsBeyondItsRange()
    {
        histogram.record(-5);
        assertEquals(1, histogram.next());
        assertEquals(1000, histogram.greatestNs());
        histogram.record(Long.MAX_VALUE);
        assertEquals(1, histogram.next());
        assertEquals(60e9, histogram.greatestNs(), 0.6e9);
    }
}
