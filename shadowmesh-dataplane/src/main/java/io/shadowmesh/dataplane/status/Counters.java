package io.shadowmesh.dataplane.status;

import io.shadowmesh.dataplane.frame.DropReason;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;

/**
 * A tunnel's counters and histograms, in a {@link StatusFile}. Counting neither allocates nor locks.
 *
 * <p>A counter with one writing thread is bumped by {@link #add}, one with several by {@link #addShared}.
 */
public final class Counters implements AutoCloseable
{
    private final StatusFile file;
    private final AtomicCounter[] counters = new AtomicCounter[TunnelCounter.values().length];
    private final AtomicCounter[] drops = new AtomicCounter[DropReason.values().length];
    private final TimeHistogram[] times = new TimeHistogram[TunnelTime.values().length];

    /** The file's own. */
    Counters(final StatusFile file, final CountersManager manager, final AtomicBuffer memory)
    {
        this.file = file;
        for (final TunnelTime time : TunnelTime.values())
        {
            times[time.ordinal()] = new TimeHistogram(memory, StatusLayout.timeOffset(time));
        }
        for (final TunnelCounter counter : TunnelCounter.values())
        {
            counters[counter.ordinal()] = manager.newCounter(
                counter.text(), StatusLayout.TUNNEL_TYPE, key -> key.putInt(0, counter.ordinal()));
        }
        for (final DropReason reason : DropReason.values())
        {
            drops[reason.ordinal()] = manager.newCounter(
                "dropped: " + reason.text(), StatusLayout.DROP_TYPE, key -> key.putInt(0, reason.ordinal()));
        }
    }

    /**
     * Counters in this process's memory alone.
     *
     * @return new counters, all 0.
     */
    public static Counters inMemory()
    {
        return StatusFile.inMemory().counters();
    }

    /**
     * Adds to a counter that this thread alone writes.
     *
     * @param counter to add to.
     * @param delta   to add.
     */
    public void add(final TunnelCounter counter, final long delta)
    {
        counters[counter.ordinal()].getAndAddRelease(delta);
    }

    /**
     * Adds to a counter that several threads write.
     *
     * @param counter to add to.
     * @param delta   to add.
     */
    public void addShared(final TunnelCounter counter, final long delta)
    {
        counters[counter.ordinal()].getAndAdd(delta);
    }

    /**
     * Sets a counter that shows a state rather than a sum.
     *
     * @param counter to set.
     * @param value   to set it to.
     */
    public void set(final TunnelCounter counter, final long value)
    {
        counters[counter.ordinal()].setRelease(value);
    }

    /**
     * Counts a dropped packet or datagram. Any thread may call.
     *
     * @param reason of the drop.
     */
    public void drop(final DropReason reason)
    {
        drops[reason.ordinal()].increment();
    }

    /**
     * Counts a dropped packet or datagram. Any thread may call.
     *
     * @param code {@link DropReason#code} of the reason.
     */
    public void drop(final int code)
    {
        drops[-code - 1].increment();
    }

    /**
     * Counts several dropped packets or datagrams. Any thread may call.
     *
     * @param reason of the drops.
     * @param count  of them, often 0.
     */
    public void addDrops(final DropReason reason, final int count)
    {
        if (count > 0)
        {
            drops[reason.ordinal()].getAndAdd(count);
        }
    }

    /**
     * Where to record times. Each has one thread that records.
     *
     * @param time that is taken.
     * @return its histogram.
     */
    public TimeHistogram times(final TunnelTime time)
    {
        return times[time.ordinal()];
    }

    /**
     * The value of a counter.
     *
     * @param counter to read.
     * @return its value now.
     */
    public long get(final TunnelCounter counter)
    {
        return counters[counter.ordinal()].get();
    }

    /**
     * How much was dropped for a reason.
     *
     * @param reason to read.
     * @return packets or datagrams.
     */
    public long get(final DropReason reason)
    {
        return drops[reason.ordinal()].get();
    }

    /**
     * Closes the file that the counters lie in. Nothing may count afterwards.
     */
    @Override
    public void close()
    {
        file.close();
    }
}
