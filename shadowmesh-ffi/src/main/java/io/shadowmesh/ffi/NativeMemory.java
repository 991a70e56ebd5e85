package io.shadowmesh.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Views of raw addresses. The one place that turns addresses into segments. */
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
}
