package io.shadowmesh.ffi;

import io.shadowmesh.ffi.linux.Linux;
import java.util.HashMap;
import java.util.Map;

/** What errno says: numbers from the generated bindings, with names and texts for people. Source: errno(3). */
public final class Errno
{
    /** Operation not permitted. */
    public static final int EPERM = Linux.EPERM();

    /** No such file or directory. */
    public static final int ENOENT = Linux.ENOENT();

    /** No such process. */
    public static final int ESRCH = Linux.ESRCH();

    /** Interrupted by a signal. */
    public static final int EINTR = Linux.EINTR();

    /** Input/output error. */
    public static final int EIO = Linux.EIO();

    /** No such device or address. */
    public static final int ENXIO = Linux.ENXIO();

    /** Argument list too long. */
    public static final int E2BIG = Linux.E2BIG();

    /** Bad file descriptor. */
    public static final int EBADF = Linux.EBADF();

    /** Try again. */
    public static final int EAGAIN = Linux.EAGAIN();

    /** Out of memory. */
    public static final int ENOMEM = Linux.ENOMEM();

    /** Permission denied. */
    public static final int EACCES = Linux.EACCES();

    /** Bad address. */
    public static final int EFAULT = Linux.EFAULT();

    /** Device or resource busy. */
    public static final int EBUSY = Linux.EBUSY();

    /** Already exists. */
    public static final int EEXIST = Linux.EEXIST();

    /** No such device. */
    public static final int ENODEV = Linux.ENODEV();

    /** Not a directory. */
    public static final int ENOTDIR = Linux.ENOTDIR();

    /** Is a directory. */
    public static final int EISDIR = Linux.EISDIR();

    /** Invalid argument. */
    public static final int EINVAL = Linux.EINVAL();

    /** Too many open files in the system. */
    public static final int ENFILE = Linux.ENFILE();

    /** Too many open files. */
    public static final int EMFILE = Linux.EMFILE();

    /** Not a device for this request. */
    public static final int ENOTTY = Linux.ENOTTY();

    /** File too large. */
    public static final int EFBIG = Linux.EFBIG();

    /** No space left. */
    public static final int ENOSPC = Linux.ENOSPC();

    /** Cannot seek. */
    public static final int ESPIPE = Linux.ESPIPE();

    /** Read-only file system. */
    public static final int EROFS = Linux.EROFS();

    /** Broken pipe. */
    public static final int EPIPE = Linux.EPIPE();

    /** Result out of range. */
    public static final int ERANGE = Linux.ERANGE();

    /** Name too long. */
    public static final int ENAMETOOLONG = Linux.ENAMETOOLONG();

    /** Not implemented. */
    public static final int ENOSYS = Linux.ENOSYS();

    /** Protocol error. */
    public static final int EPROTO = Linux.EPROTO();

    /** Value too large. */
    public static final int EOVERFLOW = Linux.EOVERFLOW();

    /** Descriptor in a bad state. */
    public static final int EBADFD = Linux.EBADFD();

    /** Too many users. */
    public static final int EUSERS = Linux.EUSERS();

    /** Not a socket. */
    public static final int ENOTSOCK = Linux.ENOTSOCK();

    /** Destination address required. */
    public static final int EDESTADDRREQ = Linux.EDESTADDRREQ();

    /** Message too long. */
    public static final int EMSGSIZE = Linux.EMSGSIZE();

    /** Wrong protocol for the socket's type. */
    public static final int EPROTOTYPE = Linux.EPROTOTYPE();

    /** No such protocol option. */
    public static final int ENOPROTOOPT = Linux.ENOPROTOOPT();

    /** Protocol not supported. */
    public static final int EPROTONOSUPPORT = Linux.EPROTONOSUPPORT();

    /** Socket type not supported. */
    public static final int ESOCKTNOSUPPORT = Linux.ESOCKTNOSUPPORT();

    /** Operation not supported. */
    public static final int EOPNOTSUPP = Linux.EOPNOTSUPP();

    /** Address family not supported. */
    public static final int EAFNOSUPPORT = Linux.EAFNOSUPPORT();

    /** Address already in use. */
    public static final int EADDRINUSE = Linux.EADDRINUSE();

    /** Address not available on this machine. */
    public static final int EADDRNOTAVAIL = Linux.EADDRNOTAVAIL();

    /** Network is down. */
    public static final int ENETDOWN = Linux.ENETDOWN();

    /** Network is unreachable. */
    public static final int ENETUNREACH = Linux.ENETUNREACH();

    /** Connection dropped by the network. */
    public static final int ENETRESET = Linux.ENETRESET();

    /** Connection aborted. */
    public static final int ECONNABORTED = Linux.ECONNABORTED();

    /** Connection reset by the peer. */
    public static final int ECONNRESET = Linux.ECONNRESET();

    /** No buffer space. */
    public static final int ENOBUFS = Linux.ENOBUFS();

    /** Already connected. */
    public static final int EISCONN = Linux.EISCONN();

    /** Not connected. */
    public static final int ENOTCONN = Linux.ENOTCONN();

    /** Timed out. */
    public static final int ETIMEDOUT = Linux.ETIMEDOUT();

    /** Connection refused. */
    public static final int ECONNREFUSED = Linux.ECONNREFUSED();

    /** Host is down. */
    public static final int EHOSTDOWN = Linux.EHOSTDOWN();

    /** Host is unreachable. */
    public static final int EHOSTUNREACH = Linux.EHOSTUNREACH();

