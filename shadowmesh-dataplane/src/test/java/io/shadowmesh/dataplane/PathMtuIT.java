package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.NetworkLink;
import io.shadowmesh.dataplane.device.SuperPackets;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.host.Namespaces;
import io.shadowmesh.dataplane.host.NetworkNamespace;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Two whole nodes in one process, on a loopback whose MTU is the path's. */
@Timeout(120)
class PathMtuIT
{
    private static final int DEVICE_MTU = 1400;
    private static final int SHORT_PATH = 1400;
    private static final int SHORTER_PATH = 1000;
    private static final int OVERHEAD = 20 + 8 + 39;
    private static final int FULL = DEVICE_MTU - 40;
    private static final int VIRTIO = 10;
    private static final int ROUND = 4_000;
    private static final int ROUNDS = 12;
    private static final long PATIENCE_NS = 30_000_000_000L;

    private NetworkNamespace namespace;

    @BeforeEach
    void enter()
    {
        namespace = Namespaces.create();
    }

    @AfterEach
    void leave()
    {
        if (namespace != null)
        {
            namespace.close();
        }
    }

    /** What a test does with two nodes. */
    private interface Scenario
    {
        void play(Pair pair) throws Exception;
    }

    private void play(final TunOffloads offloads, final Scenario scenario) throws Exception
    {
        namespace.run(
            () ->
            {
                pathMtu(1500);
                try (Pair pair = new Pair(offloads))
                {
                    scenario.play(pair);
                }
            });
    }

    private static void pathMtu(final int mtu) throws Exception
    {
        try (NetworkLink lo = NetworkLink.open("lo"))
        {
            lo.mtu(mtu);
            lo.up();
        }
    }

    @Test
    void aSuperPacketOfTooLongSegmentsGoesBackAsIcmpAndThenShorterOnesGoInOnePiece() throws Exception
    {
        play(TunOffloads.TCP_AND_UDP,
            pair ->
            {
                for (final boolean ipv6 : new boolean[]{false, true})
                {
                    pathMtu(1500);
                    pair.untilCarried(ipv6, FULL - 20);
                    pathMtu(SHORT_PATH);
                    final byte[] tooBig = SuperPackets.of(ipv6, SuperPackets.TCP, 20_000, FULL - 20, 1);
                    final byte[] answer = pair.untilAnswered(tooBig);
                    assertTooBig(ipv6, tooBig, SHORT_PATH - OVERHEAD, answer);
                    pair.drain();

                    final long fragmented = pair.a.status().get(TunnelCounter.FRAGMENTED_DATAGRAMS);
                    final long sent = pair.a.status().get(TunnelCounter.UDP_DATAGRAMS_SENT);
                    final long calls = pair.a.status().get(TunnelCounter.UDP_SEND_CALLS);
                    final int fits = SHORT_PATH - OVERHEAD - (ipv6 ? 60 : 40);
                    for (int i = 0; i < 20; i++)
                    {
                        pair.carry(SuperPackets.of(ipv6, SuperPackets.TCP, 20_000 + i, fits, i));
                    }
                    assertEquals(fragmented, pair.a.status().get(TunnelCounter.FRAGMENTED_DATAGRAMS));
                    final long sentNow = pair.a.status().get(TunnelCounter.UDP_DATAGRAMS_SENT) - sent;
                    final long callsNow = pair.a.status().get(TunnelCounter.UDP_SEND_CALLS) - calls;
                    assertTrue(callsNow < sentNow / 4, callsNow + " calls for " + sentNow + " datagrams: not in runs");
                }
                assertEquals(1, pair.a.status().get(TunnelCounter.UDP_SEGMENTATION_ON));
                assertTrue(pair.a.status().get(DropReason.OUTBOUND_TOO_BIG_FOR_PATH) >= 2 * 15);
            });
    }

