package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A network namespace: interfaces, addresses, routes and ports of its own.
 *
 * <p>On Linux a thread, not a process, is in a namespace. Threads and child processes that it starts are born into the
 * same one, so {@link #call} runs work on a thread of this namespace, and {@link #start} a process.
 *
 * <p>It lives as long as anything is in it or holds it open: this object, a thread, a process, a socket. Then the
 * kernel removes it with the devices in it; there is nothing to clean up. Nothing of it shows in {@code /run/netns}.
 *
 * <p><b>Threading:</b> any thread.
 *
 * <p>Source: network_namespaces(7), unshare(2), setns(2).
 */
public final class NetworkNamespace implements AutoCloseable
{
    private static final Path CURRENT = Path.of("/proc/thread-self/ns/net");

    private final int fd;
    private ExecutorService worker;
    private Thread workerThread;
    private boolean closed;

    private NetworkNamespace(final int fd)
    {
        this.fd = fd;
    }

    /**
     * Work that returns something.
     *
     * @param <T> what it returns.
     * @param <E> what it throws.
     */
    @FunctionalInterface
    public interface Work<T, E extends Exception>
    {
        /**
         * Does it.
         *
         * @return its result.
         * @throws E if it fails.
         */
        T perform() throws E;
    }

    /**
     * Work that returns nothing.
     *
     * @param <E> what it throws.
     */
    @FunctionalInterface
    public interface Task<E extends Exception>
    {
        /**
         * Does it.
         *
         * @throws E if it fails.
         */
        void perform() throws E;
    }

    /**
     * Makes a namespace, empty but for a loopback interface that is down. The calling thread stays where it is.
     *
     * @return the namespace.
     * @throws DeviceException if that is not allowed ({@link Errno#EPERM}: it needs CAP_SYS_ADMIN).
     */
    public static NetworkNamespace create() throws DeviceException
    {
        final DeviceException[] failure = new DeviceException[1];
        final NetworkNamespace[] made = new NetworkNamespace[1];
        final Thread maker = new Thread(
            () ->
            {
                try
                {
                    enterNew();
                    made[0] = current();
                }
                catch (final DeviceException e)
                {
                    failure[0] = e;
                }
            },
            "netns-create");
        maker.start();
        boolean interrupted = false;
        while (maker.isAlive())
        {
            try
            {
                maker.join();
            }
            catch (final InterruptedException e)
            {
                interrupted = true;
            }
        }
        if (interrupted)
        {
            Thread.currentThread().interrupt();
        }
        if (failure[0] != null)
        {
            throw failure[0];
        }
        return made[0];
    }

    /**
     * Takes the calling thread, and whatever it starts from then on, into a new namespace.
     *
     * @throws DeviceException       if that is not allowed.
     * @throws IllegalStateException on a virtual thread, which has no namespace of its own.
     */
    public static void enterNew() throws DeviceException
    {
        checkPlatformThread();
        try (Arena scratch = Arena.ofConfined())
        {
            final int result = new SystemCalls(scratch).unshare(Linux.CLONE_NEWNET());
            if (result < 0)
            {
                throw createFailure(-result);
            }
        }
    }

    static DeviceException createFailure(final int errno)
    {
        return errno == Errno.EPERM ?
            new DeviceException("not allowed to make a network namespace: run as root (in a container, with" +
                " CAP_SYS_ADMIN), or inside a user namespace (unshare -Ur)", errno) :
            new DeviceException("unshare(CLONE_NEWNET): " + Errno.describe(errno), errno);
    }

    /**
     * The calling thread's namespace.
     *
     * @return the namespace, held open until it is closed.
     * @throws DeviceException if the kernel has none.
     */
    public static NetworkNamespace current() throws DeviceException
    {
        return open(CURRENT);
    }

    /**
     * A namespace by its file, such as {@code /proc/PID/ns/net} or {@code /run/netns/NAME}.
     *
     * @param file of the namespace.
     * @return the namespace, held open until it is closed.
     * @throws DeviceException if there is none, or it is not for us.
     */
    public static NetworkNamespace open(final Path file) throws DeviceException
    {
        try (Arena scratch = Arena.ofConfined())
        {
            final int fd = new SystemCalls(scratch).open(
                scratch.allocateFrom(file.toString()), Linux.O_RDONLY() | Linux.O_CLOEXEC(), 0);
            if (fd < 0)
            {
                throw new DeviceException("cannot open the network namespace " + file + ": " + Errno.describe(-fd),
                    -fd);
            }
            return new NetworkNamespace(fd);
        }
    }

    /**
     * Tells the descriptor that holds the namespace.
     *
     * @return the descriptor, valid until this is closed.
     */
    public int fileDescriptor()
    {
        return fd;
    }

    /**
     * Takes the calling thread, and whatever it starts from then on, into this namespace.
     *
     * @throws DeviceException       if that is not allowed.
     * @throws IllegalStateException on a virtual thread, which has no namespace of its own.
     */
    public void enter() throws DeviceException
    {
        checkPlatformThread();
        try (Arena scratch = Arena.ofConfined())
        {
            final int result = new SystemCalls(scratch).setns(fd, Linux.CLONE_NEWNET());
            if (result < 0)
            {
                throw new DeviceException("setns(CLONE_NEWNET): " + Errno.describe(-result), -result);
            }
        }
    }

    private static void checkPlatformThread()
    {
        if (Thread.currentThread().isVirtual())
        {
            throw new IllegalStateException("a virtual thread cannot change its network namespace");
        }
    }

    /**
     * Runs work on a thread of this namespace, one piece after the other, and waits for it. Threads that the work
     * starts are in the namespace too: a whole tunnel can be started so.
     *
     * @param work to do.
     * @param <T>  what it returns.
     * @param <E>  what it throws.
     * @return its result.
     * @throws E           what the work throws.
     * @throws IOException if the namespace cannot be entered, or the wait was interrupted.
     */
    public <T, E extends Exception> T call(final Work<T, E> work) throws E, IOException
    {
        final ExecutorService thread = worker();
        if (thread == null)
        {
            return work.perform();
        }
        try
        {
            return thread.submit(work::perform).get();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while work ran in another network namespace");
        }
        catch (final ExecutionException e)
        {
            throw NetworkNamespace.<E>thrownBy(e.getCause());
        }
    }

    /**
     * Runs work on a thread of this namespace, as {@link #call} does.
     *
     * @param task to do.
     * @param <E>  what it throws.
     * @throws E           what the work throws.
     * @throws IOException if the namespace cannot be entered, or the wait was interrupted.
     */
    public <E extends Exception> void run(final Task<E> task) throws E, IOException
    {
        this.<Void, E>call(
            () ->
            {
                task.perform();
                return null;
            });
    }

    /**
     * Starts a process in this namespace.
     *
     * @param command to start.
     * @return the process.
     * @throws IOException if it cannot be started.
     */
    public Process start(final ProcessBuilder command) throws IOException
    {
        return call(command::start);
    }

    /** The work's own exception, or an unchecked one. */
    @SuppressWarnings("unchecked")
    private static <E extends Exception> E thrownBy(final Throwable cause)
    {
        if (cause instanceof final Error error)
        {
            throw error;
        }
        return (E)cause;
    }

    /** The executor of this namespace's thread, or null if that is the calling one. */
    private synchronized ExecutorService worker() throws DeviceException
    {
        if (Thread.currentThread() == workerThread)
        {
            return null;
        }
        if (closed)
        {
            throw new IllegalStateException("the network namespace is closed");
        }
        if (worker == null)
        {
            worker = enteredThread();
        }
        return worker;
    }

    private ExecutorService enteredThread() throws DeviceException
    {
        final ExecutorService thread = Executors.newSingleThreadExecutor(
            (task) ->
            {
                workerThread = new Thread(task, "netns-" + fd);
                workerThread.setDaemon(true);
                return workerThread;
            });
        boolean entered = false;
        try
        {
            thread.submit(
                () ->
                {
                    enter();
                    return null;
                }).get();
            entered = true;
            return thread;
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new DeviceException("interrupted while entering a network namespace", Errno.EINTR);
        }
        catch (final ExecutionException e)
        {
            throw NetworkNamespace.<DeviceException>thrownBy(e.getCause());
        }
        finally
        {
            if (!entered)
            {
                thread.shutdown();
            }
        }
    }

    /** Lets go of the namespace. Work that runs in it is not disturbed; again does nothing. */
    @Override
    public synchronized void close()
    {
        if (!closed)
        {
            closed = true;
            if (worker != null)
            {
                worker.shutdown();
            }
            try (Arena scratch = Arena.ofConfined())
            {
                new SystemCalls(scratch).close(fd);
            }
        }
    }
}
