package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.ring.AdaptiveLimit;
import io.shadowmesh.dataplane.status.NodeStatus;
import io.shadowmesh.dataplane.status.RuntimeFolder;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Two nodes in one process; the first one's sender has as good as no bandwidth, so that its ring is full. */
@Timeout(120)
class FullRingTest
{
    private static final int ADDRESS_A = 0x0A0A0A03;
    private static final int ADDRESS_B = 0x0A0A0A04;
    private static final int LENGTH = 1200;
    private static final int INBOUND = 5000;
    private static final int WINDOW = 24;
    private static final List<DropReason> OUTBOUND = List.of(
        DropReason.INNER_MALFORMED, DropReason.NO_PEER, DropReason.NO_ENDPOINT, DropReason.HANDSHAKE_QUEUE_FULL,
        DropReason.KEY_EXPIRED, DropReason.KEY_EXHAUSTED, DropReason.SEND_FAILED, DropReason.AQM);
    private static final long SLOW = Bandwidth.LEAST;
    private static final long PATIENCE_NS = 30_000_000_000L;

    private final Wire wireA = new Wire("fullA", 1400);
    private final Wire wireB = new Wire("fullB", 1400);
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void delaysNoInboundPacket(final ThreadingMode mode) throws IOException
    {
        try (wireA; wireB; Pair pair = new Pair(Bandwidth.of(SLOW), false, mode))
        {
            final int sent = fill(pair.a);
            final long outbound = pair.a.status().get(TunnelCounter.UDP_DATAGRAMS_SENT);
            int sentB = 0;
            int received = 0;
            while (received < INBOUND)
            {
                if (sentB < INBOUND && sentB - received < WINDOW && wireB.send(ADDRESS_B, ADDRESS_A, LENGTH, sentB))
                {
                    sentB++;
                }
                while (wireA.receive() > 0)
                {
                    assertEquals(received++, wireA.number());
                }
            }
            final long went = pair.a.status().get(TunnelCounter.UDP_DATAGRAMS_SENT) - outbound;
            assertTrue(went < INBOUND / 10, went + " datagrams went while " + INBOUND + " packets came");
            awaitFill(pair.a, AdaptiveLimit.LEAST);

            final long read = pair.a.status().get(TunnelCounter.TUN_READ_CALLS);
            assertTrue(read < sent, () -> "the device is not read beyond the limit: " + read + " of " + sent);
            assertEquals(0, drops(pair.a), "and nothing is lost");
        }
    }

    @Test
    void takesMoreFromTheDeviceAsSoonAsSomeHaveGone() throws IOException
    {
        try (wireA; wireB; Pair pair = new Pair(Bandwidth.of(4_000_000), false, ThreadingMode.PAIRED))
        {
            int sent = 0;
            int received = 0;
            while (received < 2000)
            {
                sent += wireA.send(ADDRESS_A, ADDRESS_B, LENGTH, sent) ? 1 : 0;
                while (wireB.receive() > 0)
                {
                    assertEquals(received++, wireB.number());
                }
            }
            assertEquals(0, drops(pair.a));
        }
    }

    @Test
    void hasSomePacketsDroppedThatWaitTooLong() throws IOException
    {
        try (wireA; wireB; Pair pair = new Pair(Bandwidth.of(4_000_000), true, ThreadingMode.PAIRED))
        {
            while (0 == pair.a.status().get(DropReason.AQM))
            {
                wireA.send(ADDRESS_A, ADDRESS_B, LENGTH, 0);
            }
            assertEquals(0, pair.a.status().get(TunnelCounter.AQM_MARKS));
            final long deadlineNs = System.nanoTime() + PATIENCE_NS;
            while (0 == NodeStatus.read(pair.a.statusFile()).peers().getFirst().get(DropReason.AQM))
            {
                assertTrue(System.nanoTime() < deadlineNs, "the peer's own counts do not show the drop");
                Thread.yield();
            }
        }
    }

