package io.shadowmesh.benchmarks;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.SaveError;

/** jnr-ffi, which makes an implementation of the interface when it starts, and keeps errno for each thread. */
final class JnrCalls implements ForeignCalls
{
    private final Functions functions =
        LibraryLoader.create(Functions.class).load(Platform.getNativePlatform().getStandardCLibraryName());

    /** Of the last sendto: with addresses as plain integers, jnr-ffi 2.2.18 makes a call that answers EINVAL. */
    private Pointer bytes;
    private Pointer receiver;

    @Override
    public long labs(final long number)
    {
        return functions.labs(number);
    }

    @Override
    public int getppid()
    {
        return functions.getppid();
    }

    @Override
    public long write(final int fd, final long address, final long length)
    {
        return functions.write(fd, address, length);
    }

    @Override
    public long read(final int fd, final long address, final long length)
    {
        return functions.read(fd, address, length);
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
        if (null == bytes || bytes.address() != address || receiver.address() != sockaddr)
        {
            final Runtime runtime = Runtime.getRuntime(functions);
            bytes = Pointer.wrap(runtime, address);
            receiver = Pointer.wrap(runtime, sockaddr);
        }
        return functions.sendto(fd, bytes, length, flags, receiver, sockaddrLength);
    }

    /** A Java long is C's here: both have 64 bits, as pointers have. Public, for the code that jnr-ffi makes. */
    public interface Functions
    {
        /**
         * Source: labs(3).
         *
         * @param number any.
         * @return its absolute value.
         */
        @SaveError
        long labs(long number);

        /** Source: getppid(2). @return the parent's process ID. */
        @SaveError
        int getppid();

        /**
         * Source: write(2).
         *
         * @param fd      the descriptor.
         * @param address of the bytes.
         * @param length  their number.
         * @return bytes written, or -1.
         */
        @SaveError
        long write(int fd, long address, long length);

        /**
         * Source: read(2).
         *
         * @param fd      the descriptor.
         * @param address of the room.
         * @param length  of the room.
         * @return bytes read, or -1.
         */
        @SaveError
        long read(int fd, long address, long length);

        /**
         * Source: sendto(2).
         *
         * @param fd             the descriptor.
         * @param address        of the bytes.
         * @param length         their number.
         * @param flags          MSG_DONTWAIT and the like.
         * @param sockaddr       address of the receiver's socket address.
         * @param sockaddrLength its length.
         * @return bytes sent, or -1.
         */
        @SaveError
        long sendto(int fd, Pointer address, long length, int flags, Pointer sockaddr, int sockaddrLength);
    }
}
