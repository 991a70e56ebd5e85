package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.EventFd;
import io.shadowmesh.dataplane.device.Poller;
import io.shadowmesh.dataplane.device.ReceiveBatch;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;

import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A UDP socket on the loopback address with a thread that receives and forgets, so that senders meet a socket with room.
 * The thread allocates nothing once it runs.
 */
final class DrainedSocket implements AutoCloseable
{
    private static final int BATCH = 64;
    private static final int SLOT_LENGTH = 2048;

    private final UdpSocket socket;
    private final EventFd stop;
    private final Thread thread;
    private volatile long messages;

    DrainedSocket(final UdpOptions options) throws DeviceException
    {
        socket = UdpSocket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), options);
        stop = EventFd.open();
        thread = new Thread(this::drain, "drain");
        thread.start();
    }

    int fileDescriptor()
    {
        return socket.fileDescriptor();
    }

    InetSocketAddress address()
    {
        return socket.localAddress();
    }

    /** Messages received so far: datagrams, or several end to end. */
    long messages()
    {
        return messages;
    }

    private void drain()
    {
        try (Arena arena = Arena.ofConfined())
        {
            final SystemCalls calls = new SystemCalls(arena);
            final ReceiveBatch batch = new ReceiveBatch(
                arena, BATCH, socket.coalesces() ? ReceiveBatch.COALESCED_LENGTH : SLOT_LENGTH, 0);
            final Poller poller = new Poller(arena, 2);
            poller.add(socket.fileDescriptor(), Poller.READABLE);
            final int stopIndex = poller.add(stop.fileDescriptor(), Poller.READABLE);
            long received = 0;
            while (!poller.isReadable(stopIndex))
            {
                final int count = batch.receive(calls, socket.fileDescriptor());
                if (count < 0)
                {
                    throw new IllegalStateException(Errno.describe(-count));
                }
                received += count;
                messages = received;
                poller.poll(calls, 0 == count ? Poller.FOR_EVER : 0);
            }
        }
    }

    /** Ends the thread and closes the socket. */
    @Override
    public void close()
    {
        stop.signal();
        try
        {
            thread.join();
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the drain ends", ex);
        }
        stop.close();
        socket.close();
    }
}
