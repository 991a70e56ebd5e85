package io.shadowmesh.cli;

import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.sched_attr;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Has the JVM's compilers wait while there are packets. As the JVM starts them, a packet waits for them: the thread that
 * carries it asks for a compilation, which the kernel then lets run on that very core until its slice or the next tick
 * ends, up to 4 ms.
 *
 * <ul>
 * <li>SCHED_BATCH: a compiler that wakes does not push aside who runs;</li>
 * <li>a slice longer than any other thread's: who wakes pushes a compiler aside (EEVDF, Linux 6.12 and newer);</li>
 * <li>nice 10: of a core that others want too, a compiler gets about a tenth.</li>
 * </ul>
 *
 * <p>It needs no privilege. Compilers that the JVM starts later are children of these, and so are like them. Nothing is
 * changed where the whole process runs at a higher nice than that; where it does not work, nothing is lost but that time.
 *
 * <p>Source: sched(7), sched_setattr(2), proc(5); {@code kernel/sched/fair.c} of Linux, {@code wakeup_preempt_fair}.
 */
final class CompilerThreads
{
    private static final System.Logger LOG = System.getLogger("io.shadowmesh.node");
    private static final Path THREADS = Path.of("/proc/self/task");

    /** Names of HotSpot's compilers, as much of them as the kernel keeps. */
    private static final List<String> NAMES = List.of("C1 CompilerThre", "C2 CompilerThre");
    private static final int NICE = 10;
    private static final long SLICE_NS = 20_000_000;

    private CompilerThreads()
    {
    }

    /** Sets how those that run are scheduled. */
    static void giveWay()
    {
        try (Arena arena = Arena.ofConfined();
            DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS))
        {
            if (niceOf(THREADS.getParent()) > NICE)
            {
                return;
            }
            final MemorySegment attributes = arena.allocate(sched_attr.layout());
            sched_attr.size(attributes, (int)attributes.byteSize());
            sched_attr.sched_policy(attributes, Linux.SCHED_BATCH());
            sched_attr.sched_nice(attributes, NICE);
            sched_attr.sched_runtime(attributes, SLICE_NS);
            final SystemCalls calls = new SystemCalls(arena);
            for (final Path thread : threads)
            {
                if (isCompiler(thread))
                {
                    final int number = Integer.parseInt(thread.getFileName().toString());
                    final int result = calls.sched_setattr(number, attributes.address());
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

    /** The 19th field of stat; what follows the name begins with the third. */
    private static int niceOf(final Path task) throws IOException
    {
        final String stat = Files.readString(task.resolve("stat"));
        return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19 - 3]);
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
