package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.ring.CoDel;
import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TimeDistribution;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelTime;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A ring that holds 50 ms of packets, one each millisecond. */
class QueueDisciplineTest
{
    private static final long MILLISECOND_NS = 1_000_000;
    private static final int QUEUED = 50;
    private static final int ECT = 0x45020000;
    private static final int NOT_ECT = 0x45000000;

    private final Arena arena = Arena.ofConfined();
    private final Counters counters = Counters.inMemory();
    private final PacketRing ring = new PacketRing(arena, 1 << 16, 1500);
    private final Pacer pacer = new Pacer();
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private QueueDiscipline discipline = discipline(true);
    private long nowNs = 9_000_000 * MILLISECOND_NS;
    private int first = NOT_ECT;
    private int dropped;

    @AfterEach
    void free()
    {
        counters.close();
        arena.close();
    }

    @Test
    void dropsOfAQueueThatPacingHolds()
    {
        pacer.rate(1_000_000);
        fill();
        run(1000, false);
        assertTrue(dropped >= 10 && dropped < 100, dropped + " of 1000");
        assertEquals(0, counters.get(TunnelCounter.AQM_MARKS));
    }

    @Test
    void marksInsteadWhereTheEndsUnderstandIt()
    {
        pacer.rate(1_000_000);
        first = ECT;
        fill();
        run(1000, false);
        assertEquals(0, dropped);
        assertTrue(counters.get(TunnelCounter.AQM_MARKS) >= 10);
    }

    @Test
    void dropsOfAQueueThatTheSocketHolds()
    {
        fill();
        run(1000, true);
        assertTrue(dropped >= 10, dropped + " of 1000");
    }

    @Test
    void leavesAQueueAloneThatNothingHolds()
    {
        fill();
        run(1000, false);
        assertEquals(0, dropped, "a slow machine is no slow link");
    }

    @Test
    void leavesTheQueueAloneAgainAnIntervalAfterTheSocketHasTakenAll()
    {
        fill();
        run(500, true);
        final int before = dropped;
        assertTrue(before > 0);
        run(100, false);
        dropped = 0;
        run(1000, false);
        assertEquals(0, dropped);
    }

    @Test
    void dropsNothingWhereTheOperatorWantsThat()
    {
        discipline = discipline(false);
        pacer.rate(1_000_000);
        fill();
        run(1000, true);
        assertEquals(0, dropped);
    }

    @Test
    void leavesAShortQueueAlone()
    {
        pacer.rate(1_000_000);
        for (int i = 0; i < 3; i++)
        {
            put();
            nowNs += MILLISECOND_NS;
        }
        run(1000, false);
        assertEquals(0, dropped);
    }

    @Test
    void samplesOneWaitOfEachDutyCycle()
    {
        fill();
        pacer.begin(nowNs);
        discipline.begin(nowNs);
        ring.poll((address, length) -> discipline.drops(address, length), 10);
        final TimeDistribution first = counters.times(TunnelTime.RING_WAIT).read();
        assertEquals(1, first.count());
        assertEquals(50e6, first.greatestNs());
        discipline.begin(nowNs);
        ring.poll((address, length) -> discipline.drops(address, length), 10);
        final TimeDistribution both = counters.times(TunnelTime.RING_WAIT).read();
        assertEquals(2, both.count());
        assertEquals(90e6, both.sumNs());
    }

    private QueueDiscipline discipline(final boolean drops)
    {
        return new QueueDiscipline(ring, pacer, new CoDel(), counters, drops);
    }

    private void fill()
    {
        for (int i = 0; i < QUEUED; i++)
        {
            put();
            nowNs += MILLISECOND_NS;
        }
    }

    private void put()
    {
        view.wrap(ring.claim(), 60);
        view.setMemory(0, 60, (byte)0);
        view.putInt(0, Integer.reverseBytes(first));
        ring.commit(60, 1, nowNs);
    }

    /** Each millisecond one packet comes and one leaves, so that the queue stays as long as it is. */
    private void run(final int packets, final boolean blocked)
    {
        for (int i = 0; i < packets; i++)
        {
            put();
            nowNs += MILLISECOND_NS;
            if (blocked)
            {
                discipline.onBlocked();
            }
            pacer.begin(nowNs);
            discipline.begin(nowNs);
            ring.poll((address, length) -> dropped += discipline.drops(address, length) ? 1 : 0, 1);
            ring.release();
        }
    }
}
