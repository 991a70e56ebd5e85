package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A hub whose peers change while it runs: a stays, c comes and goes. Devices need no root. */
@Timeout(120)
final class PeerReplacementTest
{
    private static final int ADDRESS_A = 0x0A0A0A03;
    private static final int ADDRESS_C = 0x0A0A0A05;
    private static final int ADDRESS_C_LATER = 0x0A0A0A06;
    private static final int ADDRESS_HUB = 0x0A0A0A04;

    private final Identity identityHub = Identity.generate();
    private final Identity identityA = Identity.generate();
    private final Identity identityC = Identity.generate();
    private final Wire wireHub = wire("hub");
    private final Wire wireA = wire("a");
    private final Wire wireC = wire("c");
    private Tunnel hub;
    private Tunnel a;
    private long number;

    @BeforeEach
    void connectA() throws IOException
    {
        hub = Tunnel.builder().identity(identityHub).device(wireHub.device())
            .bind(new InetSocketAddress("127.0.0.1", 0)).peer(peerA().build()).start();
        a = spoke(identityA, wireA, null);
        exchangeWithA();
    }

    @AfterEach
    void close()
    {
        a.close();
        hub.close();
        wireA.close();
        wireC.close();
        wireHub.close();
    }

    @Test
    void addsChangesAndRemovesAPeerAndLeavesTheOthersSessionAlone() throws IOException
    {
        try (Tunnel c = spoke(identityC, wireC, null))
        {
            final PeerReplacement added = hub.replacePeers(List.of(peerA().build(), peerC("10.10.10.5/32").build()));
            assertEquals(List.of("c"), added.added());
            deliver(wireC, ADDRESS_C, ADDRESS_HUB, wireHub);
            deliver(wireHub, ADDRESS_HUB, ADDRESS_C, wireC);
            exchangeWithA();

            final PeerReplacement changed = hub.replacePeers(List.of(peerC("10.10.10.6/32").build(), peerA().build()));
            assertEquals(List.of("c"), changed.changed());
            deliver(wireC, ADDRESS_C_LATER, ADDRESS_HUB, wireHub);
            deliver(wireHub, ADDRESS_HUB, ADDRESS_C_LATER, wireC);
            assertTrue(wireC.send(ADDRESS_C, ADDRESS_HUB, 100, 0));
            await(() -> hub.status().get(DropReason.INNER_SOURCE_NOT_ALLOWED) == 1);
            exchangeWithA();
            assertEquals(1, c.status().get(TunnelCounter.SESSIONS_ESTABLISHED), "other prefixes need no other session");

            final PeerReplacement removed = hub.replacePeers(List.of(peerA().build()));
            assertEquals(List.of("c"), removed.removed());
            await(() -> c.status().get(TunnelCounter.CLOSES_RECEIVED) == 1);
            await(() -> hub.status().get(TunnelCounter.SESSIONS_LIVE) == 1);
            await(() -> hub.status().get(DropReason.HANDSHAKE_NOT_ALLOWED) > 0);
            assertEquals(0, hub.status().get(DropReason.NO_PEER));
            assertTrue(wireHub.send(ADDRESS_HUB, ADDRESS_C_LATER, 100, 0));
            await(() -> hub.status().get(DropReason.NO_PEER) == 1);
            exchangeWithA();
        }
        assertEquals(1, a.status().get(TunnelCounter.SESSIONS_ESTABLISHED));
        assertEquals(0, a.status().get(TunnelCounter.CLOSES_RECEIVED));
    }

    @Test
    void takesAPeerInAgainThatItHasRemoved() throws IOException
    {
        for (int i = 0; i < 20; i++)
        {
            hub.replacePeers(List.of(peerA().build(), peerC("10.10.10.5/32").build()));
            try (Tunnel c = spoke(identityC, wire("c" + i), null))
            {
                await(() -> c.status().get(TunnelCounter.SESSIONS_ESTABLISHED) == 1);
                hub.replacePeers(List.of(peerA().build()));
            }
            exchangeWithA();
        }
        await(() -> hub.status().get(TunnelCounter.SESSIONS_LIVE) == 1);
        assertEquals(1, a.status().get(TunnelCounter.SESSIONS_ESTABLISHED));
    }

