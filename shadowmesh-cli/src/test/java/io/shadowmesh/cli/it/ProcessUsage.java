package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process takes of its machine, as proc(5) shows it.
 *
 * @param descriptors that are open.
 * @param threads     that run or wait.
 * @param residentKb  of its memory.
 * @param virtualKb   of its addresses.
 */
record ProcessUsage(long descriptors, long threads, long residentKb, long virtualKb)
{
    /**
     * Looks at a process.
     *
     * @param pid its id, or {@code self}.
     * @return what it takes now.
     */
    static ProcessUsage of(final String pid)
    {
        final Path folder = Path.of("/proc", pid);
        return new ProcessUsage(
            entries(folder.resolve("fd")), entries(folder.resolve("task")), kb(folder, "VmRSS:"), kb(folder, "VmSize:"));
    }

    /**
     * The threads of a process whose number does not depend on how much there is to compile.
     *
     * @param pid of a JVM, which starts and ends threads of its compilers as it needs them.
     * @return the names of all others, sorted.
     */
    static List<String> threadNames(final long pid)
    {
        try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task")))
        {
            return tasks.map(ProcessUsage::name)
                .filter(name -> !name.matches("|C[12] CompilerThre|Training replay")).sorted().toList();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(final Path task)
    {
        try
        {
            return Files.readString(task.resolve("comm")).strip();
        }
        catch (final IOException e)
        {
            // It has ended since the folder was read.
            return "";
        }
    }

    private static long entries(final Path folder)
    {
        try (Stream<Path> entries = Files.list(folder))
        {
            return entries.count();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static long kb(final Path folder, final String field)
    {
        try (Stream<String> lines = Files.lines(folder.resolve("status")))
        {
            return lines.filter(line -> line.startsWith(field))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElseThrow();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }
}
