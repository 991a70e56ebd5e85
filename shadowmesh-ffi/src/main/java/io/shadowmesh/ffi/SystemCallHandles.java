package io.shadowmesh.ffi;

import io.shadowmesh.ffi.linux.Linux;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The system calls' method handles, each linked when it is first used: a function that the C library lacks fails its
 * own callers alone. The three variadic functions are linked for the one descriptor that we use.
 *
 * <p><b>Not final on purpose.</b> Where errno is captured the linker's way (see {@link ErrnoStub}), every call makes a
 * 40-byte slice of the capture segment, which costs nothing only where the JIT compiler sees all of the downcall at
 * once. A constant handle is inlined into the caller, and a duty cycle with half a dozen of them passes the compiler's
 * node limit: then one call or another allocates for ever. A handle that is no constant is compiled apart, small and
 * once, whoever calls it; that costs an indirect call of a few nanoseconds.
 */
final class SystemCallHandles
{
    private SystemCallHandles()
    {
    }

    static final class Open
    {
        static MethodHandle CALL = Downcalls.linkVariadic(Linux.open.address(), 2, FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    }

    static final class Ioctl
    {
        static MethodHandle CALL = Downcalls.linkVariadic(Linux.ioctl.address(), 2, FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    }

    static final class Fcntl
    {
        static MethodHandle CALL = Downcalls.linkVariadic(Linux.fcntl.address(), 2, FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    }

    static final class Close
    {
        static MethodHandle CALL = Downcalls.link(Linux.close$address(), Linux.close$descriptor());
    }

    static final class Read
    {
        static MethodHandle CALL = Downcalls.link(Linux.read$address(), Linux.read$descriptor());
    }

    static final class Write
    {
        static MethodHandle CALL = Downcalls.link(Linux.write$address(), Linux.write$descriptor());
    }

    static final class Readv
    {
        static MethodHandle CALL = Downcalls.link(Linux.readv$address(), Linux.readv$descriptor());
    }

    static final class Writev
    {
        static MethodHandle CALL = Downcalls.link(Linux.writev$address(), Linux.writev$descriptor());
    }

    static final class Socket
    {
        static MethodHandle CALL = Downcalls.link(Linux.socket$address(), Linux.socket$descriptor());
    }

    static final class Socketpair
    {
        static MethodHandle CALL = Downcalls.link(Linux.socketpair$address(), Linux.socketpair$descriptor());
    }

    static final class Bind
    {
        static MethodHandle CALL = Downcalls.link(Linux.bind$address(), Linux.bind$descriptor());
    }

    static final class Connect
    {
        static MethodHandle CALL = Downcalls.link(Linux.connect$address(), Linux.connect$descriptor());
    }

    static final class Getsockname
    {
        static MethodHandle CALL = Downcalls.link(Linux.getsockname$address(), Linux.getsockname$descriptor());
    }

    static final class Setsockopt
    {
        static MethodHandle CALL = Downcalls.link(Linux.setsockopt$address(), Linux.setsockopt$descriptor());
    }

    static final class Getsockopt
    {
        static MethodHandle CALL = Downcalls.link(Linux.getsockopt$address(), Linux.getsockopt$descriptor());
    }

    static final class Sendto
    {
        static MethodHandle CALL = Downcalls.link(Linux.sendto$address(), Linux.sendto$descriptor());
    }

    static final class Recvfrom
    {
        static MethodHandle CALL = Downcalls.link(Linux.recvfrom$address(), Linux.recvfrom$descriptor());
    }

    static final class Sendmsg
    {
        static MethodHandle CALL = Downcalls.link(Linux.sendmsg$address(), Linux.sendmsg$descriptor());
    }

    static final class Recvmsg
    {
        static MethodHandle CALL = Downcalls.link(Linux.recvmsg$address(), Linux.recvmsg$descriptor());
    }

    static final class Sendmmsg
    {
        static MethodHandle CALL = Downcalls.link(Linux.sendmmsg$address(), Linux.sendmmsg$descriptor());
    }

    static final class Recvmmsg
    {
        static MethodHandle CALL = Downcalls.link(Linux.recvmmsg$address(), Linux.recvmmsg$descriptor());
    }

    static final class Ppoll
    {
        static MethodHandle CALL = Downcalls.link(Linux.ppoll$address(), Linux.ppoll$descriptor());
    }

    static final class Eventfd
    {
        static MethodHandle CALL = Downcalls.link(Linux.eventfd$address(), Linux.eventfd$descriptor());
    }

    static final class ClockGettime
    {
        /** Final: without errno it makes no slice, and the vDSO behind it never blocks, so it may be critical. */
        static final MethodHandle CALL =
            Downcalls.linkCritical(Linux.clock_gettime$address(), Linux.clock_gettime$descriptor());
    }

    static final class Unshare
    {
        static MethodHandle CALL = Downcalls.link(Linux.unshare$address(), Linux.unshare$descriptor());
    }

    static final class Setns
    {
        static MethodHandle CALL = Downcalls.link(Linux.setns$address(), Linux.setns$descriptor());
    }

    static final class Mmap
    {
        static MethodHandle CALL = Downcalls.link(Linux.mmap$address(), Linux.mmap$descriptor());
    }

    static final class Munmap
    {
        static MethodHandle CALL = Downcalls.link(Linux.munmap$address(), Linux.munmap$descriptor());
    }

    static final class Mprotect
    {
        static MethodHandle CALL = Downcalls.link(Linux.mprotect$address(), Linux.mprotect$descriptor());
    }
}
