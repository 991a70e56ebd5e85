package io.shadowmesh.dataplane.status;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which process it is, beyond its number, which another may get after it.
 *
 * @param pid        process id.
 * @param startTicks when it started, in clock ticks since the machine's start; 0 where unknown.
 * @param namespace  inode of the namespace that the id belongs to; 0 where unknown.
 */
record ProcessMark(long pid, long startTicks, long namespace)
{
    private static final int START_FIELD = 22;
    private static final int STATE_FIELD = 3;

    /** This process. */
    static ProcessMark own()
    {
        final long pid = ProcessHandle.current().pid();
        return new ProcessMark(pid, startTicks(pid), ownNamespace());
    }

    /** True if the id means the same process to this one as to itself. */
    boolean isOfOwnNamespace()
    {
        return 0 != namespace && namespace == ownNamespace();
    }

    /** True if the process still runs; only of this process's own namespace. */
    boolean isAlive()
    {
        return 0 != startTicks && startTicks == startTicks(pid);
    }

    /** Source: proc_pid_stat(5): the name, in parentheses, may hold spaces and parentheses. */
    private static long startTicks(final long pid)
    {
        try
        {
            final String stat =
                new String(Files.readAllBytes(Path.of("/proc", Long.toString(pid), "stat")), StandardCharsets.ISO_8859_1);
            final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return Long.parseLong(fields[START_FIELD - STATE_FIELD]);
        }
        catch (final IOException | RuntimeException e)
        {
            return 0;
        }
    }

    private static long ownNamespace()
    {
        try
        {
            final String link = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
            return Long.parseLong(link.substring(link.indexOf('[') + 1, link.indexOf(']')));
        }
        catch (final IOException | RuntimeException e)
        {
            return 0;
        }
    }
}
