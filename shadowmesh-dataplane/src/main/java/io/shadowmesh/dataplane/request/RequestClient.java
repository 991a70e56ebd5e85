package io.shadowmesh.dataplane.request;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The other side of a {@link RequestSocket}: asks one thing of a running node and reads the answer.
 *
 * <p><b>Threading:</b> one thread.
 */
public final class RequestClient implements AutoCloseable
{
    private static final String ERROR = "error ";
    private static final String OK = "ok";
    private static final String STREAM = "stream";

    private final Connection connection;
    private final long patienceNs;
    private Request last;

    private RequestClient(final Connection connection, final Duration patience)
    {
        this.connection = connection;
        this.patienceNs = patience.toNanos();
    }

    /**
     * Connects to a node and asks.
     *
     * @param socket   of the node.
     * @param request  to send.
     * @param patience how long to wait for each line and each piece of the answer.
     * @return the client, to read the answer with.
     * @throws IOException when nobody answers at the socket, or this user may not ask there.
     */
    public static RequestClient ask(final Path socket, final Request request, final Duration patience)
        throws IOException
    {
        final SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try
        {
            channel.connect(UnixDomainSocketAddress.of(socket));
            final Connection connection = new Connection(channel);
            connection.writeLine(request.toString());
            return new RequestClient(connection, patience);
        }
        catch (final IOException | RuntimeException e)
        {
            channel.close();
            throw e;
        }
    }

    /**
     * The next line of the answer.
     *
     * @return the line; null when the last one has come, which {@link #result} is then.
     * @throws IOException           when the node has gone before its last line.
     * @throws RequestException when the node refuses; the message is the node's.
     */
    public Request next() throws IOException
    {
        final String line = null == last ? connection.readLine(patienceNs) : "";
        if (null == line)
        {
            throw new IOException("the node ended before it had answered");
        }
        if (line.startsWith(ERROR))
        {
            throw new RequestException(line.substring(ERROR.length()));
        }
        if (null == last)
        {
            final Request parsed = Request.parse(line);
            if (!OK.equals(parsed.name()) && !STREAM.equals(parsed.name()))
            {
                return parsed;
            }
            last = parsed;
        }
        return null;
    }

    /**
     * The last line.
     *
     * @return it, or null while {@link #next} has not returned null.
     */
    public Request result()
    {
        return last;
    }

    /**
     * Reads bytes of a stream, once {@link #next} has returned null.
     *
     * @param to read into.
     * @return how many, or -1 at the end.
     * @throws IOException when the node sends nothing for longer than is patient.
     */
    public int read(final ByteBuffer to) throws IOException
    {
        return connection.read(to, patienceNs);
    }

    /**
     * Tells the node that this is enough, and that it should bring its answer to an end. Any thread may call.
     *
     * @throws IOException when the connection is gone.
     */
    public void enough() throws IOException
    {
        connection.endOutput();
    }

    @Override
    public void close() throws IOException
    {
        connection.close();
    }
}
