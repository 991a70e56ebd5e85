package io.shadowmesh.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/** The calls that set up and tear down, and the errno cell that all calls share. */
abstract sealed class SetupCalls permits SystemCalls
{
    private static final long SCHED_SETATTR = "aarch64".equals(System.getProperty("os.arch")) ? 274 : 314;

    /** Where a failing call leaves errno. */
    final MemorySegment callState;

    SetupCalls(final Arena arena)
    {
        callState = arena.allocate(Downcalls.CALL_STATE);
    }

    /** Calls a function of up to six fixed parameters. */
    final long call(
        final MemorySegment function,
        final long first,
        final long second,
        final long third,
        final long fourth,
        final long fifth,
        final long sixth) throws Throwable
    {
        return ErrnoStub.IS_AVAILABLE ?
            (long)Downcalls.Plain.CALL.invokeExact(
                ErrnoStub.ADDRESS, function.address(), first, second, third, fourth, fifth, sixth, 0L, 0L, 0L) :
            (long)Downcalls.Captured.call.invokeExact(function, callState, first, second, third, fourth, fifth, sixth);
    }

    /** Calls a function of up to three fixed parameters. */
    final long call(final MemorySegment function, final long first, final long second, final long third) throws Throwable
    {
        return call(function, first, second, third, 0, 0, 0);
    }

    private long callVariadic(final MemorySegment function, final long first, final long second, final long third)
        throws Throwable
    {
        return ErrnoStub.IS_AVAILABLE ? call(function, first, second, third) :
            (long)Downcalls.Variadic.call.invokeExact(function, callState, first, second, third);
    }

    final int result(final int returned)
    {
        return (int)Downcalls.result(returned, callState);
    }

    final long result(final long returned)
    {
        return Downcalls.result(returned, callState);
    }

    /**
     * Opens a file. Source: open(2).
     *
     * @param path  native, ends in NUL
     * @param flags O_RDWR, O_CLOEXEC and the like
     * @param mode  permissions of a new file, 0 where none is made
     * @return a descriptor, or {@code -errno}
     */
    public int open(final MemorySegment path, final int flags, final int mode)
    {
        try
        {
            return result((int)callVariadic(SystemCallAddresses.Open.FUNCTION, path.address(), flags, mode));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("open(2)", t);
        }
        finally
        {
            Reference.reachabilityFence(path);
        }
    }

