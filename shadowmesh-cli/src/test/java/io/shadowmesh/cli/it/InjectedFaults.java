package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * An {@code strace(1)} of one thread of a process: the kernel never sees some of its calls, and the thread gets the
 * answer that the test wants.
 */
final class InjectedFaults implements AutoCloseable
{
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final String MARK = "(INJECTED)";

    private final Path trace;
    private final ChildProcess strace;

    /**
     * Begins.
     *
     * @param host   on which the process runs.
     * @param pid    of the process.
     * @param thread the name of the thread.
     * @param call   name of the system call.
     * @param file   the file that the call must be about, or null for any.
     * @param answer such as {@code error=EIO} or {@code retval=5}.
     * @param when   which calls get it, as strace(1) has it: {@code 1+2} is every other one.
     */
    InjectedFaults(
        final Host host,
        final long pid,
        final String thread,
        final String call,
        final String file,
        final String answer,
        final String when)
    {
        trace = host.folder().resolve("strace-" + COUNT.incrementAndGet());
        final List<String> command = new ArrayList<>(List.of("strace", "-q", "-o", trace.toString(),
            "-p", threadId(pid, thread), "-e", "signal=none", "-e", "trace=" + call,
            "-e", "inject=" + call + ":" + answer + ":when=" + when));
        if (file != null)
        {
            command.addAll(List.of("-P", file));
        }
        strace = host.start(command.toArray(String[]::new));
    }

    /** @return how many calls have got the answer so far. */
    long count()
    {
        return count(trace);
    }

    /**
     * Counts answers in what strace has written.
     *
     * @param trace the file, which need not be there yet.
     * @return how many calls have got the answer.
     */
    static long count(final Path trace)
    {
        try (Stream<String> lines = Files.lines(trace))
        {
            return lines.filter(line -> line.contains(MARK)).count();
        }
        catch (final NoSuchFileException e)
        {
            return 0;
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets go of the thread, or sees that it has ended. */
    @Override
    public void close()
    {
        strace.close();
    }

    @Override
    public String toString()
    {
        return strace.toString();
    }

    private static String threadId(final long pid, final String name)
    {
        try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task")))
        {
            return tasks.filter(task -> name.equals(read(task.resolve("comm")))).findFirst()
                .orElseThrow(() -> new AssertionError("no thread " + name + " in process " + pid))
                .getFileName().toString();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(final Path file)
    {
        try
        {
            return Files.readString(file).strip();
        }
        catch (final IOException e)
        {
            return "";
        }
    }
}
