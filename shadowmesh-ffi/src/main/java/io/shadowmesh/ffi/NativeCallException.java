package io.shadowmesh.ffi;

import java.io.IOException;

/** A system call outside the data path failed: which, on what, and why. */
public class NativeCallException extends IOException
{
    private static final long serialVersionUID = 1L;

    /** The call's name. */
    private final String call;

    /** What it was about. */
    private final String argument;

    /** Why it failed. */
    private final int errno;

    /**
     * Describes a failure as {@code bind(192.0.2.1:9443): EADDRINUSE (address already in use)}.
     *
     * @param call     the call's name, such as {@code bind}, or an ioctl's request.
     * @param argument what it was about, for people; may be empty.
     * @param errno    positive, as errno has it.
     */
    public NativeCallException(final String call, final String argument, final int errno)
    {
        super(call + "(" + argument + "): " + Errno.describe(errno));
        this.call = call;
        this.argument = argument;
        this.errno = errno;
    }

    /**
     * Passes a call's result on, and throws where it is {@code -errno}.
     *
     * @param result   of a call of {@link SystemCalls}.
     * @param call     the call's name.
     * @param argument what it was about, for people.
     * @return the result, which is not negative.
     * @throws NativeCallException if the call failed.
     */
    public static int check(final int result, final String call, final String argument) throws NativeCallException
    {
        if (result < 0)
        {
            throw new NativeCallException(call, argument, -result);
        }
        return result;
    }

    /**
     * Passes a call's result on, and throws where it is {@code -errno}.
     *
     * @param result   of a call of {@link SystemCalls}.
     * @param call     the call's name.
     * @param argument what it was about, for people.
     * @return the result, which is not negative.
     * @throws NativeCallException if the call failed.
     */
    public static long check(final long result, final String call, final String argument) throws NativeCallException
    {
        if (result < 0)
        {
            throw new NativeCallException(call, argument, (int)-result);
        }
        return result;
    }

    /**
     * The call that failed.
     *
     * @return its name.
     */
    public String call()
    {
        return call;
    }

    /**
     * What the call was about.
     *
     * @return a text for people.
     */
    public String argument()
    {
        return argument;
    }

    /**
     * Why the call failed.
     *
     * @return errno, positive.
     */
    public int errno()
    {
        return errno;
    }
}