    /**
     * Closes a descriptor. Not to be repeated on EINTR: Linux has closed it. Source: close(2).
     *
     * @param fd the descriptor
     * @return 0, or {@code -errno}
     */
    public int close(final int fd)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Close.FUNCTION, fd, 0, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("close(2)", t);
        }
    }

    /**
     * Controls a device or socket. Source: ioctl(2), netdevice(7).
     *
     * @param fd       the descriptor
     * @param request  as the bindings have it; taken as unsigned 32 bit, as the kernel does
     * @param argument an address or a plain number, as the request wants
     * @return what the request returns, or {@code -errno}
     */
    public int ioctl(final int fd, final long request, final long argument)
    {
        try
        {
            return result((int)callVariadic(SystemCallAddresses.Ioctl.FUNCTION, fd, request & 0xffff_ffffL, argument));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("ioctl(2)", t);
        }
    }

    /**
     * Reads or changes a descriptor's flags. Source: fcntl(2).
     *
     * @param fd       the descriptor
     * @param command  F_GETFL, F_SETFL, F_GETFD or F_SETFD
     * @param argument flags; 0 where the command takes none
     * @return what the command returns, or {@code -errno}
     */
    public int fcntl(final int fd, final int command, final int argument)
    {
        try
        {
            return result((int)callVariadic(SystemCallAddresses.Fcntl.FUNCTION, fd, command, argument));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("fcntl(2)", t);
        }
    }

    /**
     * Makes a socket. Source: socket(2).
     *
     * @param domain   AF_INET, AF_INET6, AF_NETLINK, AF_UNIX
     * @param type     SOCK_DGRAM and the like, with SOCK_CLOEXEC, SOCK_NONBLOCK
     * @param protocol 0 for the type's own
     * @return a descriptor, or {@code -errno}
     */
    public int socket(final int domain, final int type, final int protocol)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Socket.FUNCTION, domain, type, protocol));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("socket(2)", t);
        }
    }

    /**
     * Makes two sockets that are connected to each other. Source: socketpair(2).
     *
     * @param domain   AF_UNIX
     * @param type     as for {@link #socket}
     * @param protocol 0 for the type's own
     * @param fds      address of two ints, set on success
     * @return 0, or {@code -errno}
     */
    public int socketpair(final int domain, final int type, final int protocol, final long fds)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Socketpair.FUNCTION, domain, type, protocol, fds, 0, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("socketpair(2)", t);
        }
    }

    /**
     * Gives a socket its own address. Source: bind(2).
     *
     * @param fd       the descriptor
     * @param sockaddr address of a socket address
     * @param length   its length
     * @return 0, or {@code -errno}
     */
    public int bind(final int fd, final long sockaddr, final int length)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Bind.FUNCTION, fd, sockaddr, length));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("bind(2)", t);
        }
    }

    /**
     * Gives a socket its peer's address. Source: connect(2).
     *
     * @param fd       the descriptor
     * @param sockaddr address of a socket address
     * @param length   its length
     * @return 0, or {@code -errno}
     */
    public int connect(final int fd, final long sockaddr, final int length)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Connect.FUNCTION, fd, sockaddr, length));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("connect(2)", t);
        }
    }

    /**
     * Reads a socket's own address. Source: getsockname(2).
     *
     * @param fd            the descriptor
     * @param sockaddr      address of room for a socket address
     * @param lengthAddress address of an int: the room before, the length after
     * @return 0, or {@code -errno}
     */
    public int getsockname(final int fd, final long sockaddr, final long lengthAddress)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Getsockname.FUNCTION, fd, sockaddr, lengthAddress));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("getsockname(2)", t);
        }
    }

    /**
     * Sets a socket option. Source: setsockopt(2), socket(7), ip(7), ipv6(7), udp(7).
     *
     * @param fd     the descriptor
     * @param level  SOL_SOCKET, IPPROTO_IP and the like
     * @param name   the option
     * @param value  address of its value
     * @param length length of the value
     * @return 0, or {@code -errno}
     */
    public int setsockopt(final int fd, final int level, final int name, final long value, final int length)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Setsockopt.FUNCTION, fd, level, name, value, length, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("setsockopt(2)", t);
        }
    }

    /**
     * Reads a socket option. Source: getsockopt(2), socket(7), ip(7), ipv6(7), udp(7).
     *
     * @param fd            the descriptor
     * @param level         SOL_SOCKET, IPPROTO_IP and the like
     * @param name          the option
     * @param value         address of room for its value
     * @param lengthAddress address of an int: the room before, the length after
     * @return 0, or {@code -errno}
     */
    public int getsockopt(final int fd, final int level, final int name, final long value, final long lengthAddress)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Getsockopt.FUNCTION, fd, level, name, value, lengthAddress, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("getsockopt(2)", t);
        }
    }

    /**
     * Makes a descriptor that one thread writes to in order to wake another. Source: eventfd(2).
     *
     * @param initial the counter's first value
     * @param flags   EFD_CLOEXEC, EFD_NONBLOCK
     * @return a descriptor, or {@code -errno}
     */
    public int eventfd(final int initial, final int flags)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Eventfd.FUNCTION, initial, flags, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("eventfd(2)", t);
        }
    }

    /**
     * Moves the calling thread into namespaces of its own. Source: unshare(2).
     *
     * @param flags CLONE_NEWNET, CLONE_NEWUSER, CLONE_NEWNS
     * @return 0, or {@code -errno}
     */
    public int unshare(final int flags)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Unshare.FUNCTION, flags, 0, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("unshare(2)", t);
        }
    }

    /**
     * Moves the calling thread into a namespace. Source: setns(2).
     *
     * @param fd   of a namespace, as in {@code /proc/thread-self/ns}
     * @param type CLONE_NEWNET and the like; 0 for any
     * @return 0, or {@code -errno}
     */
    public int setns(final int fd, final int type)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Setns.FUNCTION, fd, type, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("setns(2)", t);
        }
    }

    /**
     * Sets how a thread is scheduled. By its number, since glibc has had a function for it only since 2.41.
     * Source: sched_setattr(2), {@code include/uapi/asm-generic/unistd.h}, {@code arch/x86/entry/syscalls/syscall_64.tbl}.
     *
     * @param thread     its number (gettid(2)), or 0 for the calling one
     * @param attributes address of a {@code struct sched_attr}
     * @return 0, or {@code -errno}
     */
    public int sched_setattr(final int thread, final long attributes)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Syscall.FUNCTION, SCHED_SETATTR, thread, attributes, 0, 0, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("sched_setattr(2)", t);
        }
    }

    /**
     * Maps memory. Source: mmap(2).
     *
     * @param address    a wish, or 0
     * @param length     in bytes
     * @param protection PROT_READ and the like
     * @param flags      MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS
     * @param fd         the file's descriptor, or -1
     * @param offset     where in the file; a multiple of the page size
     * @return its address, or {@code -errno}
     */
    public long mmap(
        final long address,
        final long length,
        final int protection,
        final int flags,
        final int fd,
        final long offset)
    {
        try
        {
            return result(call(SystemCallAddresses.Mmap.FUNCTION, address, length, protection, flags, fd, offset));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("mmap(2)", t);
        }
    }

    /**
     * Unmaps memory. Nothing may use it any more. Source: munmap(2).
     *
     * @param address of the mapping
     * @param length  in bytes
     * @return 0, or {@code -errno}
     */
    public int munmap(final long address, final long length)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Munmap.FUNCTION, address, length, 0));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("munmap(2)", t);
        }
    }

    /**
     * Changes what may be done with mapped memory. Source: mprotect(2).
     *
     * @param address    at a page's beginning
     * @param length     in bytes
     * @param protection PROT_NONE and the like
     * @return 0, or {@code -errno}
     */
    public int mprotect(final long address, final long length, final int protection)
    {
        try
        {
            return result((int)call(SystemCallAddresses.Mprotect.FUNCTION, address, length, protection));
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("mprotect(2)", t);
        }
    }
}
