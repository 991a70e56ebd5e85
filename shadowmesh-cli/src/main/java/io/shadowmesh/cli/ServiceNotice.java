package io.shadowmesh.cli;

import io.shadowmesh.dataplane.Tunnel;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.host.ServiceSocket;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * What the service manager that has started a node hears of it: that it is ready, reloading or stopping, and, where the
 * manager wants it, that it is still alive. Without a manager nothing is said.
 *
 * <p>Source: sd_notify(3), systemd.service(5).
 *
 * <p><b>Threading:</b> any.
 */
final class ServiceNotice
{
    private static final System.Logger LOG = System.getLogger("io.shadowmesh.node");

    private static final long LONGEST_PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LONGEST_RETRY_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int TIMES = 4;

    private final ServiceSocket socket;
    private final long watchdogNs;

    private ServiceNotice(final ServiceSocket socket, final long watchdogNs)
    {
        this.socket = socket;
        this.watchdogNs = watchdogNs;
    }

    /** The manager that this process's environment names, if any. */
    static ServiceNotice ofEnvironment()
    {
        return of(System.getenv(), ProcessHandle.current().pid());
    }

    static ServiceNotice of(final Map<String, String> environment, final long pid)
    {
        final String name = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (name.isEmpty())
        {
            return new ServiceNotice(null, 0);
        }
        try
        {
            final String watched = environment.getOrDefault("WATCHDOG_PID", "");
            final String micros = environment.getOrDefault("WATCHDOG_USEC", "");
            final boolean isOurs = watched.isEmpty() || Long.parseLong(watched) == pid;
            return new ServiceNotice(new ServiceSocket(name),
                isOurs && !micros.isEmpty() ? TimeUnit.MICROSECONDS.toNanos(Long.parseLong(micros)) : 0);
        }
        catch (final IllegalArgumentException e)
        {
            LOG.log(System.Logger.Level.WARNING, "the service manager is told nothing: " + Diagnosis.oneLine(e));
            return new ServiceNotice(null, 0);
        }
    }

    /** The node works: at its start, and after {@link #reloading}. */
    void ready()
    {
        send("READY=1");
    }

    /** The same, with a line for people. */
    void ready(final String status)
    {
        send("READY=1\nSTATUS=" + status);
    }

    /** The peers are being read again. */
    void reloading()
    {
        // The JVM's clock on Linux, CLOCK_MONOTONIC, is the one that the manager wants.
        send("RELOADING=1\nMONOTONIC_USEC=" + TimeUnit.NANOSECONDS.toMicros(System.nanoTime()));
    }

    /** The node has been told to stop. */
    void stopping()
    {
        send("STOPPING=1");
    }

    /** Tells four times in the manager's time that the tunnel's threads do their work, for as long as they do. */
    void watch(final Tunnel tunnel)
    {
        if (watchdogNs > 0)
        {
            final Thread thread = new Thread(() -> tellAlive(tunnel::isResponsive), "watchdog");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Until its thread is interrupted. */
    void tellAlive(final Predicate<Duration> probe)
    {
        final Duration patience = Duration.ofNanos(Math.min(LONGEST_PATIENCE_NS, watchdogNs / TIMES));
        boolean wasAlive = true;
        while (!Thread.currentThread().isInterrupted())
        {
            final boolean isAlive = probe.test(patience);
            if (isAlive)
            {
                send("WATCHDOG=1");
            }
            else if (wasAlive)
            {
                LOG.log(System.Logger.Level.WARNING, "the tunnel's threads do not answer: the service manager is not told " +
                    "that they are alive, until they do");
            }
            wasAlive = isAlive;
            LockSupport.parkNanos(pauseNs(isAlive));
        }
    }

    /** After a probe that was not answered the next one follows soon: one stall alone lets no time run out. */
    long pauseNs(final boolean isAlive)
    {
        return isAlive ? watchdogNs / TIMES : Math.min(LONGEST_RETRY_NS, watchdogNs / TIMES);
    }

    private void send(final String message)
    {
        if (socket == null)
        {
            return;
        }
        try
        {
            socket.send(message);
        }
        catch (final DeviceException e)
        {
            LOG.log(System.Logger.Level.WARNING, Diagnosis.oneLine(e));
        }
    }
}
