package io.shadowmesh.dataplane.status;

import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A look at this process for some seconds: what each thread allocates and computes, counted exactly by the JVM, and a
 * recording of the JDK's flight recorder that says where.
 *
 * <p>The recording holds allocation samples, execution samples, garbage collections and the node's own events
 * ({@link NodeEvents}), and nothing of the environment or of properties. The recorder is started before the threads'
 * counts are first read: what it allocates for itself at its start is none of theirs.
 *
 * <p><b>Threading:</b> one thread, that of {@link #run}; one profile at a time.
 */
public final class NodeProfile
{
    private static final int LOOK_MS = 50;
    private static final Duration EXECUTION_PERIOD = Duration.ofMillis(10);
    private static final Duration NATIVE_PERIOD = Duration.ofMillis(20);

    private final com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean)ManagementFactory.getThreadMXBean();

    private NodeProfile()
    {
    }

    /**
     * Watches for a time.
     *
     * @param time   to watch for.
     * @param file   to write the recording to.
     * @param enough asked several times a second; true ends it early.
     * @return what each thread that was there all the time has used, the greatest allocation first.
     * @throws IOException          when the recording cannot be written or this JVM has no flight recorder.
     * @throws InterruptedException when the thread is interrupted.
     */
    public static List<ThreadUse> run(final Duration time, final Path file, final BooleanSupplier enough)
        throws IOException, InterruptedException
    {
        if (!FlightRecorder.isAvailable())
        {
            throw new IOException("this JVM has no flight recorder (the module jdk.jfr, or its support in the JVM)");
        }
        return new NodeProfile().watch(time, file, enough);
    }

    private List<ThreadUse> watch(final Duration time, final Path file, final BooleanSupplier enough)
        throws IOException, InterruptedException
    {
        try (Recording recording = new Recording())
        {
            recording.setName("shadowmesh profile");
            recording.enable("jdk.ObjectAllocationSample").with("throttle", "1000/s").withStackTrace();
            recording.enable("jdk.ExecutionSample").withPeriod(EXECUTION_PERIOD).withStackTrace();
            recording.enable("jdk.NativeMethodSample").withPeriod(NATIVE_PERIOD).withStackTrace();
            recording.enable("jdk.GarbageCollection");
            recording.enable("jdk.GCHeapSummary");
            NodeEvents.NAMES.forEach(recording::enable);
            recording.start();

            final Map<Long, ThreadUse> before = counts();
            final long startNs = System.nanoTime();
            while (System.nanoTime() - startNs < time.toNanos() && !enough.getAsBoolean())
            {
                TimeUnit.MILLISECONDS.sleep(LOOK_MS);
            }
            final List<ThreadUse> used = differences(before, counts());
            recording.stop();
            recording.dump(file);
            return used;
        }
    }

    private Map<Long, ThreadUse> counts()
    {
        final long[] ids = threads.getAllThreadIds();
        final ThreadInfo[] infos = threads.getThreadInfo(ids);
        final long[] allocated = threads.getThreadAllocatedBytes(ids);
        final long[] cpu = threads.getThreadCpuTime(ids);
        final Map<Long, ThreadUse> counts = new HashMap<>();
        for (int i = 0; i < ids.length; i++)
        {
            if (null != infos[i] && allocated[i] >= 0)
            {
                counts.put(ids[i], new ThreadUse(infos[i].getThreadName(), allocated[i], Math.max(0, cpu[i])));
            }
        }
        return counts;
    }

    private static List<ThreadUse> differences(final Map<Long, ThreadUse> before, final Map<Long, ThreadUse> after)
    {
        final List<ThreadUse> used = new ArrayList<>();
        after.forEach((id, now) ->
        {
            final ThreadUse then = before.get(id);
            if (null != then)
            {
                used.add(new ThreadUse(
                    now.name(), now.allocatedBytes() - then.allocatedBytes(), now.cpuNs() - then.cpuNs()));
            }
        });
        used.sort(Comparator.comparingLong(ThreadUse::allocatedBytes).reversed().thenComparing(ThreadUse::name));
        return used;
    }
}
