package io.shadowmesh.dataplane.device;

import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.timespec;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;

/**
 * Nanoseconds since the machine started, time asleep included: {@code CLOCK_BOOTTIME}. Keys must not outlive a night in
 * a closed laptop, so lifetimes are counted by this clock and not by {@link System#nanoTime()}.
 *
 * <p><b>Threading:</b> one thread each. <b>Ownership:</b> its cell lives in the arena given.
 *
 * <p>Source: clock_gettime(2).
 */
@SuppressWarnings("exports")
public final class BootClock implements NanoClock
{
    private static final int CLOCK = Linux.CLOCK_BOOTTIME();
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int SECONDS_OFFSET = (int)timespec.tv_sec$offset();
    private static final int NANOS_OFFSET = (int)timespec.tv_nsec$offset();

    private final SystemCalls calls;
    private final UnsafeBuffer time;

    /**
     * A clock for the thread that owns these calls.
     *
     * @param arena that owns its memory.
     * @param calls of the thread that will read it.
     */
    public BootClock(final Arena arena, final SystemCalls calls)
    {
        this.calls = calls;
        time = SendBatch.allocate(arena, (int)timespec.sizeof());
    }

    /**
     * Reads the clock.
     *
     * @return nanoseconds since the machine started.
     */
    @Override
    public long nanoTime()
    {
        final int result = calls.clock_gettime(CLOCK, time.addressOffset());
        if (result < 0)
        {
            throw new IllegalStateException("clock_gettime(CLOCK_BOOTTIME): " + Errno.describe(-result));
        }
        return time.getLong(SECONDS_OFFSET) * NANOS_PER_SECOND + time.getLong(NANOS_OFFSET);
    }
}
