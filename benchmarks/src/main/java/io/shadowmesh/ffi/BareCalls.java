package io.shadowmesh.ffi;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/**
 * C functions that do next to nothing, called as {@link SystemCalls} calls its own. A tunnel has no use for them, so they
 * are here, in the package whose calls they measure, and not among those.
 */
public final class BareCalls
{
    private static final MemorySegment LABS = find("labs");
    private static final MemorySegment GETPPID = find("getppid");

    private BareCalls()
    {
    }

    private static MemorySegment find(final String name)
    {
        return Linker.nativeLinker().defaultLookup().find(name).orElseThrow();
    }

    /**
     * Makes a number positive. Source: labs(3).
     *
     * @param calls  of the calling thread.
     * @param number not the least.
     * @return its absolute value.
     */
    public static long labs(final SystemCalls calls, final long number)
    {
        try
        {
            return calls.result(calls.call(LABS, number, 0, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("labs(3)", t);
        }
    }

    /**
     * Asks the kernel for the parent's process ID. Source: getppid(2).
     *
     * @param calls of the calling thread.
     * @return the ID.
     */
    public static int getppid(final SystemCalls calls)
    {
        try
        {
            return calls.result((int)calls.call(GETPPID, 0, 0, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("getppid(2)", t);
        }
    }
}
