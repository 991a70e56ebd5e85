package io.shadowmesh.dataplane.status;

import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

@Timeout(60)
class NodeProfileTest
{
    private static final int PIECE = 10_000;
    private static final int ROUNDS = 5;

    @TempDir
    private Path folder;
    private volatile byte[] garbage;

    @Test
    void countsWhatEachThreadAllocatesToTheByte() throws Exception
    {
        final AtomicBoolean end = new AtomicBoolean();
        final AtomicInteger asked = new AtomicInteger();
        final CountDownLatch started = new CountDownLatch(2);
        final Thread wasteful = start("wasteful", end, started, () -> garbage = new byte[PIECE]);
        final Thread thrifty = start("thrifty", end, started, Thread::onSpinWait);
        started.await();

        final Path file = folder.resolve("profile.jfr");
        List<ThreadUse> used;
        int round = 0;
        do
        {
            asked.set(0);
            used = NodeProfile.run(Duration.ofSeconds(30), file, () -> asked.incrementAndGet() > 10);
        }
        // The JVM itself may make strings on a thread whose code it just compiles.
        while (of(used, "thrifty").allocatedBytes() > 0 && ++round < ROUNDS);
        end.set(true);
        wasteful.join();
        thrifty.join();

        assertTrue(of(used, "wasteful").allocatedBytes() > PIECE);
        assertEquals(0, of(used, "thrifty").allocatedBytes());
        assertTrue(of(used, "thrifty").cpuNs() > 0);
        assertTrue(RecordingFile.readAllEvents(file).stream().anyMatch(event ->
            event.getEventType().getName().equals("jdk.ObjectAllocationSample") &&
            event.getThread().getJavaName().equals("wasteful")));
    }

    @Test
    void recordsNothingOfTheEnvironment() throws Exception
    {
        final Path file = folder.resolve("profile.jfr");
        NodeProfile.run(Duration.ofSeconds(30), file, () -> true);
        assertTrue(Files.size(file) > 0);
        assertTrue(RecordingFile.readAllEvents(file).stream().noneMatch(event ->
            event.getEventType().getName().contains("Environment") ||
            event.getEventType().getName().contains("SystemProperty")));
    }

    private static Thread start(
        final String name, final AtomicBoolean end, final CountDownLatch started, final Runnable work)
    {
        final Thread thread = new Thread(() ->
        {
            work.run();
            started.countDown();
            while (!end.get())
            {
                work.run();
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static ThreadUse of(final List<ThreadUse> used, final String name)
    {
        return used.stream().filter(use -> use.name().equals(name)).findFirst().orElseThrow();
    }
}
