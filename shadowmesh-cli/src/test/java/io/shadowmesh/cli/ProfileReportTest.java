package io.shadowmesh.cli;

import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.status.NodeEvents;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class ProfileReportTest
{
    /** Larger than any thread's own piece of the heap, so that each is sampled. */
    private static final int LARGE = 8 << 20;
    private static final int PIECES = 8;

    @TempDir
    private Path folder;
    private Object kept;

    @Test
    void saysWhichThreadAllocatedWhatAndWhereAndWhatHappened() throws IOException, InterruptedException
    {
        final Path file = folder.resolve("test.jfr");
        try (Recording recording = new Recording())
        {
            recording.enable("jdk.ObjectAllocationSample").with("throttle", "1000/s").withStackTrace();
            NodeEvents.NAMES.forEach(recording::enable);
            recording.start();
            final Thread thread = new Thread(this::allocate, "control");
            thread.start();
            thread.join();
            NodeEvents.roam("beta", "192.0.2.1:1", "192.0.2.1:2");
            NodeEvents.roam("beta", "192.0.2.1:2", "192.0.2.1:3");
            recording.stop();
            recording.dump(file);
        }
        assertTrue(kept != null);

        final String report = report(List.of(thread("control", 8192, 3), thread("[tun,send]", 0, 7),
            thread("receive", 0, 0), thread("idle", 0, 0)), file);
        assertTrue(report.contains("the data path's 2 threads allocated 0 bytes\n"), report);
        assertTrue(Pattern.compile("(?m)^control +8192 +3$").matcher(report).find(), report);
        assertTrue(Pattern.compile("(?m)^receive +0 +0$").matcher(report).find(), report);
        assertTrue(Pattern.compile("(?m)^idle ").matcher(report).results().findAny().isEmpty(), report);
        assertTrue(Pattern.compile("(?m)^ +[1-9]\\d{6,}  control  \\[B  ProfileReportTest\\.allocate:\\d+$")
            .matcher(report).find(), report);
        assertTrue(report.endsWith("what happened\n  io.shadowmesh.Roam  2\n"), report);
    }

    @Test
    void countsWhatTheDataPathAllocates() throws IOException
    {
        final Path file = folder.resolve("empty.jfr");
        try (Recording recording = new Recording())
        {
            recording.start();
            recording.stop();
            recording.dump(file);
        }
        final String report = report(List.of(thread("[tun,send,receive]", 48, 1), thread("control", 100, 1)), file);
        assertTrue(report.contains("the data path's 1 thread allocated 48 bytes\n"), report);
        assertEquals(2, Pattern.compile("(?m)^  nowhere$").matcher(report).results().count(), report);
    }

    private void allocate()
    {
        for (int i = 0; i < PIECES; i++)
        {
            kept = new byte[LARGE];
        }
    }

    private static Request thread(final String name, final long allocated, final long cpuMs)
    {
        return Request.of("thread").with("name", name).with("allocated", allocated).with("cpu_ns", cpuMs * 1_000_000);
    }

    private static String report(final List<Request> threads, final Path file) throws IOException
    {
        final StringWriter text = new StringWriter();
        new ProfileReport(threads, file).print(new PrintWriter(text));
        return text.toString();
    }
}
