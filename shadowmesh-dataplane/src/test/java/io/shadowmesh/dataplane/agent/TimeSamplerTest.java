package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TimeDistribution;
import io.shadowmesh.dataplane.status.TimeHistogram;
import io.shadowmesh.dataplane.status.TunnelTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.Set;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TimeSamplerTest
{
    private static final int BURST = 64;

    private final Counters counters = Counters.inMemory();
    private final TimeHistogram histogram = counters.times(TunnelTime.OPEN);
    private final TimeSampler sampler = new TimeSampler(histogram);
    private long nowNs = 5_000_000_000L;

    @AfterEach
    void free()
    {
        counters.close();
    }

    @Test
    void timesEveryPacketWhereTheyAreRare()
    {
        for (int i = 0; i < 100; i++)
        {
            assertTrue(sampler.begin(nowNs));
            sampler.end(1);
            nowNs += TimeSampler.LONG_NS;
        }
        assertEquals(100, histogram.read().count());
    }

    @Test
    void timesOneOfABurstAndNotAlwaysTheSame()
    {
        final Set<Integer> places = new TreeSet<>();
        for (int burst = 0; burst < BURST; burst++)
        {
            int timed = 0;
            for (int i = 0; i < BURST; i++)
            {
                if (sampler.begin(nowNs))
                {
                    sampler.end(1);
                    places.add(i);
                    timed++;
                }
            }
            assertEquals(1, timed);
            nowNs += TimeSampler.INTERVAL_NS;
        }
        assertEquals(BURST, places.size(), places::toString);
    }

    @Test
    void leavesWhatComesSoonAfterASampleAlone()
    {
        assertTrue(sampler.begin(nowNs));
        sampler.end(1);
        nowNs += TimeSampler.INTERVAL_NS - 1;
        for (int i = 0; i < 2 * BURST; i++)
        {
            assertFalse(sampler.begin(nowNs));
        }
    }

    @Test
    void takesTheFirstChanceAfterTheIntervalWhereNothingCameOfOne()
    {
        assertTrue(sampler.begin(nowNs));
        sampler.end(0);
        assertEquals(0, histogram.read().count());
        nowNs += TimeSampler.INTERVAL_NS - 1;
        assertFalse(sampler.begin(nowNs));
        nowNs++;
        assertTrue(sampler.begin(nowNs));
        sampler.end(1);
        assertEquals(1, histogram.read().count());
    }

    @Test
    void dividesTheTimeByTheParts()
    {
        final long beforeNs = System.nanoTime();
        assertTrue(sampler.begin(nowNs));
        final long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < 1_000_000)
        {
            Thread.onSpinWait();
        }
        sampler.end(1000);
        final long longestNs = System.nanoTime() - beforeNs;
        final TimeDistribution read = histogram.read();
        assertEquals(1, read.count());
        assertTrue(read.sumNs() >= 1000 && read.sumNs() <= longestNs / 1000, () -> read.sumNs() + " of " + longestNs);
    }
}
