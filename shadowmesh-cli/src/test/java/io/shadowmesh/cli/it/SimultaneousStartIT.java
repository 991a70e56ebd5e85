package io.shadowmesh.cli.it;

import java.time.Duration;
import java.util.ArrayList;
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
    private static final Duration DEADLINE = Duration.ofSeconds(10);
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
        final List<Long> timesMs = new ArrayList<>(runs.stream().map(Run::timeMs).sorted().toList());
        final List<Double> apartMs = new ArrayList<>(runs.stream().map(Run::apartMs).sorted().toList());
        System.out.printf("%d of %d agree: median %d ms, longest %d ms; first datagrams %.1f to %.1f ms apart, median " +
            "%.1f ms, at most 50 ms in %d; both began in %d; one session in %d, two in the others%n", runs.size(),
            STARTS, timesMs.get(STARTS / 2), timesMs.getLast(), apartMs.getFirst(), apartMs.getLast(),
            apartMs.get(STARTS / 2), apartMs.stream().filter(apart -> apart <= GREATEST_APART_NS / 1e6).count(),
            runs.stream().filter(Run::bothBegan).count(),
            runs.stream().filter(run -> run.sessions() == 1).count());
        assertTrue(runs.stream().filter(Run::bothBegan).count() > STARTS / 8, "too few were simultaneous");
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

    /** Few at a time, so that those that are meant to be together are not kept apart by a lack of cores. */
    private static long connect(final TunnelPair pair, final boolean firstA, final long apartNs)
    {
        STARTING.acquireUninterruptibly();
        try
        {
            final long beganNs = System.nanoTime();
            pair.startBoth(firstA, apartNs);
            Await.until("both have a session", DEADLINE, pair::isConnected, pair::toString);
            final long timeMs = (System.nanoTime() - beganNs) / 1_000_000;
            pair.exchange(DEADLINE);
            return timeMs;
        }
        finally
        {
            STARTING.release();
        }
    }

    /** What the relay's ledger tells of a pair. */
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
        final boolean both = !Double.isNaN(firstMs[0] + firstMs[1]);
        return new Run(timeMs, both ? Math.abs(firstMs[0] - firstMs[1]) : 0, both, sessions);
    }

    private record Run(long timeMs, double apartMs, boolean bothBegan, long sessions)
    {
    }
}
