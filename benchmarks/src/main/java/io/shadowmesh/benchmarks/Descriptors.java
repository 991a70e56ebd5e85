package io.shadowmesh.benchmarks;

import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** File descriptors that stand in for a TUN device, where nobody need be root. */
final class Descriptors
{
    private static final int SEND_BUFFER = 1 << 20;

    private Descriptors()
    {
    }

    /** One that takes all and keeps nothing. */
    static int sink(final SystemCalls calls)
    {
        try (Arena scratch = Arena.ofConfined())
        {
            return checked(
                calls.open(scratch.allocateFrom("/dev/null"), Linux.O_RDWR() | Linux.O_NONBLOCK() | Linux.O_CLOEXEC(), 0));
        }
    }

    /** Two ends of a socket that keeps packets apart, as a device does; they do not block. */
    static int[] packetPair(final SystemCalls calls)
    {
        try (Arena scratch = Arena.ofConfined())
        {
            final MemorySegment pair = scratch.allocate(ValueLayout.JAVA_INT, 2);
            final int type = Linux.SOCK_SEQPACKET() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
            checked(calls.socketpair(Linux.AF_UNIX(), type, 0, pair.address()));
            final int[] ends = pair.toArray(ValueLayout.JAVA_INT);
            final MemorySegment size = scratch.allocateFrom(ValueLayout.JAVA_INT, SEND_BUFFER);
            checked(calls.setsockopt(ends[0], Linux.SOL_SOCKET(), Linux.SO_SNDBUF(), size.address(), Integer.BYTES));
            return ends;
        }
    }

    /** Reads packets until there are none. Returns how many there were. */
    static int drain(final SystemCalls calls, final int fd, final long room, final int length)
    {
        int packets = 0;
        while (calls.read(fd, room, length) > 0)
        {
            packets++;
        }
        return packets;
    }

    static int checked(final int result)
    {
        if (result < 0)
        {
            throw new IllegalStateException(Errno.describe(-result));
        }
        return result;
    }
}
