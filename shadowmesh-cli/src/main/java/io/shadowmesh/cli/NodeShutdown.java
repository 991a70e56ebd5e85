package io.shadowmesh.cli;

import io.shadowmesh.dataplane.Tunnel;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends a node with status 0 when it is told to stop, which the JVM alone answers with 143.
 *
 * <p><b>Threading:</b> the main thread installs, watches and uninstalls; the JVM runs the hook.
 */
final class NodeShutdown
{
    private static final System.Logger LOG = System.getLogger("io.shadowmesh.node");
    private static final Duration PATIENCE = Duration.ofMillis(900);

    private final Thread hook = new Thread(this::end, "shutdown");
    private final ServiceNotice notice;
    private volatile Tunnel tunnel;

    NodeShutdown()
    {
        this(ServiceNotice.of(Map.of(), 0));
    }

    /** The service manager hears of the end. */
    NodeShutdown(final ServiceNotice notice)
    {
        this.notice = notice;
    }

    /** From now on SIGTERM and SIGINT end the process with status 0, and SIGHUP until {@link HangUp} takes it. */
    void install()
    {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** The end of a stream is from now on as good as a SIGTERM. */
    void follow(final InputStream stream)
    {
        final Thread reader = new Thread(() ->
        {
            try
            {
                while (stream.read() >= 0)
                {
                    continue;
                }
            }
            catch (final IOException e)
            {
                LOG.log(System.Logger.Level.DEBUG, "the input broke", e);
            }
            System.exit(0);
        }, "input");
        reader.setDaemon(true);
        reader.start();
    }

    /** Which tunnel to close. */
    void watch(final Tunnel running)
    {
        tunnel = running;
    }

    /** Lets the process end in its own way; where it has been told to stop this never returns. */
    void uninstall()
    {
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
    }

    private void end()
    {
        notice.stopping();
        final Tunnel running = tunnel;
        if (running != null)
        {
            LOG.log(System.Logger.Level.INFO, "stopping");
            final Thread closer = new Thread(running::close, "close");
            closer.setDaemon(true);
            closer.start();
            try
            {
                if (!closer.join(PATIENCE))
                {
                    LOG.log(System.Logger.Level.WARNING, "the tunnel did not close in time");
                }
            }
            catch (final InterruptedException e)
            {
                Thread.currentThread().interrupt();
            }
        }
        // A hook that returns leaves the JVM to exit with 143.
        Runtime.getRuntime().halt(0);
    }
}
