package io.shadowmesh.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** The foreign function API as its documentation has it: a constant handle for each function, errno by the linker. */
@SuppressWarnings("restricted") // linking is what is measured
final class CapturedCalls implements ForeignCalls
{
    private static final MethodHandle LABS = link("labs", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
    private static final MethodHandle GETPPID = link("getppid", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle WRITE =
        link("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle READ =
        link("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle SENDTO = link("sendto",
        FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final long ERRNO_OFFSET =
        Linker.Option.captureStateLayout().byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private final MemorySegment callState;

    CapturedCalls(final Arena arena)
    {
        callState = arena.allocate(Linker.Option.captureStateLayout());
    }

    private static MethodHandle link(final String name, final FunctionDescriptor descriptor)
    {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
            linker.defaultLookup().find(name).orElseThrow(), descriptor, Linker.Option.captureCallState("errno"));
    }

    private long result(final long returned)
    {
        return returned >= 0 ? returned : -callState.get(JAVA_INT, ERRNO_OFFSET);
    }

    @Override
    public long labs(final long number)
    {
        try
        {
            return (long)LABS.invokeExact(callState, number);
        }
        catch (final Throwable t)
        {
            throw new AssertionError("labs(3) is linked wrongly", t);
        }
    }

    @Override
    public int getppid()
    {
        try
        {
            return (int)GETPPID.invokeExact(callState);
        }
        catch (final Throwable t)
        {
            throw new AssertionError("getppid(2) is linked wrongly", t);
        }
    }

    @Override
    public long write(final int fd, final long address, final long length)
    {
        try
        {
            return result((long)WRITE.invokeExact(callState, fd, address, length));
        }
        catch (final Throwable t)
        {
            throw new AssertionError("write(2) is linked wrongly", t);
        }
    }

    @Override
    public long read(final int fd, final long address, final long length)
    {
        try
        {
            return result((long)READ.invokeExact(callState, fd, address, length));
        }
        catch (final Throwable t)
        {
            throw new AssertionError("read(2) is linked wrongly", t);
        }
    }

    @Override
    public long sendto(
        final int fd,
        final long address,
        final long length,
        final int flags,
        final long sockaddr,
        final int sockaddrLength)
    {
        try
        {
            return result((long)SENDTO.invokeExact(callState, fd, address, length, flags, sockaddr, sockaddrLength));
        }
        catch (final Throwable t)
        {
            throw new AssertionError("sendto(2) is linked wrongly", t);
        }
    }
}
