package io.shadowmesh.cli;

import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.sched_attr;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How threads are scheduled that have time: SCHED_BATCH, so that they push nobody aside when they wake, and a nice value.
 * With slices longer than any other thread's, whoever wakes pushes them aside (EEVDF, Linux 6.12 and newer). It needs no
 * privilege, and threads that such a thread starts are like it.
 *
 * <p>Source: sched(7), sched_setattr(2), proc(5); {@code kernel/sched/fair.c} of Linux, {@code wakeup_preempt_fair}.
 */
final class BatchSchedule
{
    /** The calling thread, to {@link #set}. */
    static final int SELF = 0;

    /** The slice that the kernel gives. */
    static final long USUAL_SLICE = 0;
    /** In nanoseconds. */
    static final long LONG_SLICE = 20_000_000;

    private static final Path PROCESS = Path.of("/proc/self");

    private BatchSchedule()
    {
    }

    /** Sets it for a thread, by its number. Returns 0, or the errno below 0. */
    static int set(final SystemCalls calls, final Arena arena, final int thread, final int nice, final long slice)
    {
        final MemorySegment attributes = arena.allocate(sched_attr.layout());
        sched_attr.size(attributes, (int)attributes.byteSize());
        sched_attr.sched_policy(attributes, Linux.SCHED_BATCH());
        sched_attr.sched_nice(attributes, nice);
        sched_attr.sched_runtime(attributes, slice);
        return calls.sched_setattr(thread, attributes.address());
    }

    /** Whether threads at this nice value would give way to the process's others; not so where it is at SCHED_IDLE. */
    static boolean isLowerThanProcess(final int nice) throws IOException
    {
        // Fields 19 and 41 of proc_pid_stat(5); what follows the name begins with the third.
        final String stat = Files.readString(PROCESS.resolve("stat"));
        final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Integer.parseInt(fields[19 - 3]) < nice && Integer.parseInt(fields[41 - 3]) != Linux.SCHED_IDLE();
    }
}
