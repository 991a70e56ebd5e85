package io.shadowmesh.cli.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Nothing is left of a tunnel that was up, however often; in one process that goes on, and in its peer. */
@Timeout(3600)
final class UpAndDownIT
{
    private static final int LIBRARY_CYCLES = Integer.getInteger("shadowmesh.it.cycles", 12);
    private static final int COMMAND_CYCLES = Math.max(2, LIBRARY_CYCLES / 10);
    /** What is loaded and compiled at first is not a leak. */
    private static final int SETTLED = 6;
    /** Freed memory that malloc keeps is none either: it was 21 of 40 MB after 500 times. */
    private static final int TRIM_MS = 2000;
    private static final long SECONDS_PER_CYCLE = 30;
    /** Less than one tunnel's ring. */
    private static final long VIRTUAL_KB_PER_CYCLE = 8 * 1024;
    private static final long RESIDENT_KB = 32 * 1024;
    /** Mostly its Java heap, of 28 MB at first and 128 at most: 34 MB more after 500 sessions, 32 after 1200. */
    private static final long PEER_RESIDENT_KB = 64 * 1024;
    private static final Duration STOP = Await.promised(2);
    private static final Pattern CYCLE = Pattern.compile(
        "^cycle (\\d+) fds (\\d+) threads (\\d+) rss (\\d+) vm (\\d+) closed in (\\d+) ms$");
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    private record Cycle(ProcessUsage usage, long closeMs)
    {
    }

    @Test
    void theLibraryLeavesNothingBehindInItsProcessNorInItsPeer()
    {
        final Node b = scene.startListener().ready();
        final ChildProcess program = scene.keep(scene.a().start(Machine.javaWithLibrary(
            "64m", TRIM_MS, UpAndDownProgram.class,
            "keys", scene.idB(), TwoHosts.B4, Integer.toString(Scene.PORT), Scene.deviceA(), Scene.INSIDE_A + "/24",
            TwoHosts.A4, Scene.INSIDE_B, Integer.toString(LIBRARY_CYCLES))));
        Await.until("the first cycles", Await.EVENTUALLY, () -> cycles(program).size() >= SETTLED,
            () -> program.toString() + b);
        final ProcessUsage peerBefore = ProcessUsage.of(Long.toString(b.process().pid()));
        final List<String> peerThreads = ProcessUsage.threadNames(b.process().pid());
        assertEquals(0, program.awaitExit(Duration.ofSeconds(LIBRARY_CYCLES * SECONDS_PER_CYCLE)), () -> program + "" + b);

        final List<Cycle> cycles = cycles(program);
        assertEquals(LIBRARY_CYCLES, cycles.size(), program::toString);
        final ProcessUsage first = cycles.get(SETTLED - 1).usage();
        final ProcessUsage last = cycles.getLast().usage();
        final ProcessUsage peerAfter = ProcessUsage.of(Long.toString(b.process().pid()));
        final List<Long> times = cycles.stream().map(Cycle::closeMs).sorted().toList();
        System.out.println(LIBRARY_CYCLES + " times up and down: after " + SETTLED + " " + first + ", at the end " + last +
            ", the peer " + peerBefore + " and " + peerAfter + "; closed in " + times.get(times.size() / 2) +
            " ms (median), " + times.getLast() + " ms at the most");

        assertEquals(first.descriptors(), last.descriptors(), program::toString);
        assertEquals(first.threads(), last.threads(), program::toString);
        assertTrue(last.virtualKb() - first.virtualKb() < VIRTUAL_KB_PER_CYCLE * (LIBRARY_CYCLES - SETTLED),
            program::toString);
        assertTrue(last.residentKb() - first.residentKb() < RESIDENT_KB, program::toString);
        assertEquals(peerBefore.descriptors(), peerAfter.descriptors(), b::toString);
        assertEquals(peerThreads, ProcessUsage.threadNames(b.process().pid()), b::toString);
        assertTrue(peerAfter.residentKb() - peerBefore.residentKb() < PEER_RESIDENT_KB, b::toString);
        assertTrue(times.getLast() <= STOP.toMillis(), times::toString);
        assertEquals(List.of(), scene.a().tunDevices());
        assertEquals(List.of(), scene.a().statusFiles());
    }

    @Test
    void theCommandLeavesNothingBehindOnItsHost()
    {
        final Node b = scene.startListener().ready();
        final Node a = scene.startInitiator().ready();
        for (int cycle = 1; cycle <= COMMAND_CYCLES; cycle++)
        {
            scene.a().awaitPing(Scene.INSIDE_B, a, b);
            final long start = System.nanoTime();
            a.process().signal("TERM");
            assertEquals(0, a.process().awaitExit(STOP), a::toString);
            System.out.println("stopped after " + (System.nanoTime() - start) / 1_000_000 + " ms");
            assertEquals(List.of(), scene.a().tunDevices(), a::toString);
            assertEquals(List.of(), scene.a().statusFiles(), a::toString);
            a.startAgain();
            a.ready();
        }
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
    }

    private static List<Cycle> cycles(final ChildProcess program)
    {
        final List<Cycle> cycles = new ArrayList<>();
        for (final String line : program.output())
        {
            final Matcher match = CYCLE.matcher(line);
            if (match.matches())
            {
                cycles.add(new Cycle(new ProcessUsage(number(match, 2), number(match, 3), number(match, 4),
                    number(match, 5)), number(match, 6)));
            }
        }
        return cycles;
    }

    private static long number(final Matcher match, final int group)
    {
        return Long.parseLong(match.group(group));
    }
}
