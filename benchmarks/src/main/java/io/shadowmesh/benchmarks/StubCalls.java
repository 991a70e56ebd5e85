package io.shadowmesh.benchmarks;

import io.shadowmesh.ffi.BareCalls;
import io.shadowmesh.ffi.SystemCalls;

import java.lang.foreign.Arena;

/** ShadowMesh's own calls: the foreign function API, one shape for all, errno by a stub. */
final class StubCalls implements ForeignCalls
{
    private final SystemCalls calls;

    StubCalls(final Arena arena)
    {
        calls = new SystemCalls(arena);
    }

    @Override
    public long labs(final long number)
    {
        return BareCalls.labs(calls, number);
    }

    @Override
    public int getppid()
    {
        return BareCalls.getppid(calls);
    }

    @Override
    public long write(final int fd, final long address, final long length)
    {
        return calls.write(fd, address, length);
    }

    @Override
    public long read(final int fd, final long address, final long length)
    {
        return calls.read(fd, address, length);
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
        return calls.sendto(fd, address, length, flags, sockaddr, sockaddrLength);
    }
}
