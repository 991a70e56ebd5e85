package io.shadowmesh.ffi;

import io.shadowmesh.ffi.linux.Linux;
import java.lang.foreign.MemorySegment;

/**
 * The system calls' addresses, each looked up when it is first used: a function that the C library lacks fails its own
 * callers alone. {@link Downcalls} says how they are called.
 */
final class SystemCallAddresses
{
    private SystemCallAddresses()
    {
    }

    static final class Open
    {
        static final MemorySegment FUNCTION = Linux.open.address();
    }

    static final class Ioctl
    {
        static final MemorySegment FUNCTION = Linux.ioctl.address();
    }

    static final class Fcntl
    {
        static final MemorySegment FUNCTION = Linux.fcntl.address();
    }

    static final class Close
    {
        static final MemorySegment FUNCTION = Linux.close$address();
    }

    static final class Read
    {
        static final MemorySegment FUNCTION = Linux.read$address();
    }

    static final class Write
    {
        static final MemorySegment FUNCTION = Linux.write$address();
    }

    static final class Readv
    {
        static final MemorySegment FUNCTION = Linux.readv$address();
    }

    static final class Writev
    {
        static final MemorySegment FUNCTION = Linux.writev$address();
    }

    static final class Socket
    {
        static final MemorySegment FUNCTION = Linux.socket$address();
    }

    static final class Socketpair
    {
        static final MemorySegment FUNCTION = Linux.socketpair$address();
    }

    static final class Bind
    {
        static final MemorySegment FUNCTION = Linux.bind$address();
    }

    static final class Connect
    {
        static final MemorySegment FUNCTION = Linux.connect$address();
    }

    static final class Getsockname
    {
        static final MemorySegment FUNCTION = Linux.getsockname$address();
    }

    static final class Setsockopt
    {
        static final MemorySegment FUNCTION = Linux.setsockopt$address();
    }

    static final class Getsockopt
    {
        static final MemorySegment FUNCTION = Linux.getsockopt$address();
    }

    static final class Sendto
    {
        static final MemorySegment FUNCTION = Linux.sendto$address();
    }

    static final class Recvfrom
    {
        static final MemorySegment FUNCTION = Linux.recvfrom$address();
    }

    static final class Sendmsg
    {
        static final MemorySegment FUNCTION = Linux.sendmsg$address();
    }

    static final class Recvmsg
    {
        static final MemorySegment FUNCTION = Linux.recvmsg$address();
    }

    static final class Sendmmsg
    {
        static final MemorySegment FUNCTION = Linux.sendmmsg$address();
    }

    static final class Recvmmsg
    {
        static final MemorySegment FUNCTION = Linux.recvmmsg$address();
    }

    static final class Ppoll
    {
        static final MemorySegment FUNCTION = Linux.ppoll$address();
    }

    static final class Eventfd
    {
        static final MemorySegment FUNCTION = Linux.eventfd$address();
    }

    static final class ClockGettime
    {
        static final MemorySegment FUNCTION = Linux.clock_gettime$address();
    }

    static final class Unshare
    {
        static final MemorySegment FUNCTION = Linux.unshare$address();
    }

    static final class Setns
    {
        static final MemorySegment FUNCTION = Linux.setns$address();
    }

    static final class Mmap
    {
        static final MemorySegment FUNCTION = Linux.mmap$address();
    }

    static final class Munmap
    {
        static final MemorySegment FUNCTION = Linux.munmap$address();
    }

    static final class Mprotect
    {
        static final MemorySegment FUNCTION = Linux.mprotect$address();
    }
}
