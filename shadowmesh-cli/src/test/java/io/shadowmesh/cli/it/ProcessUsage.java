package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
