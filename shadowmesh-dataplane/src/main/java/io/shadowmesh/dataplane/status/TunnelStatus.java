package io.shadowmesh.dataplane.status;

import io.shadowmesh.dataplane.frame.DropReason;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The values of a tunnel's counters at one moment.
 */
public final class TunnelStatus
{
    private final long[] values;

    private TunnelStatus(final long[] values)
    {
        this.values = values;
    }

    /**
     * Takes the values of counters of this process.
     *
     * @param counters to read.
     * @return their values now.
     */
    public static TunnelStatus of(final Counters counters)
    {
        final long[] values = new long[Counters.COUNT];
        for (final TunnelCounter counter : TunnelCounter.values())
        {
            values[counter.ordinal()] = counters.get(counter);
        }
        for (final DropReason reason : DropReason.values())
        {
            values[TunnelCounter.values().length + reason.ordinal()] = counters.get(reason);
        }

        return new TunnelStatus(values);
    }

    /**
     * Takes the values that another process keeps in its counters file.
     *
     * @param countersFile to read.
     * @return the values now.
     * @throws IOException when the file cannot be read or is no counters file of this version.
     */
    public static TunnelStatus read(final Path countersFile) throws IOException
    {
        return new TunnelStatus(Counters.read(countersFile));
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
