package io.shadowmesh.ffi;

import io.shadowmesh.ffi.linux.Linux;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The system calls' method handles, each linked when it is first used: a function that the C library lacks fails its
 * own callers alone. The three variadic functions are linked for the one descriptor that we use.
 */
final class SystemCallHandles
{
    private SystemCallHandles()
    {
    }

    static final class Open
    {
        static final MethodHandle CALL = Downcalls.linkVariadic(Linux.open.address(), 2, FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    }

    static final class Ioctl
    {
        static final MethodHandle CALL = Downcalls.linkVariadic(Linux.ioctl.address(), 2, FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    }

    static final class Fcntl
    {
        static final MethodHandle CALL = Downcalls.linkVariadic(Linux.fcntl.address(), 2, FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    }

    static final class Close
    {
        static final MethodHandle CALL = Downcalls.link(Linux.close$address(), Linux.close$descriptor());
    }

    static final class Read
    {
        static final MethodHandle CALL = Downcalls.link(Linux.read$address(), Linux.read$descriptor());
    }

    static final class Write
    {
        static final MethodHandle CALL = Downcalls.link(Linux.write$address(), Linux.write$descriptor());
    }

    static final class Readv
    {
        static final MethodHandle CALL = Downcalls.link(Linux.readv$address(), Linux.readv$descriptor());
    }

    static final class Writev
    {
        static final MethodHandle CALL = Downcalls.link(Linux.writev$address(), Linux.writev$descriptor());
    }

    static final class Socket
    {
        static final MethodHandle CALL = Downcalls.link(Linux.socket$address(), Linux.socket$descriptor());
    }

    static final class Socketpair
    {
        static final MethodHandle CALL = Downcalls.link(Linux.socketpair$address(), Linux.socketpair$descriptor());
    }

    static final class Bind
    {
        static final MethodHandle CALL = Downcalls.link(Linux.bind$address(), Linux.bind$descriptor());
    }

    static final class Connect
    {
        static final MethodHandle CALL = Downcalls.link(Linux.connect$address(), Linux.connect$descriptor());
    }

    static final class Getsockname
    {
        static final MethodHandle CALL = Downcalls.link(Linux.getsockname$address(), Linux.getsockname$descriptor());
    }

    static final class Setsockopt
    {
        static final MethodHandle CALL = Downcalls.link(Linux.setsockopt$address(), Linux.setsockopt$descriptor());
    }

    static final class Getsockopt
    {
        static final MethodHandle CALL = Downcalls.link(Linux.getsockopt$address(), Linux.getsockopt$descriptor());
    }

    static final class Sendto
    {
        static final MethodHandle CALL = Downcalls.link(Linux.sendto$address(), Linux.sendto$descriptor());
    }

    static final class Recvfrom
    {
        static final MethodHandle CALL = Downcalls.link(Linux.recvfrom$address(), Linux.recvfrom$descriptor());
    }

    static final class Sendmsg
    {
        static final MethodHandle CALL = Downcalls.link(Linux.sendmsg$address(), Linux.sendmsg$descriptor());
    }

    static final class Recvmsg
    {
        static final MethodHandle CALL = Downcalls.link(Linux.recvmsg$address(), Linux.recvmsg$descriptor());
    }

    static final class Sendmmsg
    {
        static final MethodHandle CALL = Downcalls.link(Linux.sendmmsg$address(), Linux.sendmmsg$descriptor());
    }

    static final class Recvmmsg
    {
        static final MethodHandle CALL = Downcalls.link(Linux.recvmmsg$address(), Linux.recvmmsg$descriptor());
    }

    static final class Ppoll
    {
        static final MethodHandle CALL = Downcalls.link(Linux.ppoll$address(), Linux.ppoll$descriptor());
    }

    static final class Eventfd
    {
        static final MethodHandle CALL = Downcalls.link(Linux.eventfd$address(), Linux.eventfd$descriptor());
    }

    static final class ClockGettime
    {
        static final MethodHandle CALL =
            Downcalls.link(Linux.clock_gettime$address(), Linux.clock_gettime$descriptor());
    }

    static final class Unshare
    {
        static final MethodHandle CALL = Downcalls.link(Linux.unshare$address(), Linux.unshare$descriptor());
    }

    static final class Setns
    {
        static final MethodHandle CALL = Downcalls.link(Linux.setns$address(), Linux.setns$descriptor());
    }

    static final class Mmap
    {
        static final MethodHandle CALL = Downcalls.link(Linux.mmap$address(), Linux.mmap$descriptor());
    }

    static final class Munmap
    {
        static final MethodHandle CALL = Downcalls.link(Linux.munmap$address(), Linux.munmap$descriptor());
    }

    static final class Mprotect
    {
        static final MethodHandle CALL = Downcalls.link(Linux.mprotect$address(), Linux.mprotect$descriptor());
    }
}
