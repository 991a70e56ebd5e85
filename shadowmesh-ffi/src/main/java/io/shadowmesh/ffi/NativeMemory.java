package io.shadowmesh.ffi;

import io.shadowmesh.ffi.linux.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory that is no arena's own: views of raw addresses, and pages. The one place that turns addresses into segments. */
@SuppressWarnings("restricted") // reinterpreting is what this class is for
public final class NativeMemory
{
    private NativeMemory()
    {
    }

    /**
     * A view that no arena guards: for set-up code that knows the memory to be there.
     *
     * @param address where it begins.
     * @param length  in bytes.
     * @return a segment over it.
     */
    public static MemorySegment at(final long address, final long length)
    {
        return MemorySegment.ofAddress(address).reinterpret(length);
    }

    /**
     * A view that ends with its arena.
     *
     * @param address where it begins.
     * @param length  in bytes.
     * @param arena   that ends it.
     * @param cleanup run after the arena was closed, such as unmapping; may be null.
     * @return a segment over it.
     */
    public static MemorySegment at(
        final long address,
        final long length,
        final Arena arena,
        final Runnable cleanup)
    {
        return MemorySegment.ofAddress(address)
            .reinterpret(length, arena, cleanup == null ? null : ignored -> cleanup.run());
    }

    /**
     * Zeroed pages straight from the kernel, which provides each when it is first touched. An arena's own
     * {@code allocate} touches all of them at once.
     *
     * @param arena  that the memory belongs to.
     * @param length in bytes.
     * @return the memory, at the beginning of a page.
     * @throws OutOfMemoryError when the kernel has no more.
     */
    public static MemorySegment pages(final Arena arena, final long length)
    {
        try (Arena callsArena = Arena.ofConfined())
        {
            final long address = new SystemCalls(callsArena).mmap(0, length,
                Linux.PROT_READ() | Linux.PROT_WRITE(), Linux.MAP_PRIVATE() | Linux.MAP_ANONYMOUS(), -1, 0);
            if (address < 0)
            {
                throw new OutOfMemoryError("mmap of " + length + " bytes: " + Errno.describe((int)-address));
            }
            return at(address, length, arena, () -> unmap(address, length));
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
