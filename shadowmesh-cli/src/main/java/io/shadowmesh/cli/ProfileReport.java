package io.shadowmesh.cli;

import io.shadowmesh.dataplane.request.Request;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** What a profile comes to, for people: the threads, where they allocate, where they compute, and what happened. */
final class ProfileReport
{
    private static final int TOP = 10;
    private static final String OWN_EVENTS = "io.shadowmesh.";
    private static final String ALLOCATION = "jdk.ObjectAllocationSample";
    private static final Set<String> EXECUTION = Set.of("jdk.ExecutionSample", "jdk.NativeMethodSample");
    /** The agents that carry packets; a thread is called after its agent, or after several in brackets. */
    private static final Set<String> DATA_PATH = Set.of("tun", "send", "receive");

    private final Map<String, Double> allocations = new HashMap<>();
    private final Map<String, Double> executions = new HashMap<>();
    private final Map<String, Integer> happened = new TreeMap<>();
    private final List<Request> threads;

    ProfileReport(final List<Request> threads, final Path recording) throws IOException
    {
        this.threads = threads;
        try (RecordingFile file = new RecordingFile(recording))
        {
            while (file.hasMoreEvents())
            {
                add(file.readEvent());
            }
        }
    }

    private void add(final RecordedEvent event)
    {
        final String type = event.getEventType().getName();
        if (type.equals(ALLOCATION))
        {
            final RecordedThread thread = event.getThread();
            allocations.merge(name(thread) + "  " + event.getClass("objectClass").getName() + "  " + site(event),
                (double)event.getLong("weight"), Double::sum);
        }
        else if (EXECUTION.contains(type))
        {
            executions.merge(name(event.getThread("sampledThread")) + "  " + site(event), 1.0, Double::sum);
        }
        else if (type.startsWith(OWN_EVENTS) || type.equals("jdk.GarbageCollection"))
        {
            happened.merge(type, 1, Integer::sum);
        }
    }

    private static String name(final RecordedThread thread)
    {
        return thread == null || thread.getJavaName() == null ? "(the JVM)" : thread.getJavaName();
    }

    /** The innermost frame of the project's own code, or else the innermost of all. */
    private static String site(final RecordedEvent event)
    {
        if (event.getStackTrace() == null || event.getStackTrace().getFrames().isEmpty())
        {
            return "(unknown)";
        }
        final List<RecordedFrame> frames = event.getStackTrace().getFrames();
        for (final RecordedFrame frame : frames)
        {
            if (frame.getMethod().getType().getName().startsWith(OWN_EVENTS))
            {
                return text(frame);
            }
        }
        return text(frames.getFirst());
    }

    private static String text(final RecordedFrame frame)
    {
        final RecordedMethod method = frame.getMethod();
        final String type = method.getType().getName();
        return type.substring(type.lastIndexOf('.') + 1) + "." + method.getName() + ":" + frame.getLineNumber();
    }

    void print(final PrintWriter out)
    {
        printThreads(out);
        print(out, "where heap was allocated (sampled, bytes)", allocations);
        print(out, "where the time went (samples)", executions);
        if (!happened.isEmpty())
        {
            out.println();
            out.println("what happened");
            happened.forEach((type, count) -> out.println("  " + type + "  " + count));
        }
        out.flush();
    }

    private void printThreads(final PrintWriter out)
    {
        final List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"THREAD", "HEAP BYTES ALLOCATED", "CPU ms"});
        long ofDataPath = 0;
        int agents = 0;
        for (final Request thread : threads)
        {
            final String name = thread.value("name");
            final long allocated = thread.number("allocated");
            final boolean isAgent = isOfDataPath(name);
            agents += isAgent ? 1 : 0;
            ofDataPath += isAgent ? allocated : 0;
            final long cpuMs = TimeUnit.NANOSECONDS.toMillis(thread.number("cpu_ns"));
            if (allocated > 0 || cpuMs > 0 || isAgent)
            {
                rows.add(new String[] {name, Long.toString(allocated), Long.toString(cpuMs)});
            }
        }
        Table.print(rows, out);
        out.println("the data path's " + agents + (agents == 1 ? " thread" : " threads") + " allocated " + ofDataPath +
            " bytes");
    }

    private static boolean isOfDataPath(final String thread)
    {
        final String names = thread.startsWith("[") && thread.endsWith("]") ?
            thread.substring(1, thread.length() - 1) : thread;
        return DATA_PATH.containsAll(List.of(names.split(",")));
    }

    private static void print(final PrintWriter out, final String title, final Map<String, Double> sites)
    {
        out.println();
        out.println(title);
        if (sites.isEmpty())
        {
            out.println("  nowhere");
        }
        sites.entrySet().stream().sorted(Map.Entry.<String, Double>comparingByValue().reversed()).limit(TOP)
            .forEach(site -> out.println(String.format(Locale.ROOT, "%12.0f  %s", site.getValue(), site.getKey())));
    }
}
