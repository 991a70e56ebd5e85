package io.shadowmesh.ffi;

import java.lang.foreign.Arena;

/**
 * One thread's calls into the kernel. Each returns its result, or {@code -errno}; none allocates, after {@link #linkAll}
 * and where there is an {@link ErrnoStub} from the first on, and none throws.
 *
 * <p><b>Addresses</b> are raw: whoever owns the memory has checked that the range lies inside it.
 *
 * <p><b>Threading:</b> one thread at a time, since all calls may share one errno cell.
 *
 * <p><b>Errors:</b> EINTR is returned like any other, and callers go round again. A call whose C function is missing
 * throws {@link UnsatisfiedLinkError} when it is first made.
 */
public final class SystemCalls extends SetupCalls
{
    private static final int NO_DESCRIPTOR = -1;
    private static final long TOO_MANY = 0xFFFF_FFFFL;
    private static final int NO_CLOCK = Integer.MAX_VALUE;

    /**
     * Makes a thread's set of calls.
     *
     * @param arena owns the errno cell.
     */
    public SystemCalls(final Arena arena)
    {
        super(arena);
    }

    /**
     * Makes each call of this class once, in vain, and so looks its function up: that allocates, and whoever is first to
     * make the call in earnest need not.
     */
    public void linkAll()
    {
        read(NO_DESCRIPTOR, 0, 0);
        write(NO_DESCRIPTOR, 0, 0);
        readv(NO_DESCRIPTOR, 0, 0);
        writev(NO_DESCRIPTOR, 0, 0);
        sendto(NO_DESCRIPTOR, 0, 0, 0, 0, 0);
        recvfrom(NO_DESCRIPTOR, 0, 0, 0, 0, 0);
        sendmsg(NO_DESCRIPTOR, 0, 0);
        recvmsg(NO_DESCRIPTOR, 0, 0);
        sendmmsg(NO_DESCRIPTOR, 0, 0, 0);
        recvmmsg(NO_DESCRIPTOR, 0, 0, 0, 0);
        ppoll(0, TOO_MANY, 0, 0);
        clock_gettime(NO_CLOCK, 0);
    }

    /**
     * Reads. Source: read(2).
     *
     * @param fd      the descriptor
     * @param address of the bytes
     * @param length  at most this many
     * @return bytes read, 0 at the end, or {@code -errno}
     */
    public long read(final int fd, final long address, final long length)
    {
        try
        {
            return result(call(SystemCallAddresses.Read.FUNCTION, fd, address, length));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("read(2)", t);
        }
    }

    /**
     * Writes. Source: write(2).
     *
     * @param fd      the descriptor
     * @param address of the bytes
     * @param length  at most this many
     * @return bytes written, or {@code -errno}
     */
    public long write(final int fd, final long address, final long length)
    {
        try
        {
            return result(call(SystemCallAddresses.Write.FUNCTION, fd, address, length));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("write(2)", t);
        }
    }

    /**
     * Reads into several places in turn. Source: readv(2).
     *
     * @param fd     the descriptor
     * @param iovecs address of {@code struct iovec}s
     * @param count  of them
     * @return bytes read, 0 at the end, or {@code -errno}
     */
    public long readv(final int fd, final long iovecs, final int count)
    {
        try
        {
            return result(call(SystemCallAddresses.Readv.FUNCTION, fd, iovecs, count));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("readv(2)", t);
        }
    }

    /**
     * Writes from several places in turn. Source: writev(2).
     *
     * @param fd     the descriptor
     * @param iovecs address of {@code struct iovec}s
     * @param count  of them
     * @return bytes written, or {@code -errno}
     */
    public long writev(final int fd, final long iovecs, final int count)
    {
        try
        {
            return result(call(SystemCallAddresses.Writev.FUNCTION, fd, iovecs, count));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("writev(2)", t);
        }
    }

