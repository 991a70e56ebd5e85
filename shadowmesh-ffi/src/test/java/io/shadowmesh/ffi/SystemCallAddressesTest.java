package io.shadowmesh.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.shadowmesh.ffi.linux.Linux;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SystemCallAddressesTest
{
    static Stream<Arguments> functions()
    {
        return Stream.of(
            Arguments.of(SystemCallAddresses.Open.FUNCTION, Linux.open.address()),
            Arguments.of(SystemCallAddresses.Ioctl.FUNCTION, Linux.ioctl.address()),
            Arguments.of(SystemCallAddresses.Fcntl.FUNCTION, Linux.fcntl.address()),
            Arguments.of(SystemCallAddresses.Close.FUNCTION, Linux.close$address()),
            Arguments.of(SystemCallAddresses.Read.FUNCTION, Linux.read$address()),
            Arguments.of(SystemCallAddresses.Write.FUNCTION, Linux.write$address()),
            Arguments.of(SystemCallAddresses.Readv.FUNCTION, Linux.readv$address()),
            Arguments.of(SystemCallAddresses.Writev.FUNCTION, Linux.writev$address()),
            Arguments.of(SystemCallAddresses.Socket.FUNCTION, Linux.socket$address()),
            Arguments.of(SystemCallAddresses.Socketpair.FUNCTION, Linux.socketpair$address()),
            Arguments.of(SystemCallAddresses.Bind.FUNCTION, Linux.bind$address()),
            Arguments.of(SystemCallAddresses.Connect.FUNCTION, Linux.connect$address()),
            Arguments.of(SystemCallAddresses.Getsockname.FUNCTION, Linux.getsockname$address()),
            Arguments.of(SystemCallAddresses.Setsockopt.FUNCTION, Linux.setsockopt$address()),
            Arguments.of(SystemCallAddresses.Getsockopt.FUNCTION, Linux.getsockopt$address()),
            Arguments.of(SystemCallAddresses.Sendto.FUNCTION, Linux.sendto$address()),
            Arguments.of(SystemCallAddresses.Recvfrom.FUNCTION, Linux.recvfrom$address()),
            Arguments.of(SystemCallAddresses.Sendmsg.FUNCTION, Linux.sendmsg$address()),
            Arguments.of(SystemCallAddresses.Recvmsg.FUNCTION, Linux.recvmsg$address()),
            Arguments.of(SystemCallAddresses.Sendmmsg.FUNCTION, Linux.sendmmsg$address()),
            Arguments.of(SystemCallAddresses.Recvmmsg.FUNCTION, Linux.recvmmsg$address()),
            Arguments.of(SystemCallAddresses.Ppoll.FUNCTION, Linux.ppoll$address()),
            Arguments.of(SystemCallAddresses.Eventfd.FUNCTION, Linux.eventfd$address()),
            Arguments.of(SystemCallAddresses.ClockGettime.FUNCTION, Linux.clock_gettime$address()),
            Arguments.of(SystemCallAddresses.Unshare.FUNCTION, Linux.unshare$address()),
            Arguments.of(SystemCallAddresses.Setns.FUNCTION, Linux.setns$address()),
            Arguments.of(SystemCallAddresses.Syscall.FUNCTION, Linux.syscall.address()),
            Arguments.of(SystemCallAddresses.Mmap.FUNCTION, Linux.mmap$address()),
            Arguments.of(SystemCallAddresses.Munmap.FUNCTION, Linux.munmap$address()),
            Arguments.of(SystemCallAddresses.Mprotect.FUNCTION, Linux.mprotect$address()),
            Arguments.of(SystemCallAddresses.AlignedAlloc.FUNCTION, Linux.aligned_alloc$address()),
            Arguments.of(SystemCallAddresses.Free.FUNCTION, Linux.free$address()));
    }

    @ParameterizedTest
    @MethodSource("functions")
    void isWhatTheBindingsHave(final MemorySegment own, final MemorySegment generated)
    {
        assertEquals(generated.address(), own.address());
    }

    @Test
    void leavesNoFunctionOut()
    {
        assertEquals(SystemCallAddresses.class.getDeclaredClasses().length, functions().count());
    }
}