    @Test
    void onAPathShorterThan1280BytesPacketsOf1280StillArriveInOrderAndCostNoRefusal() throws Exception
    {
        play(TunOffloads.TCP_AND_UDP,
            pair ->
            {
                pathMtu(SHORTER_PATH);
                final byte[] full = SuperPackets.of(false, SuperPackets.TCP, 40_000, FULL, 1);
                assertTooBig(false, full, 1280, pair.untilAnswered(full));
                pair.drain();
                final byte[] full6 = SuperPackets.of(true, SuperPackets.TCP, 40_000, FULL - 20, 1);
                assertTooBig(true, full6, 1280, pair.untilAnswered(full6));
                pair.drain();
                final long drops = pair.a.status().get(DropReason.OUTBOUND_TOO_BIG_FOR_PATH);
                for (int i = 0; i < 30; i++)
                {
                    pair.carry(SuperPackets.of(false, SuperPackets.TCP, 30_000, 1280 - 40, i));
                    pair.carry(SuperPackets.of(true, SuperPackets.TCP, 30_000, 1280 - 60, i));
                    pair.carry(SuperPackets.single(false, SuperPackets.UDP, 1280 - 28, i));
                    pair.carry(SuperPackets.single(false, SuperPackets.UDP, 100, i));
                }
                assertEquals(drops, pair.a.status().get(DropReason.OUTBOUND_TOO_BIG_FOR_PATH));
                assertEquals(0, pair.a.status().get(DropReason.SEND_FAILED));
            });
    }

    @Test
    void ipv4WithoutDontFragmentArrivesWhole() throws Exception
    {
        play(TunOffloads.NONE,
            pair ->
            {
                pathMtu(SHORT_PATH);
                for (int i = 0; i < 50; i++)
                {
                    final byte[] packet = SuperPackets.split(
                        SuperPackets.single(false, SuperPackets.UDP, DEVICE_MTU - 28, i)).getFirst();
                    packet[6] = 0;
                    pair.wireA.send(packet);
                    assertArrayEquals(packet, pair.receive(pair.wireB));
                }
                assertEquals(0, pair.a.status().get(TunnelCounter.TOO_BIG_ANSWERS));
                assertEquals(0, pair.a.status().get(DropReason.OUTBOUND_TOO_BIG_FOR_PATH));
                assertTrue(pair.a.status().get(TunnelCounter.FRAGMENTED_DATAGRAMS) >= 50);
                assertTrue(pair.a.status().get(TunnelCounter.UDP_SEND_CALLS) < 80,
                    "the path is known after the first: " + pair.a.status().get(TunnelCounter.UDP_SEND_CALLS));
            });
    }

    @Test
    void sendersAreToldNoMoreThanSoManyTimesASecond() throws Exception
    {
        play(TunOffloads.NONE,
            pair ->
            {
                pathMtu(SHORT_PATH);
                final byte[] packet =
                    SuperPackets.split(SuperPackets.single(false, SuperPackets.UDP, DEVICE_MTU - 28, 1)).getFirst();
                pair.untilAnswered(packet);
                final long beginNs = System.nanoTime();
                final long answersBefore = pair.a.status().get(TunnelCounter.TOO_BIG_ANSWERS);
                final long target = pair.a.status().get(DropReason.OUTBOUND_TOO_BIG_FOR_PATH) + 5_000;
                while (pair.a.status().get(DropReason.OUTBOUND_TOO_BIG_FOR_PATH) < target)
                {
                    pair.wireA.send(packet);
                    pair.wireA.receive();
                    assertTrue(System.nanoTime() - beginNs < PATIENCE_NS, "the packets are not taken");
                }
                final long answers = pair.a.status().get(TunnelCounter.TOO_BIG_ANSWERS) - answersBefore;
                final long seconds = (System.nanoTime() - beginNs) / 1_000_000_000L + 1;
                assertTrue(answers > 0 && answers <= 500 * seconds, answers + " answers within " + seconds + " s");
            });
    }

    @Test
    void aPathThatGetsLongerIsUsedAgain() throws Exception
    {
        play(TunOffloads.TCP_AND_UDP,
            pair ->
            {
                final byte[] full = SuperPackets.of(false, SuperPackets.TCP, 40_000, FULL, 1);
                pathMtu(SHORT_PATH);
                pair.untilAnswered(full);
                pathMtu(1500);
                pair.untilCarried(false, FULL);
            });
    }

    @Test
    void aSynAnnouncesWhatThePathTakesBothWays() throws Exception
    {
        play(TunOffloads.TCP_AND_UDP,
            pair ->
            {
                final byte[] syn = SuperPackets.syn(1460);
                assertEquals(DEVICE_MTU - 40, SuperPackets.announced(pair.across(pair.wireA, syn, pair.wireB)));
                pathMtu(SHORT_PATH);
                pair.untilAnswered(SuperPackets.of(false, SuperPackets.TCP, 40_000, FULL, 1));
                pair.drain();
                final int expected = SHORT_PATH - OVERHEAD - 40;
                assertEquals(expected, SuperPackets.announced(pair.across(pair.wireA, syn, pair.wireB)), "outbound, at a");
                final byte[] back = SuperPackets.back(syn);
                assertEquals(expected, SuperPackets.announced(pair.across(pair.wireB, back, pair.wireA)), "inbound, at a");
            });
    }

