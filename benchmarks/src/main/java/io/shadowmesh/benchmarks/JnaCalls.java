package io.shadowmesh.benchmarks;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.Platform;

/** JNA's direct mapping, the faster of its two; an exception carries errno. */
final class JnaCalls implements ForeignCalls
{
    @Override
    public long labs(final long number)
    {
        return Functions.labs(number);
    }

    @Override
    public int getppid()
    {
        return Functions.getppid();
    }

    @Override
    public long write(final int fd, final long address, final long length)
    {
        return Functions.write(fd, address, length);
    }

    @Override
    public long read(final int fd, final long address, final long length)
    {
        return Functions.read(fd, address, length);
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
        return Functions.sendto(fd, address, length, flags, sockaddr, sockaddrLength);
    }

    /** By their C names, which is how JNA finds them. */
    private static final class Functions
    {
        static
        {
            Native.register(Functions.class, Platform.C_LIBRARY_NAME);
        }

        static native long labs(long number) throws LastErrorException;

        static native int getppid() throws LastErrorException;

        static native long write(int fd, long address, long length) throws LastErrorException;

        static native long read(int fd, long address, long length) throws LastErrorException;

        static native long sendto(int fd, long address, long length, int flags, long sockaddr, int sockaddrLength)
            throws LastErrorException;
    }
}
