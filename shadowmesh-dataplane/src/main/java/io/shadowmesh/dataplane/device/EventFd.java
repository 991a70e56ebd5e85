package io.shadowmesh.dataplane.device;

import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A flag that one thread raises to wake another out of {@link Poller#poll}. Raising it often wakes once.
 *
 * <p><b>Threading:</b> any thread may {@link #signal}; one thread waits and {@link #drain}s. Close it after both have
 * ended.
 *
 * <p>Source: eventfd(2).
 */
public final class EventFd implements AutoCloseable
{
    /** A constant 1, never written again, for all. */
    private static final long ONE = one();

    /** How often a flag that could not be raised is tried again: whoever waits for it has no other way to know. */
    private static final int ATTEMPTS = 8;

    private final Arena arena = Arena.ofShared();
    private final long counter = arena.allocate(ValueLayout.JAVA_LONG).address();
    private final int fd;
    private boolean closed;

    private EventFd(final int fd)
    {
        this.fd = fd;
    }

    private static long one()
    {
        final MemorySegment cell = Arena.global().allocate(ValueLayout.JAVA_LONG);
        cell.set(ValueLayout.JAVA_LONG, 0, 1);
        return cell.address();
    }

    /**
     * Makes one, not raised.
     *
     * @return the flag; its descriptor does not block and is closed on exec.
     * @throws DeviceException if the process has no descriptor left.
     */
    public static EventFd open() throws DeviceException
    {
        try (Arena scratch = Arena.ofConfined())
        {
            final int fd = new SystemCalls(scratch).eventfd(0, Linux.EFD_CLOEXEC() | Linux.EFD_NONBLOCK());
            if (fd < 0)
            {
                throw DeviceException.of("eventfd", "", -fd);
            }
            return new EventFd(fd);
        }
    }

    /**
     * Tells the descriptor to wait for.
     *
     * @return the descriptor, readable while the flag is raised.
     */
    public int fileDescriptor()
    {
        return fd;
    }

    /**
     * Raises the flag.
     *
     * @param calls of the calling thread.
     * @return 0, or {@code -errno}; a flag raised as often as it can be is no error.
     */
    public int signal(final SystemCalls calls)
    {
        long result = -1;
        for (int i = 0; i < ATTEMPTS && result < 0; i++)
        {
            result = calls.write(fd, ONE, Long.BYTES);
            if (result == -Errno.EAGAIN)
            {
                return 0;
            }
        }
        return result >= 0 ? 0 : (int)result;
    }

    /** Raises the flag from a thread that has no {@link SystemCalls} of its own: allocates some for this call. */
    public void signal()
    {
        try (Arena scratch = Arena.ofConfined())
        {
            signal(new SystemCalls(scratch));
        }
    }

    /**
     * Lowers the flag.
     *
     * @param calls of the waiting thread.
     * @return true if it was raised.
     */
    public boolean drain(final SystemCalls calls)
    {
        return calls.read(fd, counter, Long.BYTES) == Long.BYTES;
    }

    /** Closes the descriptor. Call it after the threads that use it have ended; again does nothing. */
    @Override
    public synchronized void close()
    {
        if (!closed)
        {
            closed = true;
            TunDevice.closeDescriptor(fd);
            arena.close();
        }
    }
}
