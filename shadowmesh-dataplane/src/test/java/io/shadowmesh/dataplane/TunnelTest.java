package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Two whole nodes in one process, over loopback and devices that need no root. */
@Timeout(120)
class TunnelTest
{
    private static final int ADDRESS_A = 0x0A0A0A03;
    private static final int ADDRESS_B = 0x0A0A0A04;
    private static final int STRANGER = 0x0A0A0A63;

    private final Identity identityA = Identity.generate();
    private final Identity identityB = Identity.generate();

    @ParameterizedTest
    @EnumSource(ThreadingMode.class)
    void carriesPacketsBothWaysInEveryThreadingMode(final ThreadingMode mode) throws IOException
    {
        try (Wire wireA = new Wire("memA", 1400);
            Wire wireB = new Wire("memB", 1400);
            Tunnel b = listener(wireB).threading(mode).start();
            Tunnel a = initiator(wireA, b).threading(mode).start())
        {
            assertEquals("memA", a.deviceName());
            for (int i = 0; i < 2_000; i++)
            {
                deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 20 + 8 + i % 1372, i);
                deliver(wireB, ADDRESS_B, ADDRESS_A, wireA, 20 + 8 + i % 1372, i);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"AES_256_GCM,jdk", "CHACHA20_POLY1305,jdk", "CHACHA20_POLY1305,auto"})
    void carriesPacketsUnderEverySuiteAndProvider(final Suite suite, final String provider) throws IOException
    {
        try (Wire wireA = new Wire("memA", 1400);
            Wire wireB = new Wire("memB", 1400);
            Tunnel b = listener(wireB).start();
            Tunnel a = initiator(wireA, b).suite(suite).aead(Aead.named(provider)).start())
        {
            for (int i = 0; i < 200; i++)
            {
                deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 1400, i);
                deliver(wireB, ADDRESS_B, ADDRESS_A, wireA, 64, i);
            }
            assertEquals(1, a.status().get(TunnelCounter.SESSIONS_LIVE));
        }
    }

    @Test
    void servesBothFamiliesOnTheWildcard() throws IOException
    {
        try (Wire wireA = new Wire("memA", 1400);
            Wire wireB = new Wire("memB", 1400);
            Tunnel b = listener(wireB).bind(new InetSocketAddress("::", 0)).start();
            Tunnel a = initiator(wireA, b).bind(new InetSocketAddress("::", 0)).start())
        {
            deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 100, 1);
            deliver(wireB, ADDRESS_B, ADDRESS_A, wireA, 100, 1);
            assertEquals(1, a.status().get(TunnelCounter.SESSIONS_LIVE));
        }
    }

    @Test
    void saysGoodByeOnEverySessionOfManyPeers() throws IOException
    {
        final int peers = 24;
        final Wire[] wires = new Wire[peers];
        final Tunnel[] tunnels = new Tunnel[peers];
        try (Wire wireB = new Wire("hub", 1400))
        {
            final Identity[] identities = new Identity[peers];
            final TunnelBuilder hubBuilder = Tunnel.builder()
                .identity(identityB)
                .device(wireB.device())
                .bind(new InetSocketAddress("127.0.0.1", 0));
            for (int i = 0; i < peers; i++)
            {
                identities[i] = Identity.generate();
                hubBuilder.peer(TunnelPeer.builder(identities[i].peerId())
                    .allowedIp(IpPrefix.parse("10.10.11." + i + "/32")).build());
            }
            final Tunnel hub = hubBuilder.start();
            for (int i = 0; i < peers; i++)
            {
                wires[i] = new Wire("spoke" + i, 1400);
                tunnels[i] = Tunnel.builder()
                    .identity(identities[i])
                    .device(wires[i].device())
                    .bind(new InetSocketAddress("127.0.0.1", 0))
                    .threading(ThreadingMode.SHARED)
                    .peer(peerB(hub).build())
                    .start();
            }
            for (int i = 0; i < peers; i++)
            {
                deliver(wires[i], 0x0A0A0B00 | i, ADDRESS_B, wireB, 100, i);
                deliver(wireB, ADDRESS_B, 0x0A0A0B00 | i, wires[i], 100, i);
            }
            assertEquals(peers, hub.status().get(TunnelCounter.SESSIONS_LIVE));

            hub.close();
            for (final Tunnel tunnel : tunnels)
            {
                await(() -> tunnel.status().get(TunnelCounter.CLOSES_RECEIVED) == 1);
            }
        }
        finally
        {
            for (int i = 0; i < peers && null != tunnels[i]; i++)
            {
                tunnels[i].close();
                wires[i].close();
            }
        }
    }

    @Test
    void carriesOversizedPacketsInPiecesAndCountsThem() throws IOException
    {
        try (Wire wireA = new Wire("memA", 60_000);
            Wire wireB = new Wire("memB", 60_000);
            Tunnel b = listener(wireB).start();
            Tunnel a = initiator(wireA, b).start())
        {
            deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 1480, 1);
            assertEquals(0, a.status().get(TunnelCounter.OVERSIZED_FRAMES));
            deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 1481, 2);
            deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 60_000, 3);
            assertEquals(2, a.status().get(TunnelCounter.OVERSIZED_FRAMES));
        }
    }

    @Test
    void warnsOfAnOversizedFrameWithItsPayloadsLength() throws IOException
    {
        try (LogLines log = new LogLines("io.shadowmesh.dataplane.agent.PeriodicReport");
            Wire wireA = new Wire("memA", 9_000);
            Wire wireB = new Wire("memB", 9_000);
            Tunnel b = listener(wireB).start();
            Tunnel a = initiator(wireA, b).start())
        {
            deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 1480, 1);
            deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 1481, 2);
            await(() -> !log.all().isEmpty());
            assertEquals(List.of("WARNING [UDP-SEND-WARNING] Oversized frame: 1501 bytes"), log.all());
            assertEquals(1, a.status().get(TunnelCounter.OVERSIZED_FRAMES));
        }
    }

    @Test
    void saysOnceHowLargeTheSocketsBuffersAre() throws IOException
    {
        try (LogLines log = new LogLines(TunnelBuilder.class.getName());
            Wire wireB = new Wire("memB", 1400);
            Tunnel b = listener(wireB).start())
        {
            assertEquals(1, log.all().size(), log.all()::toString);
            final String line = log.all().getFirst();
            assertTrue(
                line.matches("FINE socket buffers: 4194304 bytes to receive, 1048576 to send") ||
                line.matches("INFO socket buffers: \\d+ bytes to receive, \\d+ to send; " +
                    "wanted 4194304 and 1048576: raise net\\.core\\.rmem_max and net\\.core\\.wmem_max"),
                line);
            assertTrue(b.localAddress().getPort() > 0);
        }
    }

    @Test
    void carriesPayloadsOfUpTo65000BytesAndNoneLonger() throws IOException
    {
        final int longest = 65_000 - Integer.BYTES - SealedFrame.TAG_LENGTH;
        try (Wire wireA = new Wire("memA", 65_100);
            Wire wireB = new Wire("memB", 65_100);
            Tunnel b = listener(wireB).start();
            Tunnel a = initiator(wireA, b).start())
        {
            deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, longest, 1);
            assertTrue(wireA.send(ADDRESS_A, ADDRESS_B, longest + 1, 2));
            await(() -> a.status().get(DropReason.OUTBOUND_TOO_LARGE) == 1);
            deliver(wireB, ADDRESS_B, ADDRESS_A, wireA, longest, 3);
            deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, longest, 4);
            assertEquals(2, a.status().get(TunnelCounter.OVERSIZED_FRAMES));
            assertEquals(1, a.status().get(DropReason.OUTBOUND_TOO_LARGE));
        }
    }

    @Test
    void deliversNothingFromASourceThatThePeerMayNotUse() throws IOException
    {
        try (Wire wireA = new Wire("memA", 1400);
            Wire wireB = new Wire("memB", 1400);
            Tunnel b = listener(wireB).start();
            Tunnel a = initiator(wireA, b).start())
        {
            deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 100, 1);
            assertTrue(wireA.send(STRANGER, ADDRESS_B, 100, 2));
            await(() -> b.status().get(DropReason.INNER_SOURCE_NOT_ALLOWED) == 1);
            deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 100, 3);
            assertEquals(3, a.status().get(TunnelCounter.TUN_PACKETS_READ));
        }
    }

    @Test
    void dropsWhatBelongsToNoPeer() throws IOException
    {
        try (Wire wireA = new Wire("memA", 1400);
            Wire wireB = new Wire("memB", 1400);
            Tunnel b = listener(wireB).start();
            Tunnel a = initiator(wireA, b).start())
        {
            assertTrue(wireA.send(ADDRESS_A, STRANGER, 100, 1));
            await(() -> a.status().get(DropReason.NO_PEER) == 1);
            assertEquals(1, a.status().get(TunnelCounter.TUN_PACKETS_READ));
            assertTrue(wireB.send(ADDRESS_B, STRANGER, 100, 1));
            await(() -> b.status().get(DropReason.NO_PEER) == 1);
        }
    }

    @Test
    void makesASessionWhenBothHaveThePresharedKey() throws IOException
    {
        final byte[] key = new byte[32];
        key[7] = 7;
        try (Wire wireA = new Wire("memA", 1400);
            Wire wireB = new Wire("memB", 1400);
            Tunnel b = Tunnel.builder()
                .identity(identityB)
                .device(wireB.device())
                .bind(new InetSocketAddress("127.0.0.1", 0))
                .peer(TunnelPeer.builder(identityA.peerId()).allowedIp(IpPrefix.parse("10.10.10.3/32"))
                    .presharedKey(key).build())
                .start();
            Tunnel a = Tunnel.builder()
                .identity(identityA)
                .device(wireA.device())
                .bind(new InetSocketAddress("127.0.0.1", 0))
                .peer(peerB(b).presharedKey(key).build())
                .start())
        {
            deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 100, 1);
            assertEquals(1, a.status().get(TunnelCounter.SESSIONS_LIVE));
        }
    }

    @Test
    void makesNoSessionWhenThePresharedKeysDiffer() throws IOException
    {
        try (Wire wireA = new Wire("memA", 1400);
            Wire wireB = new Wire("memB", 1400);
            Tunnel b = listener(wireB).start();
            Tunnel a = Tunnel.builder()
                .identity(identityA)
                .device(wireA.device())
                .bind(new InetSocketAddress("127.0.0.1", 0))
                .peer(peerB(b).presharedKey(new byte[]{
                    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
                    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}).build())
                .start())
        {
            assertTrue(wireA.send(ADDRESS_A, ADDRESS_B, 100, 1));
            await(() -> b.status().get(DropReason.HANDSHAKE_FAILED) > 0);
            assertEquals(0, a.status().get(TunnelCounter.SESSIONS_ESTABLISHED));
            assertEquals(0, b.status().get(TunnelCounter.SESSIONS_ESTABLISHED));
        }
    }

    @Test
    void saysGoodByeToItsPeers() throws IOException, InterruptedException
    {
        try (Wire wireA = new Wire("memA", 1400);
            Wire wireB = new Wire("memB", 1400);
            Tunnel b = listener(wireB).start())
        {
            final Tunnel a = initiator(wireA, b).start();
            deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 100, 1);
            deliver(wireB, ADDRESS_B, ADDRESS_A, wireA, 100, 1);

            a.close();
            await(() -> b.status().get(TunnelCounter.CLOSES_RECEIVED) == 1);
            await(() -> b.status().get(TunnelCounter.SESSIONS_LIVE) == 0);
            assertNull(a.awaitTermination());
            assertEquals(1, a.status().get(TunnelCounter.SESSIONS_ESTABLISHED));
            a.close();
        }
    }

    @Test
    void survivesTheRestartOfAPeer() throws IOException
    {
        try (Wire wireB = new Wire("memB", 1400);
            Tunnel b = listener(wireB).start())
        {
            for (int i = 0; i < 3; i++)
            {
                try (Wire wireA = new Wire("memA", 1400);
                    Tunnel a = initiator(wireA, b).start())
                {
                    deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 100, i);
                    deliver(wireB, ADDRESS_B, ADDRESS_A, wireA, 100, i);
                    await(() -> a.status().get(TunnelCounter.TUN_PACKETS_WRITTEN) == 1);
                }
            }
        }
    }

    @Test
    void refusesDescriptionsThatMakeNoTunnel() throws IOException
    {
        try (Wire wire = new Wire("memA", 1400))
        {
            final TunnelBuilder nobody = Tunnel.builder().identity(identityA).device(wire.device());
            assertThrows(IllegalArgumentException.class, nobody::start);

            final TunnelBuilder self = Tunnel.builder().identity(identityA).device(wire.device())
                .peer(TunnelPeer.builder(identityA.peerId()).build());
            assertThrows(IllegalArgumentException.class, self::start);

            final TunnelBuilder twice = Tunnel.builder().identity(identityA).device(wire.device())
                .peer(TunnelPeer.builder(identityB.peerId()).name("one").build())
                .peer(TunnelPeer.builder(identityB.peerId()).name("two").build());
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, twice::start);
            assertTrue(e.getMessage().contains("one") && e.getMessage().contains("two"), e.getMessage());
        }
    }

    private TunnelBuilder listener(final Wire wire)
    {
        return Tunnel.builder()
            .identity(identityB)
            .device(wire.device())
            .bind(new InetSocketAddress("127.0.0.1", 0))
            .peer(TunnelPeer.builder(identityA.peerId()).allowedIp(IpPrefix.parse("10.10.10.3/32")).build());
    }

    private TunnelBuilder initiator(final Wire wire, final Tunnel to)
    {
        return Tunnel.builder()
            .identity(identityA)
            .device(wire.device())
            .bind(new InetSocketAddress("127.0.0.1", 0))
            .peer(peerB(to).build());
    }

    private TunnelPeer.Builder peerB(final Tunnel b)
    {
        return TunnelPeer.builder(identityB.peerId())
            .name("b")
            .allowedIp(IpPrefix.parse("10.10.10.4/32"))
            .endpoint("127.0.0.1", b.localAddress().getPort())
            .initiate(true);
    }

    private static void deliver(
        final Wire from, final int source, final int destination, final Wire to, final int length, final long number)
    {
        assertTrue(from.send(source, destination, length, number));
        final int[] received = new int[1];
        await(() -> (received[0] = to.receive()) > 0);
        assertEquals(length, received[0]);
        assertEquals(number, to.number());
    }

    private static void await(final BooleanSupplier condition)
    {
        final long deadlineNs = System.nanoTime() + 30_000_000_000L;
        while (!condition.getAsBoolean())
        {
            assertTrue(System.nanoTime() < deadlineNs, "it did not happen within 30 s");
            Thread.onSpinWait();
            Thread.yield();
        }
    }
}
