package io.shadowmesh.dataplane.handshake;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SourceRatesTest
{
    private static final long START_NS = TimeUnit.DAYS.toNanos(2);
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1) / 20;

    private final SourceRates rates = new SourceRates();

    private static SourcePrefix source(final int number)
    {
        return new SourcePrefix(false, number);
    }

    private int passing(final SourcePrefix source, final int tries, final int fragments, final long nowNs)
    {
        int passed = 0;
        for (int i = 0; i < tries; i++)
        {
            passed += rates.pass(source, fragments, nowNs) ? 1 : 0;
        }
        return passed;
    }

    @Test
    void letsFiveMessagesPassAtOnceAndThenOneInFiftyMilliseconds()
    {
        assertEquals(5, passing(source(1), 1000, 1, START_NS));
        assertFalse(rates.pass(source(1), 1, START_NS + INTERVAL_NS - 1));
        assertTrue(rates.pass(source(1), 1, START_NS + INTERVAL_NS));
        assertFalse(rates.pass(source(1), 1, START_NS + INTERVAL_NS));
        assertTrue(rates.pass(source(1), 1, START_NS + 2 * INTERVAL_NS));
    }

    @Test
    void letsTwentyMessagesASecondPassForEver()
    {
        int passed = 0;
        for (int ms = 0; ms < 60_000; ms++)
        {
            passed += rates.pass(source(1), 1, START_NS + TimeUnit.MILLISECONDS.toNanos(ms)) ? 1 : 0;
        }
        assertEquals(60 * 20 + 4, passed);
    }

    @Test
    void givesNoMoreThanFiveAtOnceAfterALongPause()
    {
        assertEquals(5, passing(source(1), 10, 1, START_NS));
        assertEquals(4, passing(source(1), 10, 1, START_NS + 4 * INTERVAL_NS));
        assertEquals(5, passing(source(1), 10, 1, START_NS + TimeUnit.HOURS.toNanos(1)));
    }

    @Test
    void countsAFragmentAsItsShareOfAMessage()
    {
        assertEquals(10, passing(source(1), 1000, 2, START_NS));
        assertFalse(rates.pass(source(1), 2, START_NS + INTERVAL_NS / 2 - 1));
        assertTrue(rates.pass(source(1), 2, START_NS + INTERVAL_NS / 2));
    }

    @Test
    void keepsSourcesApart()
    {
        assertEquals(5, passing(source(1), 10, 1, START_NS));
        assertEquals(5, passing(source(2), 10, 1, START_NS));
        assertEquals(5, passing(new SourcePrefix(true, 1), 10, 1, START_NS), "another family");
    }

    @Test
    void remembersFourThousandAndNinetySixSourcesAndForgetsTheOneSeenLongestAgo()
    {
        for (int i = 0; i < 4096; i++)
        {
            assertEquals(5, passing(source(i), 6, 1, START_NS), "source " + i);
        }
        assertEquals(4096, rates.size());
        for (int i = 0; i < 4096; i++)
        {
            assertFalse(rates.pass(source(i), 1, START_NS), "source " + i + " is remembered");
        }

        assertFalse(rates.pass(source(0), 1, START_NS));
        assertTrue(rates.pass(source(5000), 1, START_NS));
        assertEquals(4096, rates.size());
        assertFalse(rates.pass(source(0), 1, START_NS), "seen of late");
        assertTrue(rates.pass(source(1), 1, START_NS), "forgotten, as it was seen longest ago");
    }

    @Test
    void takesNoMoreRoomHoweverManySourcesThereAre()
    {
        for (int i = 0; i < 100_000; i++)
        {
            assertTrue(rates.pass(source(i), 1, START_NS + i));
            assertTrue(rates.size() <= 4096);
        }
        assertEquals(4096, rates.size());
    }
}
