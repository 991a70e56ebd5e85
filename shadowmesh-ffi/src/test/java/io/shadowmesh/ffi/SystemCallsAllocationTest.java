package io.shadowmesh.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.iovec;
import io.shadowmesh.ffi.linux.mmsghdr;
import io.shadowmesh.ffi.linux.msghdr;
import io.shadowmesh.ffi.linux.pollfd;
import io.shadowmesh.ffi.linux.timespec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The calls of the data path leave no garbage, whether they succeed or fail. */
class SystemCallsAllocationTest
{
    private static final int WARM_UP = 40_000;
    private static final int MEASURED = 40_000;

    private final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();

    @Test
    void allocatesNothingInSteadyState()
    {
        try (Arena arena = Arena.ofConfined())
        {
            final Round round = new Round(arena);
            for (int i = 0; i < WARM_UP; i++)
            {
                round.run();
            }
            final long before = threads.getCurrentThreadAllocatedBytes();
            long sum = 0;
            for (int i = 0; i < MEASURED; i++)
            {
                sum += round.run();
            }
            final long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertEquals(0, allocated, "bytes allocated by " + MEASURED + " rounds of calls");
            assertEquals((long)MEASURED * Round.EXPECTED, sum);
            round.close();
        }
    }

    @Test
    void allocatesNothingFromTheFirstCallOfEachOnceAllAreLinked() throws IOException, InterruptedException
    {
        assumeTrue(ErrnoStub.IS_AVAILABLE, "the JDK's own capture of errno allocates until it is compiled");
        final Process program = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-Xint",
            "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
            FirstCalls.class.getName()).redirectErrorStream(true).start();
        final String printed = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, program.waitFor(), printed);
        assertEquals("before 0, at the first calls 0", printed.lines().toList().getLast());
    }

    /** A JVM in which nobody has made these calls before. Interpreted code allocates what the source says. */
    static final class FirstCalls
    {
        private FirstCalls()
        {
        }

        public static void main(final String... arguments)
        {
            final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
            try (Arena arena = Arena.ofConfined())
            {
                final SystemCalls calls = new SystemCalls(arena);
                calls.linkAll();
                final long before = threads.getCurrentThreadAllocatedBytes();
                final long begun = threads.getCurrentThreadAllocatedBytes();
                calls.read(-1, 0, 0);
                calls.write(-1, 0, 0);
                calls.readv(-1, 0, 0);
                calls.writev(-1, 0, 0);
                calls.sendto(-1, 0, 0, 0, 0, 0);
                calls.recvfrom(-1, 0, 0, 0, 0, 0);
                calls.sendmsg(-1, 0, 0);
                calls.recvmsg(-1, 0, 0);
                calls.sendmmsg(-1, 0, 0, 0);
                calls.recvmmsg(-1, 0, 0, 0, 0);
                calls.ppoll(0, -1, 0, 0);
                calls.clock_gettime(-1, 0);
                System.out.println("before " + (begun - before) + ", at the first calls " +
                    (threads.getCurrentThreadAllocatedBytes() - begun));
            }
        }
    }

    /** One of each call that agents make, in an order that leaves the sockets empty. */
    private static final class Round
    {
        private static final long EXPECTED = 4 * 16 + 2 * 16 + 2 * 16 + 2 + 1 + 0 - Errno.EAGAIN + 8 + 8 - Errno.EBADF;

        private final SystemCalls calls;
        private final int left;
        private final int right;
        private final int event;
        private final long data;
        private final long vectors;
        private final long batch;
        private final long polls;
        private final long time;
        private final long counter;

        Round(final Arena arena)
        {
            calls = new SystemCalls(arena);
            final MemorySegment fds = arena.allocate(ValueLayout.JAVA_INT, 2);
            assertEquals(0, calls.socketpair(Linux.AF_UNIX(), Linux.SOCK_DGRAM() | Linux.SOCK_NONBLOCK(), 0,
                fds.address()));
            left = fds.get(ValueLayout.JAVA_INT, 0);
            right = fds.get(ValueLayout.JAVA_INT, 4);
            event = calls.eventfd(0, Linux.EFD_NONBLOCK());
            final MemorySegment bytes = arena.allocate(16);
            data = bytes.address();
            final MemorySegment vector = iovec.allocate(arena);
            iovec.iov_base(vector, bytes);
            iovec.iov_len(vector, 16);
            vectors = vector.address();
            final MemorySegment message = mmsghdr.allocate(arena);
            msghdr.msg_iov(mmsghdr.msg_hdr(message), vector);
            msghdr.msg_iovlen(mmsghdr.msg_hdr(message), 1);
            batch = message.address();
            final MemorySegment poll = pollfd.allocate(arena);
            pollfd.fd(poll, left);
            pollfd.events(poll, (short)Linux.POLLOUT());
            polls = poll.address();
            time = timespec.allocate(arena).address();
            final MemorySegment one = arena.allocate(ValueLayout.JAVA_LONG);
            one.set(ValueLayout.JAVA_LONG, 0, 1);
            counter = one.address();
        }

        long run()
        {
            long sum = calls.write(left, data, 16);
            sum += calls.read(right, data, 16);
            sum += calls.writev(left, vectors, 1);
            sum += calls.readv(right, vectors, 1);
            sum += calls.sendto(left, data, 16, 0, 0, 0);
            sum += calls.recvfrom(right, data, 16, 0, 0, 0);
            sum += calls.sendmsg(left, batch, 0);
            sum += calls.recvmsg(right, batch, 0);
            sum += calls.sendmmsg(left, batch, 1, 0);
            sum += calls.recvmmsg(right, batch, 1, 0, 0);
            sum += calls.ppoll(polls, 1, 0, 0);
            sum += calls.clock_gettime(Linux.CLOCK_BOOTTIME(), time);
            sum += calls.recvfrom(right, data, 16, 0, 0, 0);
            sum += calls.write(event, counter, 8);
            sum += calls.read(event, counter, 8);
            sum += calls.ioctl(-1, Linux.TUNGETIFF(), data);
            return sum;
        }

        void close()
        {
            calls.close(left);
            calls.close(right);
            calls.close(event);
        }
    }
}
