package io.shadowmesh.cli.it;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Both nodes begin a handshake at nearly the same moment, and agree. */
@Timeout(900)
final class SimultaneousStartIT
{
    private static final int STARTS = Integer.getInteger("shadowmesh.it.simultaneousStarts", 24);
    private static final int AT_ONCE = 64;
    private static final long GREATEST_APART_NS = 50_000_000;
    private static final Semaphore STARTING = new Semaphore(2, true);
    private static final boolean IS_FULL = STARTS >= 1000;
    private static final Duration DEADLINE = Await.promised(10);
    /** Past the 5 s for which the lower Peer ID has precedence. */
    private static final Duration SETTLED = Duration.ofSeconds(6);
    private static final Duration WATCHED = Duration.ofSeconds(2);
    @RegisterExtension
    private static final Scene SCENE = Scene.perClass();

    /** The way takes up to 15 ms, so that the four messages of one handshake meet those of the other. */
    @Test
    void agreesOnOneSessionWhenBothBeginAtOnce()
    {
        final long seed = Seed.print();
        final List<Run> runs = Repetition.of(STARTS, AT_ONCE, number -> begin(seed + number, number));
        final List<Long> timesMs = runs.stream().map(Run::timeMs).sorted().toList();
        final List<Double> apartMs = runs.stream().filter(Run::bothBegan).map(Run::apartMs).sorted().toList();
        assertTrue(apartMs.size() > STARTS / 8, () -> "both began in no more than " + apartMs);
        final long simultaneous = apartMs.stream().filter(apart -> apart <= GREATEST_APART_NS / 1e6).count();
        System.out.printf("%d of %d agree: median %d ms, longest %d ms; both began in %d, their first datagrams %.1f to " +
            "%.1f ms apart, median %.1f ms, at most 50 ms in %d; one session in %d, two in the others%n", runs.size(),
            STARTS, timesMs.get(STARTS / 2), timesMs.getLast(), apartMs.size(), apartMs.getFirst(), apartMs.getLast(),
            apartMs.get(apartMs.size() / 2), simultaneous, runs.stream().filter(run -> run.sessions() == 1).count());
        if (IS_FULL)
        {
            assertTrue(simultaneous >= 1000, () -> "no more than 50 ms apart: " + simultaneous);
        }
    }

    private static Run begin(final long seed, final int number)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        try (TunnelPair pair = new TunnelPair(SCENE, number, "seed=" + seed + " delay=5ms-15ms"))
        {
            final long timeMs = connect(pair, random.nextBoolean(), random.nextLong(GREATEST_APART_NS + 1));
            Await.passing(SETTLED);
            final long datagrams = pair.handshakeDatagrams();
            final long sessions = pair.sessionsOfA();
            // Two when either has answered the other before it knew: the later checks are that they use the same one.
            assertTrue(sessions <= 2, pair::toString);
            assertEquals(sessions, pair.sessionsOfB(), pair::toString);
            Await.passing(WATCHED);
            pair.exchange(DEADLINE);
            assertEquals(datagrams, pair.handshakeDatagrams(), () -> "they go on shaking hands: " + pair);
            assertEquals(sessions, pair.sessionsOfA(), pair::toString);
            assertEquals(sessions, pair.sessionsOfB(), pair::toString);
            return run(pair, timeMs, sessions);
        }
    }

    /**
     * Few at a time, so that those that are meant to be together are not kept apart by a lack of cores.
     *
     * @return how long it took from the first start to the first datagram that had gone through and back.
     */
    private static long connect(final TunnelPair pair, final boolean firstA, final long apartNs)
    {
        STARTING.acquireUninterruptibly();
        try
        {
            final long beganNs = System.nanoTime();
            pair.startBoth(firstA, apartNs);
            Await.until("both have a session", leftOf(beganNs), pair::isConnected, pair::toString);
            pair.exchange(leftOf(beganNs));
            return (System.nanoTime() - beganNs) / 1_000_000;
        }
        finally
        {
            STARTING.release();
        }
    }

    private static Duration leftOf(final long beganNs)
    {
        return DEADLINE.minusNanos(System.nanoTime() - beganNs);
    }

    /**
     * What the relay's ledger tells of a pair, among it that what each side sent last, after they had settled, went to the
     * two halves of one session.
     */
    private static Run run(final TunnelPair pair, final long timeMs, final long sessions)
    {
        final double[] firstMs = {Double.NaN, Double.NaN};
        final String[] used = new String[2];
        final Set<String> agreed = new HashSet<>();
        for (final String line : pair.ledger())
        {
            final String[] words = line.split(" ");
            final int side = ">".equals(words[1]) ? 0 : 1;
            final String sender = words[5];
            final String receiver = words[6];
            switch (words[3])
            {
                case "M1" -> firstMs[side] = Double.isNaN(firstMs[side]) ? Double.parseDouble(words[0]) : firstMs[side];
                case "M4" -> agreed.add(0 == side ? receiver + " " + sender : sender + " " + receiver);
                case "T0", "T4" -> used[side] = receiver;
                default ->
                {
                    // The rest of the handshake.
                }
            }
        }
        assertTrue(agreed.contains(used[0] + " " + used[1]),
            () -> "a sends to " + used[0] + " and b to " + used[1] + ", but the sessions are " + agreed);
        return new Run(timeMs, Math.abs(firstMs[0] - firstMs[1]), sessions);
    }

    /**
     * One of the many.
     *
     * @param timeMs   until a datagram had gone through and back.
     * @param apartMs  how much later the one began than the other; not a number where one alone began.
     * @param sessions that either has had.
     */
    private record Run(long timeMs, double apartMs, long sessions)
    {
        boolean bothBegan()
        {
            return !Double.isNaN(apartMs);
        }
    }
}