    /**
     * The least of some equal rounds counts. What allocates per packet, or each time that the kernel is asked for the
     * path, does so in each of them; the compiler, when it drops and remakes code, only in one.
     */
    @Test
    void aShortPathCostsNoHeap() throws Exception
    {
        play(TunOffloads.TCP_AND_UDP,
            pair ->
            {
                pathMtu(SHORTER_PATH);
                pair.untilAnswered(SuperPackets.of(false, SuperPackets.TCP, 4_000, FULL, 1));
                pair.drain();
                long least = Long.MAX_VALUE;
                for (int round = 0; round < ROUNDS && least > 0; round++)
                {
                    final long before = pair.heapBytes();
                    final long sentBefore = pair.a.status().get(TunnelCounter.FRAGMENTED_DATAGRAMS);
                    pair.sendAllKinds(ROUND);
                    least = Math.min(least, pair.heapBytes() - before);
                    assertTrue(pair.a.status().get(TunnelCounter.FRAGMENTED_DATAGRAMS) - sentBefore >= ROUND);
                }
                assertEquals(0, least, "heap bytes of the agents of both nodes");
            });
    }

    private static void assertTooBig(final boolean ipv6, final byte[] packet, final int mtu, final byte[] answer)
    {
        final int icmp = VIRTIO + (ipv6 ? 40 : 20);
        assertEquals(ipv6 ? 2 : 3, answer[icmp]);
        assertEquals(ipv6 ? 0 : 4, answer[icmp + 1]);
        assertEquals(mtu, (answer[icmp + 6] & 0xFF) << 8 | answer[icmp + 7] & 0xFF);
        assertArrayEquals(
            Arrays.copyOfRange(packet, VIRTIO, VIRTIO + 100), Arrays.copyOfRange(answer, icmp + 8, icmp + 108));
    }

    /** Node a, which begins, and node b. */
    private static final class Pair implements AutoCloseable
    {
        private final Wire wireA;
        private final Wire wireB;
        private final Tunnel b;
        private final Tunnel a;
        private final byte[] superPacket = SuperPackets.of(false, SuperPackets.TCP, 5_000, 1280 - 40, 1);
        private final byte[] tooBig = SuperPackets.of(true, SuperPackets.TCP, 5_000, FULL - 20, 2);
        private final byte[] syn = SuperPackets.syn(1460);
        private final byte[] small = SuperPackets.single(false, SuperPackets.UDP, 64, 3);
        private final int smallLength = small.length;
        private int number;

        Pair(final TunOffloads offloads) throws Exception
        {
            final Identity identityA = Identity.generate();
            final Identity identityB = Identity.generate();
            wireA = new Wire("memA", DEVICE_MTU, offloads);
            wireB = new Wire("memB", DEVICE_MTU, offloads);
            b = builder(identityB, wireB)
                .peer(TunnelPeer.builder(identityA.peerId())
                    .allowedIp(IpPrefix.parse("10.10.10.3/32")).allowedIp(IpPrefix.parse("fd00::3/128")).build())
                .start();
            a = builder(identityA, wireA)
                .peer(TunnelPeer.builder(identityB.peerId())
                    .allowedIp(IpPrefix.parse("10.10.10.4/32")).allowedIp(IpPrefix.parse("fd00::4/128"))
                    .endpoint("127.0.0.1", b.localAddress().getPort()).initiate(true).build())
                .start();
            final byte[] first = SuperPackets.single(false, SuperPackets.UDP, 100, 0);
            send(wireA, offloads == TunOffloads.NONE ? SuperPackets.split(first).getFirst() : first);
            receive(wireB);
        }

        private static TunnelBuilder builder(final Identity identity, final Wire wire)
        {
            return Tunnel.builder().identity(identity).device(wire.device())
                .bind(new InetSocketAddress("127.0.0.1", 0));
        }

