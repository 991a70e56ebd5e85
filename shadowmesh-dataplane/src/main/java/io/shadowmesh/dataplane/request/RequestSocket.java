package io.shadowmesh.dataplane.request;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The Unix-domain socket at which a running node answers requests, each by the handler of its name.
 *
 * <p><b>Threading:</b> any thread registers and closes; one daemon thread accepts, and each request is answered on a
 * daemon thread of its own, of which there are {@value #MOST_CLIENTS} at most.
 */
public final class RequestSocket implements AutoCloseable
{
    /** How many requests are answered at a time; those who come then are told to come again. */
    public static final int MOST_CLIENTS = 8;

    private static final Logger LOGGER = System.getLogger(RequestSocket.class.getName());
    private static final String OWNER_ONLY = "rw-------";
    private static final String OWNERS_FOLDER = "rwx------";
    private static final long REQUEST_PATIENCE_NS = TimeUnit.SECONDS.toNanos(Connection.PATIENCE_SECONDS);
    private static final long END_PATIENCE_MS = 500;
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Map<String, RequestHandler> handlers = new ConcurrentHashMap<>();
    private final Map<Thread, Connection> clients = new ConcurrentHashMap<>();
    private final ServerSocketChannel server;
    private final ClientSource source;
    private final Path path;
    private final Object fileKey;
    private final Thread acceptor = new Thread(this::accept, "shadowmesh-requests");
    private volatile boolean closed;

    private RequestSocket(
        final ServerSocketChannel server, final ClientSource source, final Path path) throws IOException
    {
        this.server = server;
        this.source = source;
        this.path = path;
        this.fileKey = fileKey(path);
        acceptor.setDaemon(true);
    }

    /**
     * Binds the socket, for its owner alone, and begins to answer. One that a dead node has left there is replaced.
     *
     * @param path of it, whose folder is there.
     * @return the open socket.
     * @throws IOException when another process answers there, when something else lies there, or when it cannot be
     *                     bound; the message says what to do.
     */
    public static RequestSocket open(final Path path) throws IOException
    {
        return open(path, ClientSource.SYSTEM);
    }

    static RequestSocket open(final Path path, final ClientSource source) throws IOException
    {
        refuseIfTaken(path);
        final ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try
        {
            bind(server, path);
            final RequestSocket socket = new RequestSocket(server, source, path);
            socket.acceptor.start();
            return socket;
        }
        catch (final IOException | RuntimeException e)
        {
            server.close();
            throw new IOException("cannot make the control socket " + path + ": " +
                (null == e.getMessage() ? e.getClass().getSimpleName() : e.getMessage()), e);
        }
    }

    /**
     * Has requests of a name answered, from now on.
     *
     * @param name    the first word of their line.
     * @param handler to answer them; it replaces the one that was there.
     */
    public void on(final String name, final RequestHandler handler)
    {
        handlers.put(name, handler);
    }

    /**
     * Where it is.
     *
     * @return the path of the socket.
     */
    public Path path()
    {
        return path;
    }

    /**
     * Ends what is being answered, and removes the socket.
     */
    @Override
    public synchronized void close()
    {
        if (closed)
        {
            return;
        }
        closed = true;
        try
        {
            if (null != fileKey && fileKey.equals(fileKey(path)))
            {
                Files.deleteIfExists(path);
            }
            server.close();
        }
        catch (final IOException e)
        {
            LOGGER.log(Level.DEBUG, "the control socket " + path + " was not removed", e);
        }
        // Interrupting first lets a handler stop its work; the connection goes with its thread.
        clients.keySet().forEach(Thread::interrupt);
        final long deadlineMs = System.nanoTime() / 1_000_000 + END_PATIENCE_MS;
        for (final Thread client : clients.keySet())
        {
            join(client, deadlineMs - System.nanoTime() / 1_000_000);
        }
    }

    private static void join(final Thread thread, final long patienceMs)
    {
        try
        {
            if (patienceMs > 0 && Thread.currentThread() != thread)
            {
                thread.join(patienceMs);
            }
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
    }

    /** A socket that nobody answers at is a dead node's. */
    private static void refuseIfTaken(final Path path) throws IOException
    {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS))
        {
            return;
        }
        if (!Files.readAttributes(path, "*", LinkOption.NOFOLLOW_LINKS).get("isOther").equals(Boolean.TRUE))
        {
            throw new IOException(path + " is in the way of the control socket and is none: remove it");
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX))
        {
            probe.connect(UnixDomainSocketAddress.of(path));
        }
        catch (final IOException e)
        {
            return;
        }
        throw new IOException("the control socket " + path + " is already in use: another node answers there; " +
            "give this one another device, or another folder by --status-dir");
    }

    /** Nobody but the owner can connect at any moment: it is made in a folder of his alone, and moved from there. */
    private static void bind(final ServerSocketChannel server, final Path path) throws IOException
    {
        final Path absolute = path.toAbsolutePath();
        final Path folder = Files.createTempDirectory(
            absolute.getParent(), ".", PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString(OWNERS_FOLDER)));
        final Path made = folder.resolve("s");
        try
        {
            server.bind(UnixDomainSocketAddress.of(made));
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(OWNER_ONLY));
            Files.move(made, absolute, StandardCopyOption.ATOMIC_MOVE);
        }
        finally
        {
            Files.deleteIfExists(made);
            Files.deleteIfExists(folder);
        }
    }

    private static Object fileKey(final Path path) throws IOException
    {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS) ?
            Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey() : null;
    }

    /** Until the socket is closed. A client that cannot be taken, for want of descriptors or threads, is no reason. */
    private void accept()
    {
        boolean failing = false;
        while (!closed)
        {
            try
            {
                admit(source.accept(server));
                failing = false;
            }
            catch (final IOException | OutOfMemoryError e)
            {
                if (!server.isOpen())
                {
                    return;
                }
                LOGGER.log(
                    failing ? Level.DEBUG : Level.WARNING,
                    "the control socket {0} cannot take a client, and goes on trying: {1}", path, e.getMessage());
                failing = true;
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
    }

    /** A thread for the client; one that is too many gets it to be told so, unless too many of those are there too. */
    private void admit(final SocketChannel channel) throws IOException
    {
        boolean admitted = false;
        try
        {
            final int others = clients.size();
            if (others < 2 * MOST_CLIENTS)
            {
                start(source.connect(channel), others >= MOST_CLIENTS);
                admitted = true;
            }
        }
        finally
        {
            if (!admitted)
            {
                channel.close();
            }
        }
    }

    private void start(final Connection connection, final boolean isTooMany) throws IOException
    {
        final Thread thread = new Thread(() -> serve(connection, isTooMany), "shadowmesh-request");
        thread.setDaemon(true);
        clients.put(thread, connection);
        try
        {
            thread.start();
        }
        catch (final OutOfMemoryError e)
        {
            clients.remove(thread);
            connection.close();
            throw e;
        }
    }

    private void serve(final Connection connection, final boolean isTooMany)
    {
        try (connection)
        {
            final String line = connection.readLine(REQUEST_PATIENCE_NS);
            if (null != line && isTooMany)
            {
                tell(connection, "the node answers " + MOST_CLIENTS + " requests already; try again when one is done");
            }
            else if (null != line)
            {
                answer(line, connection);
            }
        }
        catch (final IOException e)
        {
            LOGGER.log(Level.DEBUG, "a client of the control socket was left", e);
        }
        finally
        {
            clients.remove(Thread.currentThread());
        }
    }

    private void answer(final String line, final Connection connection)
    {
        final Answer answer = new Answer(connection);
        try
        {
            final Request request = Request.parse(line);
            final RequestHandler handler = handlers.get(request.name());
            if (null == handler)
            {
                final Set<String> names = new TreeSet<>(handlers.keySet());
                tell(connection, "'" + request.name() + "' is not among what this node answers: " +
                    String.join(", ", names));
                return;
            }
            handler.answer(request, answer);
            if (!answer.isDone())
            {
                answer.ok(Request.of(request.name()));
            }
        }
        catch (final IOException | IllegalArgumentException | IllegalStateException e)
        {
            LOGGER.log(Level.DEBUG, "a request failed", e);
            tell(connection, answer, e.getMessage());
        }
        catch (final InterruptedException e)
        {
            tell(connection, answer, "the node has ended");
        }
        catch (final RuntimeException e)
        {
            LOGGER.log(Level.WARNING, "a request failed", e);
            tell(connection, answer, "the node failed: " + e);
        }
    }

    /** After the start of a stream nothing can be said any more: its end comes early. */
    private static void tell(final Connection connection, final Answer answer, final String text)
    {
        if (!answer.isDone())
        {
            tell(connection, text);
        }
    }

    private static void tell(final Connection connection, final String text)
    {
        try
        {
            connection.writeLine("error " + String.valueOf(text).replace('\n', ' '));
        }
        catch (final IOException e)
        {
            LOGGER.log(Level.DEBUG, "a client of the control socket has gone", e);
        }
    }
}
