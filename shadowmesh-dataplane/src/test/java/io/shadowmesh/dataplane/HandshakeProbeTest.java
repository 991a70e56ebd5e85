package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.HandshakeProbe.Outcome;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A probe of a whole node over loopback; its device needs no root. */
@Timeout(120)
final class HandshakeProbeTest
{
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofSeconds(2);

    private final Identity identityA = Identity.generate();
    private final Identity identityB = Identity.generate();
    private final Wire wire = new Wire("memB", 1400);
    private Tunnel b;

    @BeforeEach
    void startB() throws IOException
    {
        b = Tunnel.builder().identity(identityB).device(wire.device()).bind(new InetSocketAddress("127.0.0.1", 0))
            .peer(peerA(null)).start();
    }

    @AfterEach
    void close()
    {
        b.close();
        wire.close();
    }

    @Test
    void reachesANodeThatAllowsItWithoutMakingASession() throws IOException
    {
        assertEquals(Outcome.REACHED, probe(identityB, null, LONG));
        assertEquals(Outcome.REACHED, probe(identityB, null, LONG), "a second one too");
        assertEquals(0, b.status().get(TunnelCounter.SESSIONS_ESTABLISHED));
    }

    @Test
    void isNotAcceptedWhereItIsNotAllowed() throws IOException
    {
        b.replacePeers(List.of());
        assertEquals(Outcome.NOT_ACCEPTED, probe(identityB, null, SHORT));
    }

    @Test
    void isNotAcceptedWithAnotherPresharedKey() throws IOException
    {
        final byte[] key = new byte[32];
        key[0] = 1;
        assertEquals(Outcome.NOT_ACCEPTED, probe(identityB, key, SHORT));
        b.replacePeers(List.of(peerA(key)));
        assertEquals(Outcome.REACHED, probe(identityB, key, LONG));
    }

    @Test
    void meetsSilenceWhereTheNodeIsAnother() throws IOException
    {
        assertEquals(Outcome.SILENT, probe(Identity.generate(), null, SHORT));
    }

    @Test
    void meetsSilenceWhereNobodyAnswers() throws IOException
    {
        try (DatagramSocket mute = new DatagramSocket(0, InetAddress.getLoopbackAddress()))
        {
            assertEquals(Outcome.SILENT, probe(mute.getLocalPort(), SHORT));
        }
    }

    @Test
    void isRefusedWhereNoSocketIs() throws IOException
    {
        final int port;
        try (DatagramSocket gone = new DatagramSocket(0, InetAddress.getLoopbackAddress()))
        {
            port = gone.getLocalPort();
        }
        assertEquals(Outcome.REFUSED, probe(port, LONG));
    }

    private TunnelPeer peerA(final byte[] key)
    {
        return TunnelPeer.builder(identityA.peerId()).allowedIp(IpPrefix.parse("10.10.10.3/32")).presharedKey(key).build();
    }

    private Outcome probe(final Identity wanted, final byte[] key, final Duration patience) throws IOException
    {
        final TunnelPeer peer = TunnelPeer.builder(wanted.peerId()).presharedKey(key).build();
        return HandshakeProbe.reach(identityA, peer, b.localAddress(), null, patience).outcome();
    }

    private Outcome probe(final int port, final Duration patience) throws IOException
    {
        final TunnelPeer peer = TunnelPeer.builder(identityB.peerId()).build();
        final InetAddress loopback = InetAddress.getByName("127.0.0.1");
        return HandshakeProbe.reach(identityA, peer, new InetSocketAddress(loopback, port), loopback, patience).outcome();
    }
}
