package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.session.Peer;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Finds the addresses of peers' hosts. An address is taken as it is, at once; a name is asked for on a thread of its
 * own, so that a slow name server delays nothing but the peer.
 */
final class PeerResolver implements AutoCloseable
{
    private static final Logger LOGGER = System.getLogger(PeerResolver.class.getName());

    private final ExecutorService thread = Executors.newSingleThreadExecutor(task ->
    {
        final Thread started = new Thread(task, "shadowmesh-resolver");
        started.setDaemon(true);
        return started;
    });
    private final UdpSocket socket;

    /** Only addresses that the socket reaches are of use. */
    PeerResolver(final UdpSocket socket)
    {
        this.socket = socket;
    }

    /** Resolves a peer's host. An address is set within the call; what a name server says, by the consumer. */
    void resolve(final Peer peer, final Consumer<Endpoint> found)
    {
        final String host = peer.settings().host();
        final InetAddress literal = literal(host);
        if (null != literal)
        {
            if (fits(literal))
            {
                peer.resolved(Endpoint.of(literal, peer.settings().port()));
            }
            else
            {
                LOGGER.log(
                    Level.WARNING,
                    "{0}: {1} is of another family than the UDP socket: use an -ip of that family",
                    peer, host);
            }
            return;
        }

        try
        {
            thread.execute(() -> ask(peer, host, found));
        }
        catch (final RejectedExecutionException e)
        {
            LOGGER.log(Level.DEBUG, "closing: {0} is not resolved", host);
        }
    }

    @Override
    public void close()
    {
        thread.shutdownNow();
    }

    private void ask(final Peer peer, final String host, final Consumer<Endpoint> found)
    {
        try
        {
            for (final InetAddress address : InetAddress.getAllByName(host))
            {
                if (fits(address))
                {
                    found.accept(Endpoint.of(address, peer.settings().port()));
                    return;
                }
            }
            LOGGER.log(Level.WARNING, "{0}: {1} has no address of the UDP socket''s family", peer, host);
        }
        catch (final UnknownHostException e)
        {
            LOGGER.log(Level.WARNING, "{0}: cannot resolve {1}, trying again", peer, host);
        }
    }

    private boolean fits(final InetAddress address)
    {
        return socket.serves(Endpoint.of(address, 1));
    }

    private static InetAddress literal(final String host)
    {
        try
        {
            return InetAddress.ofLiteral(host);
        }
        catch (final IllegalArgumentException e)
        {
            return null;
        }
    }
}
