package io.shadowmesh.dataplane.device;

import io.shadowmesh.ffi.Errno;

import java.io.IOException;

/**
 * A device or a socket could not be set up. The message is one line that says what to do; the error number lets the
 * caller tell the cases apart, for example {@link Errno#EADDRNOTAVAIL} of a bind.
 */
public final class DeviceException extends IOException
{
    private static final long serialVersionUID = 1L;

    /** What the kernel answered. */
    private final int errno;

    /**
     * A failed call.
     *
     * @param message one line: what failed, and what to do about it.
     * @param errno   what the kernel answered, positive; 0 if it was not asked.
     */
    public DeviceException(final String message, final int errno)
    {
        super(message);
        this.errno = errno;
    }

    static DeviceException of(final String call, final String subject, final int errno)
    {
        final String remedy = errno == Errno.EMFILE ? ": raise the limit of open files (ulimit -n)" : "";
        return new DeviceException(call + "(" + subject + "): " + Errno.describe(errno) + remedy, errno);
    }

    /**
     * Tells what the kernel answered.
     *
     * @return a positive error number, or 0 if the kernel was not asked.
     */
    public int errno()
    {
        return errno;
    }
}
