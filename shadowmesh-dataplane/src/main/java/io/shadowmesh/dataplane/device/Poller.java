package io.shadowmesh.dataplane.device;

import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.pollfd;
import io.shadowmesh.ffi.linux.timespec;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;

/**
 * Waits in one {@code ppoll(2)} for any of a few descriptors, and allocates nothing.
 *
 * <p><b>Threading:</b> one thread. <b>Ownership:</b> its memory lives in the arena given; the descriptors stay the
 * caller's.
 *
 * <p>Source: ppoll(2).
 */
public final class Poller
{
    /** There is something to read, or the peer is gone. */
    public static final int READABLE = Linux.POLLIN();

    /** A write would not block. */
    public static final int WRITABLE = Linux.POLLOUT();

    /** The descriptor has an error, is hung up, or is not open: reported whether asked for or not. */
    public static final int BROKEN = Linux.POLLERR() | Linux.POLLHUP() | Linux.POLLNVAL();

    /** A timeout for {@link #poll}: as long as it takes. */
    public static final long FOR_EVER = -1;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int ENTRY_LENGTH = (int)pollfd.sizeof();
    private static final int FD_OFFSET = (int)pollfd.fd$offset();
    private static final int EVENTS_OFFSET = (int)pollfd.events$offset();
    private static final int RETURNED_OFFSET = (int)pollfd.revents$offset();
    private static final int SECONDS_OFFSET = (int)timespec.tv_sec$offset();
    private static final int NANOS_OFFSET = (int)timespec.tv_nsec$offset();

    private final int capacity;
    private final UnsafeBuffer entries;
    private final UnsafeBuffer timeout;
    private int count;

    /**
     * Waits for nothing yet.
     *
     * @param arena    that owns its memory.
     * @param capacity the most descriptors that it waits for.
     */
    public Poller(final Arena arena, final int capacity)
    {
        this.capacity = capacity;
        entries = SendBatch.allocate(arena, capacity * ENTRY_LENGTH);
        timeout = SendBatch.allocate(arena, (int)timespec.sizeof());
    }

    /**
     * Adds a descriptor.
     *
     * @param fd     to wait for.
     * @param events {@link #READABLE}, {@link #WRITABLE}, both, or 0 for {@link #BROKEN} alone.
     * @return its index.
     * @throws IllegalStateException if it waits for as many as it can.
     */
    public int add(final int fd, final int events)
    {
        if (count == capacity)
        {
            throw new IllegalStateException("no room for another descriptor: made for " + capacity);
        }
        final int entry = count * ENTRY_LENGTH;
        entries.putInt(entry + FD_OFFSET, fd);
        entries.putShort(entry + EVENTS_OFFSET, (short)events);
        return count++;
    }

    /**
     * Changes what is waited for.
     *
     * @param index  of the descriptor, from {@link #add}.
     * @param events as there.
     */
    public void events(final int index, final int events)
    {
        entries.putShort(index * ENTRY_LENGTH + EVENTS_OFFSET, (short)events);
    }

    /**
     * Waits until something is ready, or the time is up.
     *
     * @param calls     of the calling thread.
     * @param timeoutNs at most, in nanoseconds; 0 looks and returns, {@link #FOR_EVER} or any negative number waits on.
     * @return how many descriptors are ready; 0 when the time is up or a signal came; or {@code -errno}.
     */
    public int poll(final SystemCalls calls, final long timeoutNs)
    {
        long timeoutAddress = 0;
        if (timeoutNs >= 0)
        {
            timeout.putLong(SECONDS_OFFSET, timeoutNs / NANOS_PER_SECOND);
            timeout.putLong(NANOS_OFFSET, timeoutNs % NANOS_PER_SECOND);
            timeoutAddress = timeout.addressOffset();
        }
        final int result = calls.ppoll(entries.addressOffset(), count, timeoutAddress, 0);
        if (result <= 0)
        {
            for (int i = 0; i < count; i++)
            {
                entries.putShort(i * ENTRY_LENGTH + RETURNED_OFFSET, (short)0);
            }
        }
        return result == -Errno.EINTR ? 0 : result;
    }

    /**
     * Tells what is ready.
     *
     * @param index of the descriptor.
     * @return a union of {@link #READABLE}, {@link #WRITABLE} and {@link #BROKEN}, as of the last {@link #poll}.
     */
    public int ready(final int index)
    {
        return entries.getShort(index * ENTRY_LENGTH + RETURNED_OFFSET) & 0xFFFF;
    }

    /**
     * Tells whether a descriptor can be read.
     *
     * @param index of the descriptor.
     * @return true if it could at the last {@link #poll}.
     */
    public boolean isReadable(final int index)
    {
        return (ready(index) & READABLE) != 0;
    }

    /**
     * Tells whether a descriptor is of no more use.
     *
     * @param index of the descriptor.
     * @return true if it had an error, was hung up or not open at the last {@link #poll}.
     */
    public boolean isBroken(final int index)
    {
        return (ready(index) & BROKEN) != 0;
    }
}
