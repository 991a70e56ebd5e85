package io.shadowmesh.dataplane.ring;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CoDelTest
{
    private static final long MILLISECOND_NS = 1_000_000;
    private static final long SECOND_NS = 1000 * MILLISECOND_NS;

    private final CoDel codel = new CoDel();
    private long nowNs = 50 * SECOND_NS;

    @Test
    void dropsNothingOfAQueueThatIsShorterThanTheTarget()
    {
        for (int i = 0; i < 10_000; i++)
        {
            assertFalse(leave(5 * MILLISECOND_NS - 1));
        }
    }

    @Test
    void letsABurstPassThatIsGoneWithinAnInterval()
    {
        for (int burst = 0; burst < 20; burst++)
        {
            for (int i = 0; i < 99; i++)
            {
                assertFalse(leave(50 * MILLISECOND_NS));
            }
            assertFalse(leave(MILLISECOND_NS));
        }
    }

    @Test
    void dropsAfterAnIntervalAndThenAtIntervalsThatShortenWithTheSquareRoot()
    {
        final long beganNs = nowNs;
        final List<Long> drops = new ArrayList<>();
        while (drops.size() < 5)
        {
            if (leave(20 * MILLISECOND_NS))
            {
                drops.add((nowNs - beganNs) / MILLISECOND_NS);
            }
        }
        // 100 ms apart, then 100 / sqrt(2), 100 / sqrt(3), ..., each rounded up to the next packet.
        assertEquals(List.of(101L, 201L, 272L, 330L, 380L), drops);
    }

    @Test
    void endsWhenAPacketHasWaitedForLessThanTheTarget()
    {
        untilFirstDrop();
        assertFalse(leave(4 * MILLISECOND_NS));
        for (int i = 0; i < 99; i++)
        {
            assertFalse(leave(20 * MILLISECOND_NS));
        }
    }

    @Test
    void goesOnWhereItWasWhenTheQueueStandsAgainSoon()
    {
        int drops = untilFirstDrop();
        while (drops < 20)
        {
            drops += leave(20 * MILLISECOND_NS) ? 1 : 0;
        }
        leave(MILLISECOND_NS);
        untilFirstDrop();
        final long firstNs = nowNs;
        while (!leave(20 * MILLISECOND_NS))
        {
            continue;
        }
        assertTrue(nowNs - firstNs < 40 * MILLISECOND_NS, () -> nowNs - firstNs + " ns: as often as before");
    }

    @Test
    void beginsAnewWhenTheQueueHasNotStoodForLong()
    {
        int drops = untilFirstDrop();
        while (drops < 20)
        {
            drops += leave(20 * MILLISECOND_NS) ? 1 : 0;
        }
        leave(MILLISECOND_NS);
        nowNs += 10 * SECOND_NS;
        untilFirstDrop();
        final long firstNs = nowNs;
        while (!leave(20 * MILLISECOND_NS))
        {
            continue;
        }
        assertEquals(100, (nowNs - firstNs) / MILLISECOND_NS);
    }

    @Test
    void dropsNoPacketThatNobodyWaitsBehind()
    {
        for (int i = 0; i < 1000; i++)
        {
            nowNs += MILLISECOND_NS;
            assertFalse(codel.rule(SECOND_NS, true, nowNs));
        }
    }

    @Test
    void grantsALongRoundTripALongerIntervalAndTarget()
    {
        codel.tune(500 * MILLISECOND_NS, 0);
        assertEquals(500 * MILLISECOND_NS, codel.intervalNs());
        assertEquals(25 * MILLISECOND_NS, codel.targetNs());
        for (int i = 0; i < 500; i++)
        {
            assertFalse(leave(26 * MILLISECOND_NS));
        }
        assertTrue(leave(26 * MILLISECOND_NS));
    }

    @Test
    void keepsTheRfcsValuesOnAShortOrUnknownRoundTrip()
    {
        codel.tune(MILLISECOND_NS, 0);
        assertEquals(CoDel.INTERVAL_NS, codel.intervalNs());
        assertEquals(CoDel.TARGET_NS, codel.targetNs());
        codel.tune(-1, 0);
        assertEquals(CoDel.INTERVAL_NS, codel.intervalNs());
    }

    @Test
    void aimsForNoLessThanSomePacketsTakeToSend()
    {
        codel.tune(20 * MILLISECOND_NS, 24 * MILLISECOND_NS);
        assertEquals(24 * MILLISECOND_NS, codel.targetNs());
    }

    @Test
    void forgetsAStandingQueueThatIsNone()
    {
        for (int i = 0; i < 90; i++)
        {
            leave(20 * MILLISECOND_NS);
        }
        codel.reset();
        for (int i = 0; i < 100; i++)
        {
            assertFalse(leave(20 * MILLISECOND_NS));
        }
    }

    /** The next packet leaves, a millisecond after the last one. */
    private boolean leave(final long waitedNs)
    {
        nowNs += MILLISECOND_NS;
        return codel.rule(waitedNs, false, nowNs);
    }

    private int untilFirstDrop()
    {
        while (!leave(20 * MILLISECOND_NS))
        {
            continue;
        }
        return 1;
    }
}
