package io.shadowmesh.dataplane.handshake;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class HandshakeLoadTest
{
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long MS_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private int halfOpen;
    private int incompleteFirsts;
    private long nowNs = TimeUnit.DAYS.toNanos(4);
    private final HandshakeLoad load = new HandshakeLoad(() -> halfOpen, () -> incompleteFirsts);

    @Test
    void beginsWithTheSixtyFifthHalfOpenHandshake()
    {
        halfOpen = 64;
        assertFalse(load.look(nowNs));
        assertEquals(Long.MAX_VALUE, load.nextDeadlineNs());
        halfOpen = 65;
        assertTrue(load.look(nowNs));
        assertTrue(load.isUnder());
    }

    @Test
    void beginsWithTheHundredAndTwentyNinthIncompleteFirstMessage()
    {
        incompleteFirsts = 128;
        assertFalse(load.look(nowNs));
        incompleteFirsts = 129;
        assertTrue(load.look(nowNs));
    }

    @Test
    void beginsWithMoreThanATenthOfASecondOfWork()
    {
        for (int i = 0; i < 100; i++)
        {
            nowNs += 9 * MS_NS;
            load.worked(MS_NS, nowNs);
            assertFalse(load.look(nowNs), "after " + (i + 1) + " ms");
        }
        load.worked(1, nowNs);
        assertTrue(load.isUnder());
    }

    @Test
    void forgetsWorkOfMoreThanASecondAgo()
    {
        for (int second = 0; second < 20; second++)
        {
            for (int i = 0; i < 10; i++)
            {
                load.worked(9 * MS_NS, nowNs);
                nowNs += SECOND_NS / 10;
                assertFalse(load.look(nowNs), "second " + second);
            }
        }
        load.worked(10 * MS_NS, nowNs);
        load.worked(10 * MS_NS, nowNs);
        assertTrue(load.isUnder(), "the last second is counted nevertheless");
        assertFalse(load.look(nowNs + 2 * SECOND_NS));
    }

    @Test
    void holdsForASecondAfterItsReasonIsGone()
    {
        halfOpen = 65;
        assertTrue(load.look(nowNs));
        nowNs += 30 * SECOND_NS;
        assertTrue(load.look(nowNs), "as long as there is a reason");
        halfOpen = 64;
        assertTrue(load.look(nowNs + SECOND_NS - 1));
        assertEquals(nowNs + SECOND_NS, load.nextDeadlineNs());
        assertFalse(load.look(nowNs + SECOND_NS));
        assertFalse(load.isUnder());
        assertEquals(Long.MAX_VALUE, load.nextDeadlineNs());
    }

    @Test
    void takesOneSlowDatagramForNoFlood()
    {
        for (int i = 0; i < 10; i++)
        {
            load.worked(3 * SECOND_NS, nowNs);
            assertFalse(load.isUnder(), "datagram " + (i + 1));
        }
        load.worked(3 * SECOND_NS, nowNs);
        assertTrue(load.isUnder());
    }
}
