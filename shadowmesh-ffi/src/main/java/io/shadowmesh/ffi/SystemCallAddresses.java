package io.shadowmesh.ffi;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/**
 * The addresses of the system calls, and of the C library's allocator, each looked up when it is first used: a function
 * that the C library lacks fails its own callers alone, and {@link SystemCalls#linkAll}. {@link Downcalls} says how they
 * are called.
 *
 * <p>They are those of the generated bindings, which a test holds; but asking the bindings for an address has them link a
 * handle of the function's own shape too, a few milliseconds each at every start.
 */
final class SystemCallAddresses
{
    private SystemCallAddresses()
    {
    }

    private static MemorySegment find(final String name)
    {
        return Linker.nativeLinker().defaultLookup().find(name)
            .orElseThrow(() -> new UnsatisfiedLinkError("the C library has no " + name));
    }

    static final class Open
    {
        static final MemorySegment FUNCTION = find("open");
    }

    static final class Ioctl
    {
        static final MemorySegment FUNCTION = find("ioctl");
    }

    static final class Fcntl
    {
        static final MemorySegment FUNCTION = find("fcntl");
    }

    static final class Close
    {
        static final MemorySegment FUNCTION = find("close");
    }

    static final class Read
    {
        static final MemorySegment FUNCTION = find("read");
    }

    static final class Write
    {
        static final MemorySegment FUNCTION = find("write");
    }

    static final class Readv
    {
        static final MemorySegment FUNCTION = find("readv");
    }

    static final class Writev
    {
        static final MemorySegment FUNCTION = find("writev");
    }

    static final class Socket
    {
        static final MemorySegment FUNCTION = find("socket");
    }

    static final class Socketpair
    {
        static final MemorySegment FUNCTION = find("socketpair");
    }

    static final class Bind
    {
        static final MemorySegment FUNCTION = find("bind");
    }

    static final class Connect
    {
        static final MemorySegment FUNCTION = find("connect");
    }

    static final class Getsockname
    {
        static final MemorySegment FUNCTION = find("getsockname");
    }

    static final class Setsockopt
    {
        static final MemorySegment FUNCTION = find("setsockopt");
    }

    static final class Getsockopt
    {
        static final MemorySegment FUNCTION = find("getsockopt");
    }

    static final class Sendto
    {
        static final MemorySegment FUNCTION = find("sendto");
    }

    static final class Recvfrom
    {
        static final MemorySegment FUNCTION = find("recvfrom");
    }

    static final class Sendmsg
    {
        static final MemorySegment FUNCTION = find("sendmsg");
    }

    static final class Recvmsg
    {
        static final MemorySegment FUNCTION = find("recvmsg");
    }

    static final class Sendmmsg
    {
        static final MemorySegment FUNCTION = find("sendmmsg");
    }

    static final class Recvmmsg
    {
        static final MemorySegment FUNCTION = find("recvmmsg");
    }

    static final class Ppoll
    {
        static final MemorySegment FUNCTION = find("ppoll");
    }

    static final class Eventfd
    {
        static final MemorySegment FUNCTION = find("eventfd");
    }

    static final class ClockGettime
    {
        static final MemorySegment FUNCTION = find("clock_gettime");
    }

    static final class Unshare
    {
        static final MemorySegment FUNCTION = find("unshare");
    }

    static final class Syscall
    {
        static final MemorySegment FUNCTION = find("syscall");
    }

    static final class Setns
    {
        static final MemorySegment FUNCTION = find("setns");
    }

    static final class Mmap
    {
        static final MemorySegment FUNCTION = find("mmap");
    }

    static final class Munmap
    {
        static final MemorySegment FUNCTION = find("munmap");
    }

    static final class Mprotect
    {
        static final MemorySegment FUNCTION = find("mprotect");
    }

    static final class AlignedAlloc
    {
        static final MemorySegment FUNCTION = find("aligned_alloc");
    }

    static final class Free
    {
        static final MemorySegment FUNCTION = find("free");
    }
}
