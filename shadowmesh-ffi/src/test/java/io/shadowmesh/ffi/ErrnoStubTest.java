package io.shadowmesh.ffi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.shadowmesh.ffi.linux.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ErrnoStubTest
{
    @Test
    void isTheCodeThatItsDescriptionSays()
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment code = arena.allocate(57);
            ErrnoStub.write(code, 0x0102030405060708L);
            assertArrayEquals(
                HexFormat.of().parseHex("4883ec08" + "4889f8" + "4889f7" + "4889d6" + "4889ca" + "4c89c1" + "4d89c8" +
                    "4c8b4c2410" + "ffd0" + "83f8ff" + "7512" + "48b80807060504030201" + "ffd0" + "486300" + "48f7d8" +
                    "4883c408" + "c3"),
                code.asSlice(0, 57).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void isUsedOnX64()
    {
        assumeTrue("amd64".equals(System.getProperty("os.arch")), "stubs are for x86-64");
        assertTrue(ErrnoStub.IS_AVAILABLE);
    }

    @Test
    void givesResultsAndErrorsOfIntsAndLongs()
    {
        try (Arena arena = Arena.ofConfined())
        {
            final SystemCalls calls = new SystemCalls(arena);
            final long memory = arena.allocate(16).address();
            assertEquals(-Errno.EBADF, calls.read(-1, memory, 16));
            assertEquals(-Errno.EBADF, calls.close(-1));
            assertEquals(-Errno.ENOENT, calls.open(arena.allocateFrom("/no/such/file"), Linux.O_RDWR(), 0));
            final int fd = calls.open(arena.allocateFrom("/dev/zero"), Linux.O_RDWR(), 0);
            assertTrue(fd >= 0, () -> "open: " + fd);
            assertEquals(16, calls.read(fd, memory, 16));
            assertEquals(-Errno.EFAULT, calls.read(fd, 0, 16));
            assertEquals(-Errno.ENOTTY, calls.ioctl(fd, Linux.TUNGETIFF(), memory));
            assertEquals(0, calls.close(fd));
        }
    }

    @Test
    void hasCallsAllocateNothingBeforeAnyCompilation()
    {
        assumeTrue(ErrnoStub.IS_AVAILABLE, "without stubs only compiled calls allocate nothing");
        final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
        try (Arena arena = Arena.ofConfined())
        {
            final SystemCalls calls = new SystemCalls(arena);
            long sum = calls.write(-1, 0, 0) + threads.getCurrentThreadAllocatedBytes() * 0;
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100; i++)
            {
                sum += calls.write(-1, 0, 0);
            }
            assertEquals(0, threads.getCurrentThreadAllocatedBytes() - before, "bytes allocated by 100 calls");
            assertEquals(-Errno.EBADF * 101L, sum);
        }
    }
}
