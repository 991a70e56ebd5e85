package io.shadowmesh.cli.it;

import java.util.regex.Matcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Numbered datagrams that go through the tunnel from a to b and back, a {@link LedgerProgram} on either side.
 */
final class Ledger implements AutoCloseable
{
    private static final String REPORT =
        "^ledger sent=(\\d+) received=(\\d+) duplicates=(\\d+) aliens=(\\d+) gaps=(\\d+).*$";
    private final ChildProcess echoing;
    private final ChildProcess asking;

    /**
     * Starts both sides.
     *
     * @param scene      whose hosts they run on.
     * @param intervalMs between two datagrams.
     * @param seed       of their contents.
     */
    Ledger(final Scene scene, final int intervalMs, final long seed)
    {
        echoing = scene.b().start(Machine.java(LedgerProgram.class, "echo", Scene.INSIDE_B));
        final String port = echoing.awaitOutput("^listening (\\d+)$").group(1);
        asking = scene.a().start(Machine.java(LedgerProgram.class, "ask", Scene.INSIDE_B, port,
            Integer.toString(intervalMs), Long.toString(seed), Scene.INSIDE_A));
        asking.awaitOutput("^asking$");
    }

    /** Waits until so many have come back. */
    void awaitReceived(final long count)
    {
        Await.until(count + " datagrams have come back", Await.EVENTUALLY, () -> number(asking, 2) >= count,
            this::toString);
    }

    /** How many have come back to a. */
    long received()
    {
        return number(asking, 2);
    }

    /** Forgets how long nothing has come back. */
    void mark()
    {
        asking.ask("mark", "^marked$");
    }

    /** The longest time since {@link #mark} for which nothing came back to a. */
    long longestGapMs()
    {
        return number(asking, 5);
    }

    /** Fails if either side has seen one twice, or one that was not sent, or nothing at all. */
    void assertHonest()
    {
        for (final ChildProcess side : new ChildProcess[] { asking, echoing })
        {
            final Matcher report = side.ask("report", REPORT);
            System.out.println(report.group());
            assertTrue(Long.parseLong(report.group(2)) > 0, side::toString);
            assertEquals("0 duplicates, 0 aliens", report.group(3) + " duplicates, " + report.group(4) + " aliens");
        }
    }

    @Override
    public void close()
    {
        asking.close();
        echoing.close();
    }

    @Override
    public String toString()
    {
        return asking + "\n" + echoing;
    }

    private static long number(final ChildProcess side, final int group)
    {
        return Long.parseLong(side.ask("report", REPORT).group(group));
    }
}
