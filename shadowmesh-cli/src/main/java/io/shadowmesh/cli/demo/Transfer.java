package io.shadowmesh.cli.demo;

import io.shadowmesh.cli.CommandException;
import io.shadowmesh.dataplane.host.NetworkNamespace;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;

/**
 * One TCP stream from one host to the other for a given time, out of and into native memory, counted and summed at both
 * ends.
 */
final class Transfer
{
    private static final int BUFFER_LENGTH = 256 * 1024;
    private static final long SEED = 12;
    private static final long GRACE_S = 15;
    private static final long REPORT_NS = TimeUnit.MILLISECONDS.toNanos(200);

    /**
     * What one end saw.
     *
     * @param bytes moved.
     * @param sum   CRC-32C of them.
     * @param ns    from the first byte to the last.
     */
    record End(long bytes, long sum, long ns)
    {
        double gbitPerSecond()
        {
            return ns == 0 ? 0 : bytes * 8.0 / ns;
        }
    }

    private Transfer()
    {
    }

    /**
     * Runs one.
     *
     * @param from    the sender's host.
     * @param to      the receiver's host.
     * @param address the receiver's, in the tunnel.
     * @param seconds to send for.
     * @param report  gets the bytes received so far, now and then.
     * @return what the receiver saw, which is what the sender sent.
     * @throws IOException      if a connection breaks.
     * @throws CommandException if it stalls, or what arrived is not what was sent.
     */
    static End run(final NetworkNamespace from, final NetworkNamespace to, final InetAddress address,
        final long seconds, final LongConsumer report) throws IOException
    {
        // A socket belongs to the namespace of the thread that opens it; after that any thread may use it.
        try (ServerSocketChannel server = to.call(
                () -> ServerSocketChannel.open().bind(new InetSocketAddress(address, 0)));
            SocketChannel sender = from.call(SocketChannel::open))
        {
            final FutureTask<End> received = inBackground("demo-receive", () ->
            {
                try (SocketChannel receiver = server.accept())
                {
                    return receive(receiver, report);
                }
            });
            final FutureTask<End> sent = inBackground("demo-send", () ->
            {
                sender.connect(server.getLocalAddress());
                return send(sender, TimeUnit.SECONDS.toNanos(seconds));
            });
            final End out = await(sent, seconds + GRACE_S);
            final End in = await(received, GRACE_S);
            if (out.bytes != in.bytes || out.sum != in.sum)
            {
                throw CommandException.failure("TCP: " + out.bytes + " bytes were sent and " + in.bytes +
                    " received, and they are not the same");
            }
            return in;
        }
    }

    private static FutureTask<End> inBackground(final String name, final Callable<End> work)
    {
        final FutureTask<End> task = new FutureTask<>(work);
        final Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private static End await(final FutureTask<End> task, final long seconds) throws IOException
    {
        try
        {
            return task.get(seconds, TimeUnit.SECONDS);
        }
        catch (final TimeoutException e)
        {
            throw CommandException.failure("TCP through the tunnel has stalled", e);
        }
        catch (final ExecutionException e)
        {
            if (e.getCause() instanceof final IOException broken)
            {
                throw new IOException("TCP through the tunnel: " + broken.getMessage(), broken);
            }
            throw new IllegalStateException(e.getCause());
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw CommandException.failure("interrupted", e);
        }
    }

    private static End send(final SocketChannel channel, final long forNs) throws IOException
    {
        final byte[] noise = new byte[BUFFER_LENGTH];
        new Random(SEED).nextBytes(noise);
        final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_LENGTH).put(noise);
        final ByteBuffer summed = buffer.duplicate();
        final CRC32C sum = new CRC32C();
        long bytes = 0;
        final long start = System.nanoTime();
        long now = start;
        while (now - start < forNs)
        {
            buffer.clear();
            final int length = channel.write(buffer);
            summed.limit(length).position(0);
            sum.update(summed);
            bytes += length;
            now = System.nanoTime();
        }
        channel.shutdownOutput();
        return new End(bytes, sum.getValue(), now - start);
    }

    private static End receive(final SocketChannel channel, final LongConsumer report) throws IOException
    {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_LENGTH);
        final CRC32C sum = new CRC32C();
        long bytes = 0;
        long first = 0;
        long last = 0;
        long reported = System.nanoTime();
        for (int length = channel.read(buffer); length >= 0; length = channel.read(buffer))
        {
            last = System.nanoTime();
            first = bytes == 0 ? last : first;
            bytes += length;
            sum.update(buffer.flip());
            buffer.clear();
            if (last - reported > REPORT_NS)
            {
                reported = last;
                report.accept(bytes);
            }
        }
        return new End(bytes, sum.getValue(), last - first);
    }
}
