package io.shadowmesh.ffi;

import io.shadowmesh.ffi.linux.Linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An arena whose large allocations are zeroed pages straight from the kernel, which provides each when it is first
 * touched. Another arena clears, and so touches, all that it gives out: what is never used is paid for, and a start
 * waits for it.
 *
 * <p>Smaller allocations, and those that must begin at a multiple of more than 4096 bytes, are the other arena's.
 *
 * <p><b>Threading, ownership:</b> those of the arena that it is made from; closing one closes both.
 *
 * <p>Source: mmap(2), MAP_ANONYMOUS.
 */
public final class PagedArena implements Arena
{
    /** From this many bytes on an allocation has pages of its own. */
    public static final long SMALLEST = 64 * 1024;

    private static final long PAGE = 4096;

    private final Arena arena;

    /**
     * Makes an arena that is closed with another.
     *
     * @param arena whose lifetime the memory has, and which gives what is small.
     */
    public PagedArena(final Arena arena)
    {
        this.arena = arena;
    }

    /**
     * Zeroed memory that lives as long as the arena.
     *
     * @param byteSize      its length.
     * @param byteAlignment its address is a multiple of this, a power of two.
     * @return the memory.
     * @throws IllegalArgumentException if the length is negative or the alignment no power of two.
     * @throws IllegalStateException    if the arena is closed.
     * @throws OutOfMemoryError         when the kernel has no more.
     */
    @Override
    public MemorySegment allocate(final long byteSize, final long byteAlignment)
    {
        return byteSize >= SMALLEST && byteAlignment <= PAGE && Long.bitCount(byteAlignment) == 1 ?
            pages(byteSize) : arena.allocate(byteSize, byteAlignment);
    }

    @Override
    public MemorySegment.Scope scope()
    {
        return arena.scope();
    }

    @Override
    public void close()
    {
        arena.close();
    }

    private MemorySegment pages(final long length)
    {
        try (Arena callsArena = Arena.ofConfined())
        {
            final long address = new SystemCalls(callsArena).mmap(0, length,
                Linux.PROT_READ() | Linux.PROT_WRITE(), Linux.MAP_PRIVATE() | Linux.MAP_ANONYMOUS(), -1, 0);
            if (address < 0)
            {
                throw new OutOfMemoryError("mmap of " + length + " bytes: " + Errno.describe((int)-address));
            }
            return owned(address, length);
        }
    }

    private MemorySegment owned(final long address, final long length)
    {
        try
        {
            return NativeMemory.at(address, length, arena, () -> unmap(address, length));
        }
        catch (final IllegalStateException | WrongThreadException e)
        {
            unmap(address, length);
            throw e;
        }
    }

    private static void unmap(final long address, final long length)
    {
        try (Arena callsArena = Arena.ofConfined())
        {
            new SystemCalls(callsArena).munmap(address, length);
        }
    }
}
