package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What stands between two nodes of one process and sees every datagram: it forwards each, keeps a copy of what it has
 * forwarded or held, and can send anything to either node.
 *
 * <p><b>Threading:</b> two threads of its own forward; its methods are for the test's.
 */
final class LoopbackRelay implements AutoCloseable
{
    private static final int LONGEST = 65_536;

    private final DatagramSocket towardsClient = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
    private final DatagramSocket towardsServer = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
    private final DatagramSocket elsewhere = new DatagramSocket(new InetSocketAddress("127.0.0.2", 0));
    private final InetSocketAddress server;
    private final List<byte[]> toServer = new ArrayList<>();
    private final List<byte[]> toClient = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile InetSocketAddress client;
    private volatile boolean holding;
    private volatile boolean holdingSealed;
    private volatile boolean blocked;
    private volatile boolean sawLostClose;

    LoopbackRelay(final int serverPort) throws IOException
    {
        server = new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort);
        threads.add(Thread.ofPlatform().daemon().name("relay to server").start(() -> forward(towardsClient, true)));
        threads.add(Thread.ofPlatform().daemon().name("relay to client").start(() -> forward(towardsServer, false)));
    }

    /** Where the client finds the server. */
    int port()
    {
        return towardsClient.getLocalPort();
    }

    /** Keeps what the client sends instead of forwarding it. */
    void hold(final boolean isHolding)
    {
        holding = isHolding;
    }

    /** Keeps what the client seals, and forwards its handshakes. */
    void holdSealed(final boolean isHolding)
    {
        holdingSealed = isHolding;
    }

    /** Loses everything, and keeps no copy. */
    void block(final boolean isBlocked)
    {
        blocked = isBlocked;
    }

    /** Whether the client has sent a CLOSE that was lost. */
    boolean sawLostClose()
    {
        return sawLostClose;
    }

    /** What went to the server, or was held, so far. */
    List<byte[]> toServer()
    {
        synchronized (toServer)
        {
            return List.copyOf(toServer);
        }
    }

    /** What went to the client so far. */
    List<byte[]> toClient()
    {
        synchronized (toClient)
        {
            return List.copyOf(toClient);
        }
    }

    /** Sends from where the client's datagrams come from. */
    void sendToServer(final byte[] datagram) throws IOException
    {
        towardsServer.send(new DatagramPacket(datagram, datagram.length, server));
    }

    /** Sends from another address. */
    void sendToServerFromElsewhere(final byte[] datagram) throws IOException
    {
        elsewhere.send(new DatagramPacket(datagram, datagram.length, server));
    }

    /** Sends from where the server's datagrams come from. */
    void sendToClient(final byte[] datagram) throws IOException
    {
        towardsClient.send(new DatagramPacket(datagram, datagram.length, client));
    }

    /** Sends from another address. */
    void sendToClientFromElsewhere(final byte[] datagram) throws IOException
    {
        elsewhere.send(new DatagramPacket(datagram, datagram.length, client));
    }

    private void forward(final DatagramSocket from, final boolean isToServer)
    {
        final DatagramPacket packet = new DatagramPacket(new byte[LONGEST], LONGEST);
        try
        {
            while (true)
            {
                packet.setLength(LONGEST);
                from.receive(packet);
                if (isToServer)
                {
                    client = (InetSocketAddress)packet.getSocketAddress();
                }
                final byte[] datagram = Arrays.copyOf(packet.getData(), packet.getLength());
                if (!blocked)
                {
                    forward(datagram, isToServer);
                }
                else if (isToServer && datagram[FrameHeader.TYPE_OFFSET] == FrameType.CLOSE)
                {
                    sawLostClose = true;
                }
            }
        }
        catch (final SocketException ex)
        {
            // Closed.
        }
        catch (final IOException ex)
        {
            throw new IllegalStateException(ex);
        }
    }

    private void forward(final byte[] datagram, final boolean isToServer) throws IOException
    {
        final List<byte[]> copies = isToServer ? toServer : toClient;
        synchronized (copies)
        {
            copies.add(datagram);
        }
        if (!isToServer)
        {
            sendToClient(datagram);
        }
        else if (!holding && !(holdingSealed && FrameType.isSealed(datagram[FrameHeader.TYPE_OFFSET])))
        {
            sendToServer(datagram);
        }
    }

    @Override
    public void close()
    {
        towardsClient.close();
        towardsServer.close();
        elsewhere.close();
        for (final Thread thread : threads)
        {
            try
            {
                thread.join();
            }
            catch (final InterruptedException ex)
            {
                Thread.currentThread().interrupt();
            }
        }
    }
}