        void send(final Wire wire, final byte[] packet)
        {
            final long deadlineNs = System.nanoTime() + PATIENCE_NS;
            while (!wire.send(packet))
            {
                assertTrue(System.nanoTime() < deadlineNs, "the device takes no packets");
                Thread.yield();
            }
        }

        byte[] receive(final Wire wire)
        {
            final long deadlineNs = System.nanoTime() + PATIENCE_NS;
            byte[] packet = wire.receiveBytes();
            while (packet == null)
            {
                assertTrue(System.nanoTime() < deadlineNs, "no packet within 30 s");
                Thread.yield();
                packet = wire.receiveBytes();
            }
            return packet;
        }

        byte[] across(final Wire from, final byte[] packet, final Wire to)
        {
            send(from, packet);
            return receive(to);
        }

        /** Carries a super-packet whole from a to b. */
        void carry(final byte[] packet)
        {
            final List<byte[]> expected = SuperPackets.split(packet.clone());
            send(wireA, packet);
            final List<byte[]> arrived = new ArrayList<>();
            while (arrived.size() < expected.size())
            {
                arrived.addAll(SuperPackets.split(receive(wireB)));
            }
            assertEquals(expected.size(), arrived.size());
            for (int i = 0; i < expected.size(); i++)
            {
                assertArrayEquals(expected.get(i), arrived.get(i), "segment " + i + " of " + expected.size());
            }
            assertNull(wireA.receiveBytes(), "nothing comes back");
        }

        /** Sends packets of such segments until one arrives: a is to have noticed that the path is long enough. */
        void untilCarried(final boolean ipv6, final int segment)
        {
            final long deadlineNs = System.nanoTime() + PATIENCE_NS;
            boolean arrived = false;
            while (!arrived)
            {
                assertTrue(System.nanoTime() < deadlineNs, "the path is not used");
                final long drops = a.status().get(DropReason.OUTBOUND_TOO_BIG_FOR_PATH);
                send(wireA, SuperPackets.of(ipv6, SuperPackets.TCP, 20_000, segment, number++));
                byte[] packet = null;
                while (packet == null && a.status().get(DropReason.OUTBOUND_TOO_BIG_FOR_PATH) == drops)
                {
                    packet = wireB.receiveBytes();
                    assertTrue(System.nanoTime() < deadlineNs, "neither carried nor dropped");
                }
                arrived = packet != null;
            }
            drain();
        }

        /** Sends a packet until it comes back as ICMP: the first ones go in fragments. */
        byte[] untilAnswered(final byte[] packet)
        {
            final long deadlineNs = System.nanoTime() + PATIENCE_NS;
            byte[] answer = wireA.receiveBytes();
            while (answer == null)
            {
                assertTrue(System.nanoTime() < deadlineNs, "no answer");
                wireA.send(packet);
                wireB.receiveBytes();
                answer = wireA.receiveBytes();
            }
            return answer;
        }

        /** Takes what is still under way: until a packet of its own kind has come. */
        void drain()
        {
            final byte[] last = SuperPackets.single(false, SuperPackets.UDP, 64, 999_999);
            final byte[] expected = SuperPackets.split(last.clone()).getFirst();
            send(wireA, last);
            byte[] packet = SuperPackets.withoutHeader(receive(wireB));
            while (packet.length != expected.length)
            {
                packet = SuperPackets.withoutHeader(receive(wireB));
            }
            while (wireA.receiveBytes() != null)
            {
                Thread.onSpinWait();
            }
        }

        long heapBytes()
        {
            return a.status().get(TunnelCounter.AGENT_HEAP_BYTES) + b.status().get(TunnelCounter.AGENT_HEAP_BYTES);
        }

        /** What fits, what goes without DF, what goes back, and what is clamped: so many times each. */
        void sendAllKinds(final int times)
        {
            for (int i = 0; i < times; i++)
            {
                send(wireA, superPacket);
                send(wireA, tooBig);
                send(wireA, syn);
                send(wireA, small);
                int length = wireB.receive();
                final long deadlineNs = System.nanoTime() + PATIENCE_NS;
                while (length != smallLength)
                {
                    assertTrue(System.nanoTime() < deadlineNs, "a packet was lost");
                    wireA.receive();
                    length = wireB.receive();
                }
            }
        }

        @Override
        public void close()
        {
            a.close();
            b.close();
            wireA.close();
            wireB.close();
        }
    }
}