    /**
     * Sends one datagram. Source: sendto(2).
     *
     * @param fd             the descriptor
     * @param address        of the bytes
     * @param length         their number
     * @param flags          MSG_DONTWAIT and the like
     * @param sockaddr       address of the receiver's socket address, or 0
     * @param sockaddrLength its length
     * @return bytes sent, or {@code -errno}
     */
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
            return result(call(SystemCallAddresses.Sendto.FUNCTION, fd, address, length, flags, sockaddr, sockaddrLength));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("sendto(2)", t);
        }
    }

    /**
     * Receives one datagram. Source: recvfrom(2).
     *
     * @param fd            the descriptor
     * @param address       of room for the bytes
     * @param length        of the room
     * @param flags         MSG_DONTWAIT, MSG_TRUNC and the like
     * @param sockaddr      address of room for the sender's socket address, or 0
     * @param lengthAddress address of an int: that room before, the length after; or 0
     * @return bytes received, or {@code -errno}
     */
    public long recvfrom(
        final int fd,
        final long address,
        final long length,
        final int flags,
        final long sockaddr,
        final long lengthAddress)
    {
        try
        {
            return result(call(SystemCallAddresses.Recvfrom.FUNCTION, fd, address, length, flags, sockaddr, lengthAddress));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("recvfrom(2)", t);
        }
    }

    /**
     * Sends one message with ancillary data. Source: sendmsg(2), udp(7) for UDP_SEGMENT.
     *
     * @param fd     the descriptor
     * @param msghdr address of a {@code struct msghdr}
     * @param flags  MSG_DONTWAIT and the like
     * @return bytes sent, or {@code -errno}
     */
    public long sendmsg(final int fd, final long msghdr, final int flags)
    {
        try
        {
            return result(call(SystemCallAddresses.Sendmsg.FUNCTION, fd, msghdr, flags));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("sendmsg(2)", t);
        }
    }

    /**
     * Receives one message with ancillary data. Source: recvmsg(2), udp(7) for UDP_GRO.
     *
     * @param fd     the descriptor
     * @param msghdr address of a {@code struct msghdr}
     * @param flags  MSG_DONTWAIT and the like
     * @return bytes received, or {@code -errno}
     */
    public long recvmsg(final int fd, final long msghdr, final int flags)
    {
        try
        {
            return result(call(SystemCallAddresses.Recvmsg.FUNCTION, fd, msghdr, flags));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("recvmsg(2)", t);
        }
    }

    /**
     * Sends a batch; an error is told only where it met the first message. Source: sendmmsg(2).
     *
     * @param fd       the descriptor
     * @param mmsghdrs address of {@code struct mmsghdr}s
     * @param count    of them
     * @param flags    MSG_DONTWAIT and the like
     * @return messages sent, or {@code -errno}
     */
    public int sendmmsg(final int fd, final long mmsghdrs, final int count, final int flags)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Sendmmsg.FUNCTION, fd, mmsghdrs, count, flags, 0, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("sendmmsg(2)", t);
        }
    }

    /**
     * Receives a batch. Source: recvmmsg(2).
     *
     * @param fd       the descriptor
     * @param mmsghdrs address of {@code struct mmsghdr}s
     * @param count    of them
     * @param flags    MSG_DONTWAIT and the like
     * @param timespec address of a {@code struct timespec}, or 0
     * @return messages received, or {@code -errno}
     */
    public int recvmmsg(final int fd, final long mmsghdrs, final int count, final int flags, final long timespec)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Recvmmsg.FUNCTION, fd, mmsghdrs, count, flags, timespec, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("recvmmsg(2)", t);
        }
    }

    /**
     * Waits until a descriptor is ready. Source: ppoll(2).
     *
     * @param pollfds  address of {@code struct pollfd}s
     * @param count    of them
     * @param timespec address of the longest time to wait, or 0 for ever
     * @param sigmask  address of a signal mask, or 0
     * @return descriptors ready, 0 after the time, or {@code -errno}
     */
    public int ppoll(final long pollfds, final long count, final long timespec, final long sigmask)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Ppoll.FUNCTION, pollfds, count, timespec, sigmask, 0, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("ppoll(2)", t);
        }
    }

    /**
     * Reads a clock. It is answered in user space, so it is a critical downcall that captures no errno. Source:
     * clock_gettime(2), vdso(7).
     *
     * @param clock    CLOCK_MONOTONIC or CLOCK_BOOTTIME
     * @param timespec address of a {@code struct timespec}, set on success
     * @return 0, or {@code -EINVAL} for a clock that the kernel does not have, the one error that there is
     */
    public int clock_gettime(final int clock, final long timespec)
    {
        try
        {
            return 0 == (int)Downcalls.critical(
                SystemCallAddresses.ClockGettime.FUNCTION, clock, timespec, 0, 0, 0) ? 0 : -Errno.EINVAL;
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("clock_gettime(2)", t);
        }
    }
}
