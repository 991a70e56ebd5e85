package io.shadowmesh.benchmarks;

import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.timespec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Calls into the kernel through {@link SystemCalls}: the price of a downcall that hardly does anything, of waking and
 * being woken, and of moving one packet through a socket.
 */
@Measurement(iterations = 5, time = 5)
public class SystemCallBenchmark extends DataPathBenchmark
{
    private static final int CLOCK = Linux.CLOCK_MONOTONIC();
    private static final int PACKET_LENGTH = 1400;

    private Arena arena;
    private SystemCalls calls;
    private int event;
    private int left;
    private int right;
    private long time;
    private long counter;
    private long packet;

    /** For JMH. */
    public SystemCallBenchmark()
    {
    }

    /** Opens the descriptors. */
    @Setup
    public void open()
    {
        arena = Arena.ofConfined();
        calls = new SystemCalls(arena);
        // JMH counts what linking close(2) allocates: it is done here, not at the end.
        checked(calls.close(checked(calls.eventfd(0, 0))));
        event = checked(calls.eventfd(0, Linux.EFD_NONBLOCK() | Linux.EFD_CLOEXEC()));
        final MemorySegment pair = arena.allocate(ValueLayout.JAVA_INT, 2);
        final int type = Linux.SOCK_DGRAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
        checked(calls.socketpair(Linux.AF_UNIX(), type, 0, pair.address()));
        left = pair.getAtIndex(ValueLayout.JAVA_INT, 0);
        right = pair.getAtIndex(ValueLayout.JAVA_INT, 1);
        time = timespec.allocate(arena).address();
        packet = arena.allocate(PACKET_LENGTH, Long.BYTES).address();
        final MemorySegment one = arena.allocate(ValueLayout.JAVA_LONG);
        one.set(ValueLayout.JAVA_LONG, 0, 1);
        counter = one.address();
        checked(clockGettime());
        checked((int)eventfdWriteRead());
        checked((int)socketpairWriteRead());
    }

    /** Closes them. */
    @TearDown
    public void close()
    {
        calls.close(event);
        calls.close(left);
        calls.close(right);
        arena.close();
    }

    /**
     * Reads the clock; the kernel is not entered, so that this is the downcall alone.
     *
     * @return 0.
     */
    @Benchmark
    public int clockGettime()
    {
        return calls.clock_gettime(CLOCK, time);
    }

    /**
     * Raises a flag and lowers it: two calls.
     *
     * @return 8.
     */
    @Benchmark
    public long eventfdWriteRead()
    {
        return Math.min(calls.write(event, counter, Long.BYTES), calls.read(event, counter, Long.BYTES));
    }

    /**
     * Sends 1400 bytes through a Unix socket pair and receives them: two calls.
     *
     * @return 1400.
     */
    @Benchmark
    public long socketpairWriteRead()
    {
        return Math.min(calls.write(left, packet, PACKET_LENGTH), calls.read(right, packet, PACKET_LENGTH));
    }

    private static int checked(final int result)
    {
        if (result < 0)
        {
            throw new IllegalStateException(Errno.describe(-result));
        }
        return result;
    }
}
