package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.frame.DropReason;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What was dropped of a peer's packets and frames, by reason; only what is known to be its own. The tunnel's counters have
 * the sums.
 *
 * <p><b>Threading:</b> {@link #sent} is the send agent's, {@link #received} the receive agent's; any thread reads.
 */
public final class PeerDrops
{
    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int REASONS = DropReason.values().length;

    private final long[] sent = new long[REASONS];
    private final long[] received = new long[REASONS];

    PeerDrops()
    {
    }

    /**
     * Counts what did not go to the peer.
     *
     * @param code  {@link DropReason#code} of the reason.
     * @param count of packets.
     */
    public void sent(final int code, final int count)
    {
        ELEMENT.setOpaque(sent, -code - 1, sent[-code - 1] + count);
    }

    /**
     * Counts a frame of the peer's sessions that was not accepted.
     *
     * @param code {@link DropReason#code} of the reason.
     */
    public void received(final int code)
    {
        ELEMENT.setOpaque(received, -code - 1, received[-code - 1] + 1);
    }

    /**
     * How much was dropped for a reason, both ways.
     *
     * @param reason to look up.
     * @return packets and frames.
     */
    public long count(final DropReason reason)
    {
        return (long)ELEMENT.getOpaque(sent, reason.ordinal()) + (long)ELEMENT.getOpaque(received, reason.ordinal());
    }
}
