package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerSettings;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

@Timeout(60)
class PeerResolverTest
{
    private static final int PORT = 9443;
    private final CompletableFuture<Endpoint> found = new CompletableFuture<>();
    private final CompletableFuture<Thread> finder = new CompletableFuture<>();
    private UdpSocket socket;
    private PeerResolver resolver;

    @BeforeEach
    void forASocketOfIpv4() throws DeviceException
    {
        socket = UdpSocket.bind(new InetSocketAddress("127.0.0.1", 0), UdpOptions.defaults());
        resolver = new PeerResolver(socket);
    }

    @AfterEach
    void close()
    {
        resolver.close();
        socket.close();
    }

    @Test
    void takesAnAddressAsItIsWithinTheCall() throws UnknownHostException
    {
        final Peer peer = peer("192.0.2.7");
        resolver.resolve(peer, found::complete);
        assertEquals(Endpoint.of(InetAddress.getByName("192.0.2.7"), PORT), peer.endpoint());
        assertFalse(found.isDone());
    }

    @Test
    void leavesAnAddressOfAnotherFamilyThanTheSockets()
    {
        final Peer peer = peer("2001:db8::7");
        resolver.resolve(peer, found::complete);
        assertNull(peer.endpoint());
    }

    @Test
    void asksForANameOnAThreadOfItsOwnAndLeavesThePeerToTheCaller() throws Exception
    {
        final Peer peer = peer("localhost");
        resolver.resolve(peer, endpoint ->
        {
            finder.complete(Thread.currentThread());
            found.complete(endpoint);
        });
        assertEquals(Endpoint.of(InetAddress.getByName("127.0.0.1"), PORT), found.get(30, TimeUnit.SECONDS));
        assertNotEquals(Thread.currentThread(), finder.get());
        assertNull(peer.endpoint());
    }

    /** It is ordinary when a node stops. */
    @Test
    void doesNotAskOnceItIsClosed()
    {
        final Peer peer = peer("localhost");
        resolver.close();
        resolver.resolve(peer, found::complete);
        assertFalse(found.isDone());
        assertNull(peer.endpoint());
    }

    private static Peer peer(final String host)
    {
        final byte[] hash = new byte[PeerId.LENGTH];
        hash[0] = 1;
        return new Peer(
            new PeerSettings(PeerId.ofHash(hash), "hub", host, PORT, List.of(), false, 0, null),
            PeerId.ofHash(new byte[PeerId.LENGTH]), 0);
    }
}
