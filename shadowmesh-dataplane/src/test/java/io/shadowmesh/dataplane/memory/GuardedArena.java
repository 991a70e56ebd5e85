package io.shadowmesh.dataplane.memory;

import io.shadowmesh.ffi.NativeMemory;
import io.shadowmesh.ffi.SystemCalls;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An arena that puts each buffer on pages of its own, against a page that no one may touch. What lies beside it on its
 * own pages, on the other side and where the alignment asks for a gap, is filled with a pattern, and must still be when
 * the buffer is given back.
 *
 * <p><b>Threading:</b> one thread. <b>Ownership:</b> {@link #close} frees everything.
 */
public final class GuardedArena implements Arena
{
    private static final MemorySegment PATTERN =
        Arena.global().allocate(GuardedMemory.PAGE).fill((byte)0xA5).asReadOnly();

    private record Buffer(GuardedMemory memory, long address, long length)
    {
    }

    private final Guard guard;
    private final Arena own = Arena.ofConfined();
    private final SystemCalls calls = new SystemCalls(own);
    private final List<Buffer> allocated = new ArrayList<>();
    private final List<Buffer> placed = new ArrayList<>();
    private final Map<Long, ArrayDeque<GuardedMemory>> free = new HashMap<>();

    /**
     * An arena without buffers.
     *
     * @param guard where the page that no one may touch is.
     */
    public GuardedArena(final Guard guard)
    {
        this.guard = guard;
    }

    /** A buffer that lives as long as the arena, zeroed: what the product asks its arena for. */
    @Override
    public MemorySegment allocate(final long byteSize, final long byteAlignment)
    {
        final Buffer buffer = take(byteSize, byteAlignment);
        allocated.add(buffer);
        return NativeMemory.at(buffer.address(), byteSize, own, null).fill((byte)0);
    }

    /**
     * A buffer that lives until {@link #reset}, of whatever content: what a test gives to the product.
     *
     * @param length of it in bytes.
     * @return its address, aligned to nothing.
     */
    public long place(final long length)
    {
        final Buffer buffer = take(length, 1);
        placed.add(buffer);
        return buffer.address();
    }

    /**
     * A buffer with bytes in it that lives until {@link #reset}.
     *
     * @param bytes of the buffer, all of it.
     * @return its address.
     */
    public long place(final byte[] bytes)
    {
        final long address = place(bytes.length);
        GuardedMemory.put(address, bytes);
        return address;
    }

    /** Takes back all that was {@link #place placed}, and looks whether a byte beside it was written. */
    public void reset()
    {
        placed.forEach(this::giveBack);
        placed.clear();
    }

    private Buffer take(final long length, final long alignment)
    {
        final long room = Math.max(GuardedMemory.PAGE, Long.highestOneBit(Math.max(1, 2 * length - 1)));
        final ArrayDeque<GuardedMemory> ofThatRoom = free.computeIfAbsent(room, key -> new ArrayDeque<>());
        final GuardedMemory memory =
            ofThatRoom.isEmpty() ? new GuardedMemory(calls, room) : ofThatRoom.pop();
        final long address = Guard.BEFORE == guard ? memory.begin() : (memory.end() - length) / alignment * alignment;
        final Buffer buffer = new Buffer(memory, address, length);
        before(buffer).copyFrom(PATTERN.asSlice(0, before(buffer).byteSize()));
        behind(buffer).copyFrom(PATTERN.asSlice(0, behind(buffer).byteSize()));
        return buffer;
    }

    private void giveBack(final Buffer buffer)
    {
        final GuardedMemory memory = buffer.memory();
        assertPattern(buffer, before(buffer), "before");
        assertPattern(buffer, behind(buffer), "behind");
        free.get(memory.end() - memory.begin()).push(memory);
    }

    /** What lies before a buffer on its own pages, a page of it at most. */
    private static MemorySegment before(final Buffer buffer)
    {
        final long length = Math.min(GuardedMemory.PAGE, buffer.address() - buffer.memory().begin());
        return NativeMemory.at(buffer.address() - length, length);
    }

    /** What lies behind it. */
    private static MemorySegment behind(final Buffer buffer)
    {
        final long end = buffer.address() + buffer.length();
        return NativeMemory.at(end, Math.min(GuardedMemory.PAGE, buffer.memory().end() - end));
    }

    private static void assertPattern(final Buffer buffer, final MemorySegment rest, final String side)
    {
        if (rest.mismatch(PATTERN.asSlice(0, rest.byteSize())) >= 0)
        {
            throw new AssertionError("written " + side + " a buffer of " + buffer.length() + " bytes");
        }
    }

    @Override
    public MemorySegment.Scope scope()
    {
        return own.scope();
    }

    @Override
    public void close()
    {
        try
        {
            reset();
            allocated.forEach(this::giveBack);
        }
        finally
        {
            placed.forEach(buffer -> buffer.memory().close());
            free.values().forEach(all -> all.forEach(GuardedMemory::close));
            own.close();
        }
    }
}
