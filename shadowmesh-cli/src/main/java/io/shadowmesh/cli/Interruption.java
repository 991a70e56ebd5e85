package io.shadowmesh.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Ctrl-C, or SIGTERM, as the way to say "enough" to a command that then still has something to write: its exit status is
 * the command's own, not the JVM's 130.
 *
 * <p><b>Threading:</b> the main thread makes it and calls {@link #exit}; the JVM runs the hook.
 */
final class Interruption
{
    private static final long PATIENCE_SECONDS = 15;

    private final CountDownLatch done = new CountDownLatch(1);
    private final Runnable enough;
    private final Thread hook = new Thread(this::end, "interruption");
    private volatile int status = CommandException.FAILURE;

    /** From now on an interruption runs the task, and waits for {@link #exit}. */
    Interruption(final Runnable enough)
    {
        this.enough = enough;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** The command is done: returns its status, or ends the process with it where that was interrupted. */
    int exit(final int exitStatus)
    {
        status = exitStatus;
        done.countDown();
        try
        {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
        catch (final IllegalStateException e)
        {
            while (true)
            {
                LockSupport.park(this);
            }
        }
        return exitStatus;
    }

    private void end()
    {
        enough.run();
        try
        {
            if (!done.await(PATIENCE_SECONDS, TimeUnit.SECONDS))
            {
                status = CommandException.FAILURE;
            }
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
        System.out.flush();
        Runtime.getRuntime().halt(status);
    }
}