    @Test
    void hasPacketsMarkedInsteadThatUnderstandIt() throws IOException
    {
        try (wireA; wireB; Pair pair = new Pair(Bandwidth.of(4_000_000), true, ThreadingMode.PAIRED))
        {
            final byte[] packet = new byte[LENGTH];
            packet[0] = 0x45;
            packet[1] = 2;
            packet[2] = (byte)(LENGTH >>> 8);
            packet[3] = (byte)LENGTH;
            packet[8] = 64;
            packet[9] = 17;
            System.arraycopy(new byte[]{10, 10, 10, 3, 10, 10, 10, 4}, 0, packet, 12, 8);
            int marked = 0;
            while (marked < 3)
            {
                wireA.send(packet);
                while (wireB.receive() > 0)
                {
                    final int service = wireB.packet().getShort(0, ByteOrder.BIG_ENDIAN) & 0xFF;
                    assertTrue(2 == service || 3 == service, "congestion is all that is added");
                    marked += 3 == service ? 1 : 0;
                }
            }
            assertTrue(pair.a.status().get(TunnelCounter.AQM_MARKS) >= marked);
            assertEquals(0, pair.a.status().get(DropReason.AQM));
        }
    }

    @Test
    void pacesToTheRateThatTheOperatorGives() throws IOException
    {
        try (wireA; wireB; Pair pair = new Pair(Bandwidth.of(8_000_000), false, ThreadingMode.PAIRED))
        {
            assertEquals(7_840_000, pair.a.status().get(TunnelCounter.PACING_RATE));
            final long begin = System.nanoTime();
            int sent = 0;
            int received = 0;
            while (received < 1000)
            {
                sent += wireA.send(ADDRESS_A, ADDRESS_B, LENGTH, sent) ? 1 : 0;
                while (wireB.receive() > 0)
                {
                    received++;
                }
            }
            // However slow the machine is, it is never faster than this.
            final double bits = 1000.0 * (LENGTH + 39 + 28) * Byte.SIZE;
            final double seconds = (System.nanoTime() - begin) / 1e9;
            assertTrue(bits / seconds < 8_000_000 * 1.05, bits / seconds + " bit/s");
        }
    }

    /** Returns how many packets the device and the ring have taken when neither takes any more. */
    private int fill(final Tunnel tunnel)
    {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        int sent = 0;
        boolean taken = true;
        while (taken || tunnel.status().get(TunnelCounter.RING_FILL) < AdaptiveLimit.LEAST)
        {
            assertTrue(System.nanoTime() < deadlineNs, "the ring does not fill");
            taken = wireA.send(ADDRESS_A, ADDRESS_B, LENGTH, sent);
            sent += taken ? 1 : 0;
        }
        return sent;
    }

    private static void awaitFill(final Tunnel tunnel, final int packets)
    {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (tunnel.status().get(TunnelCounter.RING_FILL) < packets)
        {
            assertTrue(System.nanoTime() < deadlineNs, "the ring does not fill");
            Thread.onSpinWait();
        }
    }

    /** Outbound packets that went nowhere. */
    private static long drops(final Tunnel tunnel)
    {
        long drops = 0;
        for (final DropReason reason : OUTBOUND)
        {
            drops += tunnel.status().get(reason);
        }
        return drops;
    }

    /** A, which has little bandwidth, and b, with a session between them. */
    private final class Pair implements AutoCloseable
    {
        private final Tunnel a;
        private final Tunnel b;

        Pair(final Bandwidth bandwidth, final boolean aqm, final ThreadingMode mode) throws IOException
        {
            final Identity identityA = Identity.generate();
            final Identity identityB = Identity.generate();
            b = Tunnel.builder()
                .identity(identityB)
                .device(wireB.device())
                .bind(new InetSocketAddress("127.0.0.1", 0))
                .peer(TunnelPeer.builder(identityA.peerId()).allowedIp(IpPrefix.parse("10.10.10.3/32")).build())
                .start();
            a = Tunnel.builder()
                .identity(identityA)
                .device(wireA.device())
                .bind(new InetSocketAddress("127.0.0.1", 0))
                .threading(mode)
                .bandwidth(bandwidth)
                .queueManagement(aqm)
                .statusFolder(RuntimeFolder.at(folder))
                .peer(TunnelPeer.builder(identityB.peerId())
                    .allowedIp(IpPrefix.parse("10.10.10.4/32"))
                    .endpoint("127.0.0.1", b.localAddress().getPort())
                    .initiate(true)
                    .build())
                .start();
            assertTrue(wireA.send(ADDRESS_A, ADDRESS_B, 60, 0));
            while (0 == wireB.receive())
            {
                Thread.yield();
            }
        }

        @Override
        public void close()
        {
            a.close();
            b.close();
        }
    }
}
