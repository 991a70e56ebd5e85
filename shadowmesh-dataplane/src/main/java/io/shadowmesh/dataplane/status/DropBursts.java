package io.shadowmesh.dataplane.status;

import io.shadowmesh.dataplane.frame.DropReason;

/**
 * Notices when much is dropped for one reason at once, and tells the flight recorder: {@link NodeEvents}.
 *
 * <p><b>Threading:</b> one thread.
 */
public final class DropBursts
{
    private static final DropReason[] REASONS = DropReason.values();

    private final long[] before = new long[REASONS.length];
    private final Counters counters;
    private boolean looked;
    private long beforeNs;

    /**
     * Looks from the first {@link #look} on.
     *
     * @param counters to look at.
     */
    public DropBursts(final Counters counters)
    {
        this.counters = counters;
    }

    /**
     * Looks, a second or so after the last time.
     *
     * @param nowNs now.
     * @return for how many reasons much was dropped.
     */
    public int look(final long nowNs)
    {
        int bursts = 0;
        for (final DropReason reason : REASONS)
        {
            final long now = counters.get(reason);
            final long count = now - before[reason.ordinal()];
            if (count >= NodeEvents.BURST && looked)
            {
                NodeEvents.dropBurst(reason.text(), count, nowNs - beforeNs);
                bursts++;
            }
            before[reason.ordinal()] = now;
        }
        beforeNs = nowNs;
        looked = true;
        return bursts;
    }
}
