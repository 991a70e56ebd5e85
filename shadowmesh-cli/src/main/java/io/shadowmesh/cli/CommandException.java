package io.shadowmesh.cli;

/** A command cannot go on: one line that says what to do, and the exit status that goes with it. */
public final class CommandException extends RuntimeException
{
    /** The command line is wrong. */
    public static final int USAGE = 2;

    /** The command line is right, and the machine, a file or the network is not. */
    public static final int FAILURE = 1;

    private static final long serialVersionUID = 1L;

    private final int exitStatus;

    private CommandException(final int exitStatus, final String message, final Throwable cause)
    {
        super(message, cause);
        this.exitStatus = exitStatus;
    }

    /**
     * The command line is wrong.
     *
     * @param message one line that says what to do.
     * @return an exception that ends the process with status 2.
     */
    public static CommandException usage(final String message)
    {
        return new CommandException(USAGE, message, null);
    }

    /**
     * Something other than the command line is wrong.
     *
     * @param message one line that says what to do.
     * @return an exception that ends the process with status 1.
     */
    public static CommandException failure(final String message)
    {
        return new CommandException(FAILURE, message, null);
    }

    /**
     * Something other than the command line is wrong.
     *
     * @param message one line that says what to do.
     * @param cause   what was thrown, for {@code --debug}.
     * @return an exception that ends the process with status 1.
     */
    public static CommandException failure(final String message, final Throwable cause)
    {
        return new CommandException(FAILURE, message, cause);
    }

    /**
     * Which exit status ends the process.
     *
     * @return {@link #USAGE} or {@link #FAILURE}.
     */
    public int exitStatus()
    {
        return exitStatus;
    }
}
