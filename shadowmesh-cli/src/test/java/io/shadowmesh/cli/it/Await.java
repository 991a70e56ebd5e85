package io.shadowmesh.cli.it;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Waiting for a condition, never longer than a deadline. Deadlines are generous: they catch what hangs, and measure
 * nothing.
 */
final class Await
{
    /** For anything that should happen at once on a slow machine under load. */
    static final Duration SOON = Duration.ofSeconds(30);
    /** For what waits on the protocol's own timers: dead peer, attempts, back-off. */
    static final Duration EVENTUALLY = Duration.ofSeconds(90);
    private static final long POLL_NS = 20_000_000L;

    /** Times as long as promised are allowed, as machines may be slow and busy; 1 under {@code -Psoak}. */
    private static final double SLACK = Double.parseDouble(System.getProperty("shadowmesh.it.slack", "3"));

    private Await()
    {
    }

    /**
     * A deadline for what is promised within a time.
     *
     * @param seconds that are promised.
     * @return the same, or more where the machine may be slow: the property {@code shadowmesh.it.slack} says so.
     */
    static Duration promised(final int seconds)
    {
        return Duration.ofMillis((long)(seconds * 1000 * SLACK));
    }

    /**
     * Waits until a condition holds.
     *
     * @param what      is waited for, as the end of "never happened: ...".
     * @param deadline  after which the test fails.
     * @param condition that ends the waiting.
     */
    static void until(final String what, final Duration deadline, final BooleanSupplier condition)
    {
        until(what, deadline, condition, () -> "");
    }

    /**
     * Waits until a condition holds.
     *
     * @param what      is waited for, as the end of "never happened: ...".
     * @param deadline  after which the test fails.
     * @param condition that ends the waiting.
     * @param evidence  for the failure's message: logs and the like.
     */
    static void until(
        final String what, final Duration deadline, final BooleanSupplier condition, final Supplier<String> evidence)
    {
        final long end = System.nanoTime() + deadline.toNanos();
        while (!condition.getAsBoolean())
        {
            if (System.nanoTime() - end > 0)
            {
                throw new AssertionError(
                    "never happened within " + deadline.toSeconds() + " s: " + what + "\n" + evidence.get());
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    /**
     * Lets time pass because the scenario is about time ("one node is started 20 s late"), not to wait for anything.
     *
     * @param time to let pass.
     */
    static void passing(final Duration time)
    {
        final long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime())
        {
            LockSupport.parkNanos(left);
        }
    }
}