    @Test
    void endsTheSessionWhenThePresharedKeyChangesAndMakesOneWhenBothHaveIt() throws IOException
    {
        final byte[] key = new byte[32];
        key[0] = 1;
        final PeerReplacement changes = hub.replacePeers(List.of(peerA().presharedKey(key).build()));
        assertEquals(List.of("a"), changes.added());
        assertEquals(List.of("a"), changes.removed());
        await(() -> a.status().get(TunnelCounter.CLOSES_RECEIVED) == 1);
        await(() -> hub.status().get(DropReason.HANDSHAKE_FAILED) > 0);
        assertEquals(1, a.status().get(TunnelCounter.SESSIONS_ESTABLISHED));

        a.replacePeers(List.of(peerHub().presharedKey(key).build()));
        await(() -> hub.status().get(TunnelCounter.SESSIONS_LIVE) == 1 &&
            a.status().get(TunnelCounter.SESSIONS_ESTABLISHED) == 2);
        exchangeWithA();
    }

    @Test
    void followsAPeerToAnotherEndpoint() throws IOException
    {
        final InetSocketAddress elsewhere = new InetSocketAddress("127.0.0.2", hub.localAddress().getPort());
        try (Wire wire = wire("elsewhere");
            Tunnel other = Tunnel.builder().identity(identityHub).device(wire.device()).bind(elsewhere)
                .peer(peerA().build()).start())
        {
            a.replacePeers(List.of(peerHub().endpoint("127.0.0.2", elsewhere.getPort()).build()));
            assertTrue(wireA.send(ADDRESS_A, ADDRESS_HUB, 100, 0));
            await(() -> other.status().get(DropReason.UNKNOWN_INDEX) > 0);
            assertEquals(1, a.status().get(TunnelCounter.SESSIONS_LIVE), "the session goes on");
        }
    }

    @Test
    void changesNothingWhenThePeersCannotBeHadTogether()
    {
        final List<TunnelPeer> twins = List.of(peerA().build(), peerC("10.10.10.3/32").build());
        assertThrows(IllegalArgumentException.class, () -> hub.replacePeers(twins));
        assertEquals(List.of(identityA.peerId()), hub.peers().stream().map(TunnelPeer::id).toList());
        exchangeWithA();
        assertTrue(hub.replacePeers(hub.peers()).isEmpty());
    }

    @Test
    void saysWhetherItsThreadsDoTheirWork()
    {
        assertTrue(hub.isResponsive(Duration.ofSeconds(30)));
        assertFalse(hub.isResponsive(Duration.ZERO), "nobody has had a turn in no time");
        hub.close();
        assertFalse(hub.isResponsive(Duration.ofSeconds(30)));
        assertThrows(IllegalStateException.class, () -> hub.replacePeers(List.of()));
    }

    /** As while the peers are being replaced, which may take long. */
    @Test
    void saysSoWhileAnotherMethodIsAtWork() throws Exception
    {
        synchronized (hub)
        {
            assertTrue(CompletableFuture.supplyAsync(() -> hub.isResponsive(Duration.ofSeconds(30)))
                .get(60, TimeUnit.SECONDS));
        }
    }

    private void exchangeWithA()
    {
        for (int i = 0; i < 20; i++)
        {
            deliver(wireA, ADDRESS_A, ADDRESS_HUB, wireHub);
            deliver(wireHub, ADDRESS_HUB, ADDRESS_A, wireA);
        }
    }

    private TunnelPeer.Builder peerA()
    {
        return TunnelPeer.builder(identityA.peerId()).name("a").allowedIp(IpPrefix.parse("10.10.10.3/32"));
    }

    private TunnelPeer.Builder peerC(final String prefix)
    {
        return TunnelPeer.builder(identityC.peerId()).name("c").allowedIp(IpPrefix.parse(prefix));
    }

    private TunnelPeer.Builder peerHub()
    {
        return TunnelPeer.builder(identityHub.peerId()).name("hub").allowedIp(IpPrefix.parse("10.10.10.4/32"))
            .endpoint("127.0.0.1", hub.localAddress().getPort()).initiate(true);
    }

    private Tunnel spoke(final Identity identity, final Wire wire, final byte[] key) throws IOException
    {
        return Tunnel.builder().identity(identity).device(wire.device()).threading(ThreadingMode.SHARED)
            .bind(new InetSocketAddress("127.0.0.1", 0)).peer(peerHub().presharedKey(key).build()).start();
    }

    private static Wire wire(final String name)
    {
        return new Wire(name, 1400);
    }

    /** No packet is lost: the very next one that arrives is the one that was sent. */
    private void deliver(final Wire from, final int source, final int destination, final Wire to)
    {
        number++;
        assertTrue(from.send(source, destination, 100, number));
        await(() -> to.receive() > 0);
        assertEquals(number, to.number());
    }

    private static void await(final BooleanSupplier condition)
    {
        final long beganNs = System.nanoTime();
        while (!condition.getAsBoolean())
        {
            assertTrue(System.nanoTime() - beganNs < 30_000_000_000L, "it did not happen within 30 s");
            Thread.onSpinWait();
            Thread.yield();
        }
    }
}
