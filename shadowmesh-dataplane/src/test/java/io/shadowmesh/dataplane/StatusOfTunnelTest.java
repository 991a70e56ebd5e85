package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.status.NodeStatus;
import io.shadowmesh.dataplane.status.OffloadDescription;
import io.shadowmesh.dataplane.status.PeerCounter;
import io.shadowmesh.dataplane.status.PeerStatus;
import io.shadowmesh.dataplane.status.RuntimeFolder;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What others see of two whole nodes in one process. */
@Timeout(120)
class StatusOfTunnelTest
{
    private static final int ADDRESS_A = 0x0A0A0A03;
    private static final int ADDRESS_B = 0x0A0A0A04;
    private static final int STRANGER = 0x0A0A0A63;
    private static final int PACKETS = 100;
    private static final int LENGTH = 200;

    @TempDir
    private Path folder;
    private final Identity identityA = Identity.generate();
    private final Identity identityB = Identity.generate();

    @Test
    void showsWhatTheNodeIsFromTheStart() throws IOException
    {
        try (Wire wire = new Wire("memB", 1400);
            Tunnel b = listener(wire).udpSegmentation(false).threading(ThreadingMode.DEDICATED).start())
        {
            final NodeStatus status = NodeStatus.read(b.statusFile());
            assertEquals(folder.resolve("memB.status"), b.statusFile());
            assertTrue(status.isRunning());
            assertEquals("memB", status.description().device());
            assertEquals(identityB.peerId().toString(), status.description().peerId());
            assertEquals(1400, status.description().mtu());
            assertEquals("dedicated", status.description().threading());
            assertEquals("AES-256-GCM", status.description().suite());
            assertTrue(status.description().offloads().contains(
                new OffloadDescription(OffloadDescription.GSO, false, "switched off by the operator")));
            assertTrue(status.description().offloads().contains(
                new OffloadDescription(OffloadDescription.TUN, false, "the device was opened without")));
            final PeerStatus peer = status.peers().getFirst();
            assertEquals(List.of("10.10.10.3/32"), peer.description().allowedIps());
            assertEquals("", peer.description().endpoint());
            assertEquals(-1, peer.ageNs(PeerCounter.LAST_HANDSHAKE));
            assertEquals(-1, peer.get(PeerCounter.LOSS_PPM));
        }
        assertFalse(Files.exists(folder.resolve("memB.status")));
    }

    @Test
    void showsWhatWentToAndFroAndWhatWasDropped() throws IOException
    {
        try (Wire wireA = new Wire("memA", 1400);
            Wire wireB = new Wire("memB", 1400);
            Tunnel b = listener(wireB).start();
            Tunnel a = initiator(wireA, b).start())
        {
            for (int i = 0; i < PACKETS; i++)
            {
                assertTrue(wireA.send(ADDRESS_A, ADDRESS_B, LENGTH, i));
                while (wireB.receive() <= 0)
                {
                    Thread.yield();
                }
            }
            assertTrue(wireA.send(STRANGER, ADDRESS_B, LENGTH, 0));

            final NodeStatus seenA = await(a, peer -> peer.get(PeerCounter.PACKETS_SENT) == PACKETS + 1 &&
                peer.get(PeerCounter.RTT_LAST) > 0);
            final PeerStatus peerOfA = seenA.peers().getFirst();
            assertEquals("127.0.0.1:" + b.localAddress().getPort(), peerOfA.description().endpoint());
            assertEquals((PACKETS + 1) * LENGTH, peerOfA.get(PeerCounter.BYTES_SENT));
            assertTrue(peerOfA.ageNs(PeerCounter.LAST_HANDSHAKE) >= 0);
            assertTrue(peerOfA.ageNs(PeerCounter.SESSION_START) >= 0);
            assertTrue(peerOfA.get(PeerCounter.ECHOES_ANSWERED) > 0);

            final NodeStatus seenB = await(b, peer -> peer.get(DropReason.INNER_SOURCE_NOT_ALLOWED) == 1);
            assertEquals(PACKETS + 1, seenB.peers().getFirst().get(PeerCounter.PACKETS_RECEIVED));
            assertEquals("127.0.0.1:" + a.localAddress().getPort(), seenB.peers().getFirst().description().endpoint());
            assertEquals(1, seenB.counters().get(DropReason.INNER_SOURCE_NOT_ALLOWED));
            assertEquals(1, seenB.counters().get(TunnelCounter.SESSIONS_ESTABLISHED));
        }
    }

    @Test
    void showsWhatCouldNotBeSentToAPeer() throws IOException
    {
        try (Wire wireB = new Wire("memB", 1400);
            Tunnel b = listener(wireB).start())
        {
            assertTrue(wireB.send(ADDRESS_B, ADDRESS_A, LENGTH, 0));
            await(b, peer -> peer.get(DropReason.NO_ENDPOINT) == 1);
        }
    }

    @Test
    void aTunnelThatWantsNoFileHasNone() throws IOException
    {
        try (Wire wire = new Wire("memB", 1400);
            Tunnel b = listener(wire).statusFolder(null).start())
        {
            assertNull(b.statusFile());
            assertEquals(0, b.status().get(TunnelCounter.SESSIONS_LIVE));
        }
        assertEquals(0, folder.toFile().list().length);
    }

    @Test
    void doesNotStartWithoutTheFileInAFolderOfChoice() throws IOException
    {
        final Path file = Files.createFile(folder.resolve("file"));
        try (Wire wire = new Wire("memB", 1400))
        {
            final IOException e = assertThrows(
                IOException.class, () -> listener(wire).statusFolder(RuntimeFolder.at(file)).start());
            assertTrue(e.getMessage().contains("cannot make the status folder " + file), e::getMessage);
        }
    }

    private TunnelBuilder listener(final Wire wire)
    {
        return Tunnel.builder()
            .identity(identityB)
            .device(wire.device())
            .bind(new InetSocketAddress("127.0.0.1", 0))
            .statusFolder(RuntimeFolder.at(folder))
            .peer(TunnelPeer.builder(identityA.peerId()).allowedIp(IpPrefix.parse("10.10.10.3/32")).build());
    }

    private TunnelBuilder initiator(final Wire wire, final Tunnel b)
    {
        return Tunnel.builder()
            .identity(identityA)
            .device(wire.device())
            .bind(new InetSocketAddress("127.0.0.1", 0))
            .statusFolder(RuntimeFolder.at(folder))
            .peer(TunnelPeer.builder(identityB.peerId())
                .endpoint("127.0.0.1", b.localAddress().getPort())
                .allowedIp(IpPrefix.parse("10.10.10.4/32"))
                .initiate(true)
                .build());
    }

    /** The control thread copies once a second. */
    private static NodeStatus await(final Tunnel tunnel, final Predicate<PeerStatus> condition)
    {
        final long deadlineNs = System.nanoTime() + 60_000_000_000L;
        try
        {
            while (true)
            {
                final NodeStatus status = NodeStatus.read(tunnel.statusFile());
                if (condition.test(status.peers().getFirst()))
                {
                    return status;
                }
                assertTrue(System.nanoTime() < deadlineNs, "it did not happen within 60 s");
                LockSupport.parkNanos(20_000_000);
            }
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }
}
