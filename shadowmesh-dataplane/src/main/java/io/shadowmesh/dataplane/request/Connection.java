package io.shadowmesh.dataplane.request;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * One connection of the control socket, on either side: lines and bytes, with a limit on every wait.
 *
 * <p><b>Threading:</b> one thread; {@link #close} is for any.
 */
final class Connection implements WritableByteChannel
{
    /** How long a side that does not take what it is sent, or sends no request, is waited for. */
    static final int PATIENCE_SECONDS = 10;
    /** The longest line, in bytes. */
    static final int MAX_LINE = 4096;

    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    private static final int BUFFER_LENGTH = 64 * 1024;

    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final ByteBuffer received = ByteBuffer.allocate(BUFFER_LENGTH).flip();
    private boolean ended;

    Connection(final SocketChannel channel) throws IOException
    {
        this.channel = channel;
        channel.configureBlocking(false);
        this.selector = Selector.open();
        try
        {
            this.key = channel.register(selector, 0);
        }
        catch (final IOException e)
        {
            selector.close();
            throw e;
        }
    }

    /** Reads a line of up to {@link #MAX_LINE} bytes, without its end. Null at the end of the connection. */
    String readLine(final long patienceNs) throws IOException
    {
        final long deadlineNs = System.nanoTime() + patienceNs;
        while (true)
        {
            final int end = Math.min(received.limit(), received.position() + MAX_LINE + 1);
            for (int i = received.position(); i < end; i++)
            {
                if ('\n' == received.get(i))
                {
                    return takeLine(i);
                }
            }
            if (received.remaining() > MAX_LINE)
            {
                throw new IOException("a line longer than " + MAX_LINE + " bytes");
            }
            if (!fill(deadlineNs))
            {
                return null;
            }
        }
    }

    private String takeLine(final int end)
    {
        final String line = new String(
            received.array(), received.position(), end - received.position(), StandardCharsets.UTF_8);
        received.position(end + 1);
        return line;
    }

    /** Reads some bytes into a buffer; -1 at the end. */
    int read(final ByteBuffer to, final long patienceNs) throws IOException
    {
        if (!received.hasRemaining() && !fill(System.nanoTime() + patienceNs))
        {
            return -1;
        }
        final int length = Math.min(to.remaining(), received.remaining());
        to.put(received.slice(received.position(), length));
        received.position(received.position() + length);
        return length;
    }

    void writeLine(final String line) throws IOException
    {
        write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    /** Writes all of it, or throws: when the other side has gone, or takes nothing for {@link #PATIENCE_SECONDS} s. */
    @Override
    public int write(final ByteBuffer from) throws IOException
    {
        final int length = from.remaining();
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (from.hasRemaining())
        {
            if (channel.write(from) > 0)
            {
                deadlineNs = System.nanoTime() + PATIENCE_NS;
            }
            else
            {
                await(SelectionKey.OP_WRITE, deadlineNs);
            }
        }
        return length;
    }

    boolean isClosedByClient()
    {
        if (!ended)
        {
            try
            {
                received.compact();
                ended = received.hasRemaining() && channel.read(received) < 0;
            }
            catch (final IOException e)
            {
                ended = true;
            }
            finally
            {
                received.flip();
            }
        }
        return ended;
    }

    /** Reads what has come, or waits for something. Returns false at the end. */
    private boolean fill(final long deadlineNs) throws IOException
    {
        while (!ended)
        {
            received.compact();
            final int length;
            try
            {
                length = channel.read(received);
            }
            finally
            {
                received.flip();
            }
            if (length > 0)
            {
                return true;
            }
            ended = length < 0;
            if (!ended)
            {
                await(SelectionKey.OP_READ, deadlineNs);
            }
        }
        return false;
    }

    private void await(final int operation, final long deadlineNs) throws IOException
    {
        final long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
        if (leftMs <= 0)
        {
            throw new SocketTimeoutException("the other side of the control socket does not answer");
        }
        key.interestOps(operation);
        selector.select(leftMs);
        selector.selectedKeys().clear();
    }

    /** Any thread: this side sends no more, and goes on to read. */
    void endOutput() throws IOException
    {
        channel.shutdownOutput();
    }

    @Override
    public boolean isOpen()
    {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException
    {
        channel.close();
        selector.close();
    }
}
