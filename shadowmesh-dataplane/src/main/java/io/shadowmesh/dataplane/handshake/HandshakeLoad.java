package io.shadowmesh.dataplane.handshake;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * Whether this node is under load: over 64 half-open handshakes, or over 128 incomplete M1s, or over 10 % of the last
 * second spent on handshake work; and for 1 s after none of these is so any more.
 *
 * <p>The last second is kept in 20 parts. One datagram counts as at most {@link #LONGEST_NS}: cold code, or a thread that
 * was kept waiting, makes one handshake take long, and that is no flood.
 *
 * <p><b>Units:</b> ns. <b>Threading:</b> one thread. Source: wire protocol ShadowMesh/1, section 5.
 */
final class HandshakeLoad
{
    /** As many half-open handshakes are no load yet. */
    static final int HALF_OPEN = 64;

    /** As many incomplete M1s are no load yet. */
    static final int INCOMPLETE_FIRSTS = 128;

    /** As much work in the last second is no load yet. */
    static final long WORK_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** How long the state holds. */
    static final long HOLD_NS = TimeUnit.SECONDS.toNanos(1);

    /** What one datagram counts at most. */
    static final long LONGEST_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final int PARTS = 20;
    private static final long PART_NS = TimeUnit.SECONDS.toNanos(1) / PARTS;

    private final long[] workNs = new long[PARTS];
    private final IntSupplier halfOpen;
    private final IntSupplier incompleteFirsts;
    private long part = Long.MIN_VALUE;
    private long sumNs;
    private boolean under;
    private long untilNs;

    HandshakeLoad(final IntSupplier halfOpen, final IntSupplier incompleteFirsts)
    {
        this.halfOpen = halfOpen;
        this.incompleteFirsts = incompleteFirsts;
    }

    /**
     * Adds the time that one datagram took.
     */
    void worked(final long durationNs, final long nowNs)
    {
        moveTo(nowNs / PART_NS);
        final long countedNs = Math.clamp(durationNs, 0, LONGEST_NS);
        workNs[slot(part)] += countedNs;
        sumNs += countedNs;
        look(nowNs);
    }

    /**
     * Looks at what there is. To be called before anything becomes less.
     *
     * @return whether the node is under load.
     */
    boolean look(final long nowNs)
    {
        moveTo(nowNs / PART_NS);
        if (halfOpen.getAsInt() > HALF_OPEN || incompleteFirsts.getAsInt() > INCOMPLETE_FIRSTS ||
            sumNs > WORK_NS)
        {
            under = true;
            untilNs = nowNs + HOLD_NS;
        }
        else if (under && nowNs >= untilNs)
        {
            under = false;
        }
        return under;
    }

    /**
     * What the last look has found.
     */
    boolean isUnder()
    {
        return under;
    }

    /**
     * When to look again, at the latest.
     */
    long nextDeadlineNs()
    {
        return under ? untilNs : Long.MAX_VALUE;
    }

    private void moveTo(final long newPart)
    {
        if (newPart - part >= PARTS || part == Long.MIN_VALUE)
        {
            Arrays.fill(workNs, 0);
            sumNs = 0;
            part = newPart;
        }
        while (part < newPart)
        {
            part++;
            sumNs -= workNs[slot(part)];
            workNs[slot(part)] = 0;
        }
    }

    private static int slot(final long part)
    {
        return (int)Math.floorMod(part, (long)PARTS);
    }
}
