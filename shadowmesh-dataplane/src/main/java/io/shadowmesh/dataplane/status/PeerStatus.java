package io.shadowmesh.dataplane.status;

import io.shadowmesh.dataplane.frame.DropReason;

/**
 * What a status file says of a peer at one moment.
 */
public final class PeerStatus
{
    private final PeerDescription description;
    private final long[] values;
    private final long[] drops;
    private final long clockNs;

    PeerStatus(final PeerDescription description, final long[] values, final long[] drops, final long clockNs)
    {
        this.description = description;
        this.values = values;
        this.drops = drops;
        this.clockNs = clockNs;
    }

    /**
     * What the peer is.
     *
     * @return it in words.
     */
    public PeerDescription description()
    {
        return description;
    }

    /**
     * The value of a counter.
     *
     * @param counter to look up.
     * @return its value; what a value of -1 or {@link Long#MIN_VALUE} means, the counter says.
     */
    public long get(final PeerCounter counter)
    {
        return values[counter.ordinal()];
    }

    /**
     * How much to or from the peer was dropped for a reason.
     *
     * @param reason to look up.
     * @return packets or datagrams.
     */
    public long get(final DropReason reason)
    {
        return drops[reason.ordinal()];
    }

    /**
     * How long ago something was, when the file was last brought up to date.
     *
     * @param stamp one of the counters that are of the node's clock.
     * @return ns, or -1 where it has never been.
     */
    public long ageNs(final PeerCounter stamp)
    {
        final long value = get(stamp);
        return Long.MIN_VALUE == value ? -1 : Math.max(0, clockNs - value);
    }
}
