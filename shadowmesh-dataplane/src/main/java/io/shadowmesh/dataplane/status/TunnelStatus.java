package io.shadowmesh.dataplane.status;

import io.shadowmesh.dataplane.frame.DropReason;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The values of a tunnel's counters, and what was timed in it since its start, at one moment.
 */
public final class TunnelStatus
{
    private final long[] values;
    private final TimeDistribution[] times;

    /** The values in the order of the enums: {@link TunnelCounter}, then {@link DropReason}; and {@link TunnelTime}. */
    TunnelStatus(final long[] values, final TimeDistribution[] times)
    {
        this.values = values;
        this.times = times;
    }

    /** How many values there are. */
    static int count()
    {
        return TunnelCounter.values().length + DropReason.values().length;
    }

    /**
     * Takes the values of counters of this process.
     *
     * @param counters to read.
     * @return their values now.
     */
    public static TunnelStatus of(final Counters counters)
    {
        final long[] values = new long[count()];
        for (final TunnelCounter counter : TunnelCounter.values())
        {
            values[counter.ordinal()] = counters.get(counter);
        }
        for (final DropReason reason : DropReason.values())
        {
            values[TunnelCounter.values().length + reason.ordinal()] = counters.get(reason);
        }
        final TimeDistribution[] times = new TimeDistribution[TunnelTime.values().length];
        for (final TunnelTime time : TunnelTime.values())
        {
            times[time.ordinal()] = counters.times(time).read();
        }

        return new TunnelStatus(values, times);
    }

    /**
     * Takes the values that another process keeps in its status file.
     *
     * @param statusFile to read.
     * @return the values now.
     * @throws IOException when the file cannot be read or is no status file of this version.
     */
    public static TunnelStatus read(final Path statusFile) throws IOException
    {
        return NodeStatus.read(statusFile).counters();
    }

    /**
     * The value of a counter.
     *
     * @param counter to look up.
     * @return its value.
     */
    public long get(final TunnelCounter counter)
    {
        return values[counter.ordinal()];
    }

    /**
     * How long something has taken.
     *
     * @param time that was taken.
     * @return all samples of it.
     */
    public TimeDistribution times(final TunnelTime time)
    {
        return times[time.ordinal()];
    }

    /**
     * How much was dropped for a reason.
     *
     * @param reason to look up.
     * @return packets or datagrams.
     */
    public long get(final DropReason reason)
    {
        return values[TunnelCounter.values().length + reason.ordinal()];
    }
}
