package io.shadowmesh.dataplane.status;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * Measures what the data path must not do: heap bytes allocated by some threads, and runs of the garbage collector,
 * both since the meter was made.
 *
 * <p><b>Units:</b> bytes and runs. <b>Threading:</b> one thread.
 */
public final class AllocationMeter
{
    private final com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean)ManagementFactory.getThreadMXBean();
    private final List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
    private final long[] threadIds;
    private final long[] baselines;
    private final long collectorBaseline;

    /**
     * Starts to measure.
     *
     * @param threadIds of the threads to watch.
     */
    public AllocationMeter(final long... threadIds)
    {
        this.threadIds = threadIds.clone();
        this.baselines = new long[threadIds.length];
        for (int i = 0; i < threadIds.length; i++)
        {
            baselines[i] = threads.getThreadAllocatedBytes(threadIds[i]);
        }
        this.collectorBaseline = collections();
    }

    /**
     * Heap bytes that the threads have allocated.
     *
     * @return bytes since the meter was made; a thread that has ended counts no more.
     */
    public long heapBytes()
    {
        long sum = 0;
        for (int i = 0; i < threadIds.length; i++)
        {
            sum += Math.max(0, threads.getThreadAllocatedBytes(threadIds[i]) - baselines[i]);
        }

        return sum;
    }

    /**
     * Runs of the garbage collector, of whatever kind.
     *
     * @return runs since the meter was made.
     */
    public long collectorRuns()
    {
        return collections() - collectorBaseline;
    }

    private long collections()
    {
        long sum = 0;
        for (int i = 0; i < collectors.size(); i++)
        {
            sum += Math.max(0, collectors.get(i).getCollectionCount());
        }

        return sum;
    }
}
