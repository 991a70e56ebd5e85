package io.shadowmesh.dataplane.memory;

import io.shadowmesh.ffi.NativeMemory;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory between two pages that no one may touch: who does ends the JVM. */
public final class GuardedMemory implements AutoCloseable
{
    /** Length of a page, in bytes. */
    static final int PAGE = 4096;

    private final SystemCalls calls;
    private final long mapping;
    private final long length;

    /**
     * Room of at least that many bytes, in full pages.
     *
     * @param arena for the system calls' own memory; the pages are not its.
     * @param bytes that are needed.
     */
    public GuardedMemory(final Arena arena, final long bytes)
    {
        this(new SystemCalls(arena), bytes);
    }

    GuardedMemory(final SystemCalls calls, final long bytes)
    {
        this.calls = calls;
        length = (bytes + PAGE - 1) / PAGE * PAGE;
        mapping = calls.mmap(0, length + 2 * PAGE, Linux.PROT_NONE(), Linux.MAP_PRIVATE() | Linux.MAP_ANONYMOUS(), -1, 0);
        if (mapping < 0 || calls.mprotect(mapping + PAGE, length, Linux.PROT_READ() | Linux.PROT_WRITE()) != 0)
        {
            throw new AssertionError("no memory: " + mapping);
        }
    }

    /**
     * The first byte that may be touched.
     *
     * @return its address.
     */
    public long begin()
    {
        return mapping + PAGE;
    }

    /**
     * The first byte that may not.
     *
     * @return its address.
     */
    public long end()
    {
        return mapping + PAGE + length;
    }

    /**
     * Writes bytes.
     *
     * @param address of the first.
     * @param bytes   to write.
     */
    public static void put(final long address, final byte[] bytes)
    {
        NativeMemory.at(address, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    }

    /**
     * Reads bytes.
     *
     * @param address of the first.
     * @param length  how many.
     * @return a copy.
     */
    public static byte[] get(final long address, final int length)
    {
        final byte[] bytes = new byte[length];
        MemorySegment.ofArray(bytes).copyFrom(NativeMemory.at(address, length));
        return bytes;
    }

    @Override
    public void close()
    {
        calls.munmap(mapping, length + 2 * PAGE);
    }
}
