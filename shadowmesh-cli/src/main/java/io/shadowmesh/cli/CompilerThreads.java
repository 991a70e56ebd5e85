package io.shadowmesh.cli;

import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Has the JVM's compilers wait while there are packets, by a {@link BatchSchedule} with long slices. As the JVM starts
 * them, a packet waits for them: the thread that carries it asks for a compilation, which the kernel then lets run on that
 * very core until its slice or the next tick ends, up to 4 ms.
 *
 * <p>They begin at nice 10, where they have about a tenth of a core that others want too: a machine that is busy with
 * other things gets a data path that is compiled after some seconds all the same. After a {@link WarmUp} that got on, they
 * go to nice 19: what is left for them hurries less.
 *
 * <p>Compilers that the JVM starts later are children of these, and so are like them. Nothing is changed where the whole
 * process runs at a nice value as high, or at SCHED_IDLE; where it does not work, nothing is lost but that time.
 */
final class CompilerThreads
{
    private static final System.Logger LOG = System.getLogger("io.shadowmesh.node");
    private static final Path THREADS = Path.of("/proc/self/task");

    /** Names of HotSpot's compilers, as much of them as the kernel keeps. */
    private static final List<String> NAMES = List.of("C1 CompilerThre", "C2 CompilerThre");
    private static final int LOW = 10;
    private static final int LOWEST = 19;

    private CompilerThreads()
    {
    }

    /** From now on they give way to packets. */
    static void giveWay()
    {
        set(LOW);
    }

    /** From now on they give way to everybody. */
    static void giveWayToAll()
    {
        set(LOWEST);
    }

    private static void set(final int nice)
    {
        try (Arena arena = Arena.ofConfined();
            DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS))
        {
            if (!BatchSchedule.isLowerThanProcess(nice))
            {
                return;
            }
            final SystemCalls calls = new SystemCalls(arena);
            for (final Path thread : threads)
            {
                if (isCompiler(thread))
                {
                    final int number = Integer.parseInt(thread.getFileName().toString());
                    final int result = BatchSchedule.set(calls, arena, number, nice, BatchSchedule.LONG_SLICE);
                    if (result < 0)
                    {
                        LOG.log(System.Logger.Level.DEBUG, "a compiler does not give way: " + Errno.describe(-result));
                    }
                }
            }
        }
        catch (final IOException | DirectoryIteratorException e)
        {
            LOG.log(System.Logger.Level.DEBUG, "the compilers do not give way: " + Diagnosis.oneLine(e));
        }
    }

    private static boolean isCompiler(final Path thread)
    {
        try
        {
            return NAMES.contains(Files.readString(thread.resolve("comm")).strip());
        }
        catch (final IOException e)
        {
            // It has ended.
            return false;
        }
    }
}