    /** Already in progress. */
    public static final int EALREADY = Linux.EALREADY();

    /** Now in progress. */
    public static final int EINPROGRESS = Linux.EINPROGRESS();

    private static final Map<Integer, String> TEXTS = new HashMap<>();

    static
    {
        TEXTS.put(EPERM, "EPERM (operation not permitted)");
        TEXTS.put(ENOENT, "ENOENT (no such file or directory)");
        TEXTS.put(ESRCH, "ESRCH (no such process)");
        TEXTS.put(EINTR, "EINTR (interrupted by a signal)");
        TEXTS.put(EIO, "EIO (input/output error)");
        TEXTS.put(ENXIO, "ENXIO (no such device or address)");
        TEXTS.put(E2BIG, "E2BIG (argument list too long)");
        TEXTS.put(EBADF, "EBADF (bad file descriptor)");
        TEXTS.put(EAGAIN, "EAGAIN (try again)");
        TEXTS.put(ENOMEM, "ENOMEM (out of memory)");
        TEXTS.put(EACCES, "EACCES (permission denied)");
        TEXTS.put(EFAULT, "EFAULT (bad address)");
        TEXTS.put(EBUSY, "EBUSY (device or resource busy)");
        TEXTS.put(EEXIST, "EEXIST (already exists)");
        TEXTS.put(ENODEV, "ENODEV (no such device)");
        TEXTS.put(ENOTDIR, "ENOTDIR (not a directory)");
        TEXTS.put(EISDIR, "EISDIR (is a directory)");
        TEXTS.put(EINVAL, "EINVAL (invalid argument)");
        TEXTS.put(ENFILE, "ENFILE (too many open files in the system)");
        TEXTS.put(EMFILE, "EMFILE (too many open files)");
        TEXTS.put(ENOTTY, "ENOTTY (not a device for this request)");
        TEXTS.put(EFBIG, "EFBIG (file too large)");
        TEXTS.put(ENOSPC, "ENOSPC (no space left)");
        TEXTS.put(ESPIPE, "ESPIPE (cannot seek)");
        TEXTS.put(EROFS, "EROFS (read-only file system)");
        TEXTS.put(EPIPE, "EPIPE (broken pipe)");
        TEXTS.put(ERANGE, "ERANGE (result out of range)");
        TEXTS.put(ENAMETOOLONG, "ENAMETOOLONG (name too long)");
        TEXTS.put(ENOSYS, "ENOSYS (not implemented)");
        TEXTS.put(EPROTO, "EPROTO (protocol error)");
        TEXTS.put(EOVERFLOW, "EOVERFLOW (value too large)");
        TEXTS.put(EBADFD, "EBADFD (descriptor in a bad state)");
        TEXTS.put(EUSERS, "EUSERS (too many users)");
        TEXTS.put(ENOTSOCK, "ENOTSOCK (not a socket)");
        TEXTS.put(EDESTADDRREQ, "EDESTADDRREQ (destination address required)");
        TEXTS.put(EMSGSIZE, "EMSGSIZE (message too long)");
        TEXTS.put(EPROTOTYPE, "EPROTOTYPE (wrong protocol for the socket's type)");
        TEXTS.put(ENOPROTOOPT, "ENOPROTOOPT (no such protocol option)");
        TEXTS.put(EPROTONOSUPPORT, "EPROTONOSUPPORT (protocol not supported)");
        TEXTS.put(ESOCKTNOSUPPORT, "ESOCKTNOSUPPORT (socket type not supported)");
        TEXTS.put(EOPNOTSUPP, "EOPNOTSUPP (operation not supported)");
        TEXTS.put(EAFNOSUPPORT, "EAFNOSUPPORT (address family not supported)");
        TEXTS.put(EADDRINUSE, "EADDRINUSE (address already in use)");
        TEXTS.put(EADDRNOTAVAIL, "EADDRNOTAVAIL (address not available on this machine)");
        TEXTS.put(ENETDOWN, "ENETDOWN (network is down)");
        TEXTS.put(ENETUNREACH, "ENETUNREACH (network is unreachable)");
        TEXTS.put(ENETRESET, "ENETRESET (connection dropped by the network)");
        TEXTS.put(ECONNABORTED, "ECONNABORTED (connection aborted)");
        TEXTS.put(ECONNRESET, "ECONNRESET (connection reset by the peer)");
        TEXTS.put(ENOBUFS, "ENOBUFS (no buffer space)");
        TEXTS.put(EISCONN, "EISCONN (already connected)");
        TEXTS.put(ENOTCONN, "ENOTCONN (not connected)");
        TEXTS.put(ETIMEDOUT, "ETIMEDOUT (timed out)");
        TEXTS.put(ECONNREFUSED, "ECONNREFUSED (connection refused)");
        TEXTS.put(EHOSTDOWN, "EHOSTDOWN (host is down)");
        TEXTS.put(EHOSTUNREACH, "EHOSTUNREACH (host is unreachable)");
        TEXTS.put(EALREADY, "EALREADY (already in progress)");
        TEXTS.put(EINPROGRESS, "EINPROGRESS (now in progress)");
    }

    private Errno()
    {
    }

    /**
     * Says what an errno means.
     *
     * @param errno positive, as errno has it.
     * @return such as {@code EADDRINUSE (address already in use)}; a number that we do not know stays a number.
     */
    public static String describe(final int errno)
    {
        final String text = TEXTS.get(errno);
        return text != null ? text : "errno " + errno;
    }
}
