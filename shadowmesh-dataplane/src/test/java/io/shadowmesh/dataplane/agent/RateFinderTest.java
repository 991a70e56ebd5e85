package io.shadowmesh.dataplane.agent;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayDeque;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A link with a rate, a delay and a queue that drops at its tail, in steps of 10 ms. */
class RateFinderTest
{
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long STEP_NS = 10_000_000L;
    private static final double STEP_SECONDS = 0.01;
    private static final double MEGA = 1e6;
    private static final double PLENTY = 1000 * MEGA;

    private final RateFinder finder = new RateFinder();
    private final ArrayDeque<Echo> echoes = new ArrayDeque<>();
    private long nowNs = 500 * SECOND_NS;
    private long echoNs;
    private Echo reported;

    // In bits and bit/s.
    private double linkRate = 50 * MEGA;
    private long linkDelayNs = 20_000_000;
    private double queueLimit = 50 * MEGA / 10;
    private double queue;
    private double offered = PLENTY;
    private double accepted;
    private double lost;
    private double waited;
    private double windowSeconds;
    private double queueSeconds;
    private long steps;

    /** What had been sent, and lost, when an echo was, and when it arrives and is answered. */
    private record Echo(long sentNs, long arrivesNs, long answeredNs, double accepted, double lost)
    {
    }

    @ParameterizedTest
    @CsvSource({"50, 20", "50, 500", "100, 5", "2, 60", "900, 20"})
    void findsTheRateOfALinkAndPacesCloseBelowIt(final double megabits, final int roundTripMs)
    {
        linkRate = megabits * MEGA;
        queueLimit = linkRate / 10;
        linkDelayNs = roundTripMs * 1_000_000L;
        run(40);
        final double before = accepted - queue;
        queueSeconds = 0;
        steps = 0;
        run(120);
        final double used = (accepted - queue - before) / 120 / linkRate;
        assertTrue(used > 0.95 && used <= 1.001, "used " + used + " of the link");
        assertTrue(queueSeconds / steps < 0.025, "the path's own queue is " + queueSeconds / steps + " s on average");
    }

    @Test
    void followsALinkThatHasBecomeFaster()
    {
        linkRate = 20 * MEGA;
        run(40);
        assertEquals(20, finder.rate() / MEGA, 4);
        linkRate = 100 * MEGA;
        queueLimit = linkRate / 10;
        run(60);
        assertTrue(finder.rate() > 85 * MEGA, () -> finder.rate() + " bit/s");
    }

    @Test
    void followsALinkThatHasBecomeSlower()
    {
        linkRate = 100 * MEGA;
        queueLimit = linkRate / 10;
        run(40);
        linkRate = 20 * MEGA;
        queueLimit = linkRate / 10;
        run(30);
        assertTrue(finder.rate() < 24 * MEGA, () -> finder.rate() + " bit/s");
        assertTrue(finder.rate() > 16 * MEGA, () -> finder.rate() + " bit/s");
    }

    @Test
    void leavesNoQueueToAPathThatIsALittleSlowerThanItsRate()
    {
        run(40);
        linkRate = 48 * MEGA;
        windowSeconds = 0.015;
        run(40);
        queueSeconds = 0;
        steps = 0;
        run(60);
        assertTrue(queueSeconds / steps < 0.01, () -> "the path's own queue is " + queueSeconds / steps + " s on average");
        assertTrue(finder.rate() > 40 * MEGA, () -> finder.rate() + " bit/s");
    }

    @Test
    void doesNotTakeWhatAnApplicationSendsForTheRateOfTheLink()
    {
        offered = MEGA;
        run(120);
        assertEquals(Pacer.UNLIMITED, finder.rate());
        assertEquals(RateFinder.STARTUP, finder.state());
    }

    @Test
    void keepsTheRateWhileLittleIsSent()
    {
        run(60);
        offered = MEGA;
        run(300);
        assertEquals(50, finder.rate() / MEGA, 7);
    }

    @Test
    void asksForQuickReportsOnlyWhileItLooksForSomething()
    {
        offered = MEGA;
        run(10);
        assertEquals(false, finder.isInHurry(), "a trickle needs no rate");
        offered = PLENTY;
        int hurried = 0;
        run(30);
        for (int i = 0; i < 1000; i++)
        {
            step();
            hurried += finder.isInHurry() ? 1 : 0;
        }
        assertTrue(hurried > 0 && hurried < 400, hurried + " of 1000 steps");
    }

    private void run(final int seconds)
    {
        for (long i = 0; i < seconds * SECOND_NS / STEP_NS; i++)
        {
            step();
        }
    }

    private void step()
    {
        nowNs += STEP_NS;
        // A sender with a window keeps so much of a queue, and no more.
        final double window = windowSeconds > 0 ? linkRate + (windowSeconds * linkRate - queue) / STEP_SECONDS : PLENTY;
        final double wanted = Math.max(0, Math.min(offered, window));
        final double rate = finder.rate() == Pacer.UNLIMITED ? wanted : Math.min(wanted, finder.rate());
        waited += wanted > rate ? STEP_SECONDS : 0;
        final double room = queueLimit + linkRate * STEP_SECONDS - queue;
        final double in = Math.min(rate * STEP_SECONDS, room);
        lost += rate * STEP_SECONDS - in;
        accepted += in;
        queue = Math.max(0, queue + in - linkRate * STEP_SECONDS);
        queueSeconds += queue / linkRate;
        steps++;

        if (nowNs - echoNs >= (finder.isInHurry() ? SECOND_NS / 5 : SECOND_NS))
        {
            echoNs = nowNs;
            final long arrives = nowNs + linkDelayNs / 2 + (long)(queue / linkRate * SECOND_NS);
            echoes.add(new Echo(nowNs, arrives, arrives + linkDelayNs / 2, accepted, lost));
        }
        while (!echoes.isEmpty() && echoes.peek().answeredNs() <= nowNs)
        {
            report(echoes.remove());
        }
        finder.onTick(nowNs);
    }

    private void report(final Echo echo)
    {
        if (null != reported)
        {
            final double seconds = (double)(echo.arrivesNs() - reported.arrivesNs()) / SECOND_NS;
            final double came = echo.accepted() - reported.accepted();
            final double missing = echo.lost() - reported.lost();
            finder.onReport(
                nowNs,
                nowNs - echo.sentNs(),
                echo.arrivesNs() - echo.sentNs() - linkDelayNs / 2,
                came / seconds,
                (int)(missing / Math.max(1, came + missing) * 1e6),
                waited / ((double)(echo.sentNs() - reported.sentNs()) / SECOND_NS));
            waited = 0;
        }
        reported = echo;
    }
}
