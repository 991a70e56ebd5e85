package io.shadowmesh.dataplane.handshake;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * When the initiator sends its message again: after 0.1 s, doubling, each wait ±33 %, never more than 2 s.
 *
 * <p><b>Units:</b> ns. <b>Threading:</b> one thread.
 */
final class RetransmitSchedule
{
    /** The first wait, before jitter. */
    static final long FIRST_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** The longest wait, jitter included. */
    static final long LONGEST_NS = TimeUnit.SECONDS.toNanos(2);

    private static final double JITTER = 0.33;

    private final RandomGenerator random;
    private long waitNs;
    private long dueNs;

    RetransmitSchedule(final RandomGenerator random)
    {
        this.random = random;
    }

    /**
     * The message has been sent for the first time.
     */
    void restart(final long nowNs)
    {
        waitNs = FIRST_NS;
        dueNs = nowNs + jittered();
    }

    /**
     * The message has been sent again.
     */
    void backOff(final long nowNs)
    {
        waitNs = Math.min(2 * waitNs, LONGEST_NS);
        dueNs = nowNs + jittered();
    }

    long dueNs()
    {
        return dueNs;
    }

    private long jittered()
    {
        final double factor = 1 + JITTER * (2 * random.nextDouble() - 1);
        return Math.min((long)(waitNs * factor), LONGEST_NS);
    }
}
