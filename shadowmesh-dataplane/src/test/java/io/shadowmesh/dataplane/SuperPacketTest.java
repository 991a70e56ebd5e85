package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.SuperPackets;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Two whole nodes in one process, whose devices carry super-packets. */
@Timeout(120)
class SuperPacketTest
{
    private static final int MTU = 1400;
    private static final int LONGEST = 65_535 - 40 - 20;
    private static final int FULL = MTU - 40 - 20;
    private static final int STRANGER = 99;
    private static final long PATIENCE_NS = 30_000_000_000L;

    private final Identity identityA = Identity.generate();
    private final Identity identityB = Identity.generate();
    private Wire wireA;
    private Wire wireB;
    private Tunnel a;
    private Tunnel b;

    private void start(final TunOffloads offloadsA, final TunOffloads offloadsB, final ThreadingMode mode)
        throws IOException
    {
        wireA = new Wire("memA", MTU, offloadsA);
        wireB = new Wire("memB", MTU, offloadsB);
        b = builder(identityB, wireB, mode)
            .peer(TunnelPeer.builder(identityA.peerId())
                .allowedIp(IpPrefix.parse("10.10.10.3/32")).allowedIp(IpPrefix.parse("fd00::3/128")).build())
            .start();
        a = builder(identityA, wireA, mode)
            .peer(TunnelPeer.builder(identityB.peerId())
                .allowedIp(IpPrefix.parse("10.10.10.4/32")).allowedIp(IpPrefix.parse("fd00::4/128"))
                .endpoint("127.0.0.1", b.localAddress().getPort()).initiate(true).build())
            .start();
    }

    private static TunnelBuilder builder(final Identity identity, final Wire wire, final ThreadingMode mode)
    {
        return Tunnel.builder().identity(identity).device(wire.device()).threading(mode)
            .bind(new InetSocketAddress("127.0.0.1", 0));
    }

    @AfterEach
    void close()
    {
        for (final Tunnel tunnel : new Tunnel[]{a, b})
        {
            if (tunnel != null)
            {
                tunnel.close();
            }
        }
        for (final Wire wire : new Wire[]{wireA, wireB})
        {
            if (wire != null)
            {
                wire.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ThreadingMode.class)
    void comesOutJoinedAndIsTheSameSegments(final ThreadingMode mode) throws IOException
    {
        start(TunOffloads.TCP_AND_UDP, TunOffloads.TCP_AND_UDP, mode);
        int number = 0;
        for (int round = 0; round < 20; round++)
        {
            for (final boolean ipv6 : new boolean[]{false, true})
            {
                carry(SuperPackets.of(ipv6, SuperPackets.TCP, LONGEST - number, FULL, number++));
                carry(SuperPackets.of(ipv6, SuperPackets.UDP, 40_000 + number, 1200, number++));
                carry(SuperPackets.of(ipv6, SuperPackets.TCP, FULL + 1, FULL, number++));
            }
        }
        final TunnelStatus sender = a.status();
        final TunnelStatus receiver = b.status();
        assertEquals(number, sender.get(TunnelCounter.TUN_READ_CALLS));
        final long packets = sender.get(TunnelCounter.TUN_PACKETS_READ);
        assertEquals(packets, receiver.get(TunnelCounter.TUN_PACKETS_WRITTEN));
        assertTrue(packets > 20 * number, packets + " packets");
        assertTrue(receiver.get(TunnelCounter.TUN_WRITE_CALLS) < packets / 4, "joined");
        assertTrue(sender.get(TunnelCounter.UDP_SEND_CALLS) < packets / 4, "in runs");
        assertTrue(receiver.get(TunnelCounter.UDP_RECEIVE_CALLS) < packets / 4, "end to end");
        assertTrue(receiver.get(TunnelCounter.UDP_DATAGRAMS_RECEIVED) >= packets, "each datagram counts");
        for (final TunnelCounter offload : List.of(TunnelCounter.TUN_OFFLOADS_ON, TunnelCounter.JOINING_ON,
            TunnelCounter.UDP_SEGMENTATION_ON, TunnelCounter.UDP_COALESCING_ON))
        {
            assertEquals(1, sender.get(offload), offload.text());
        }
    }

    @ParameterizedTest
    @CsvSource({"TCP,false", "TCP,true", "UDP,false", "UDP,true"})
    void arrivesInSegmentsWithCompleteChecksumsAtANodeWithoutOffloads(final String protocol, final boolean ipv6)
        throws IOException
    {
        start(TunOffloads.TCP_AND_UDP, TunOffloads.NONE, ThreadingMode.PAIRED);
        final int number = "TCP".equals(protocol) ? SuperPackets.TCP : SuperPackets.UDP;
        for (int i = 0; i < 10; i++)
        {
            assertArrives(SuperPackets.split(send(SuperPackets.of(ipv6, number, 40_000 + i, 1000, i))), false);
            assertArrives(SuperPackets.split(send(SuperPackets.single(ipv6, number, 1000 + i, i))), false);
        }
        assertEquals(0, b.status().get(TunnelCounter.TUN_OFFLOADS_ON));
        assertEquals(0, b.status().get(TunnelCounter.JOINING_ON));
    }

    @Test
    void segmentsFromANodeWithoutOffloadsAreDelivered() throws IOException
    {
        start(TunOffloads.NONE, TunOffloads.TCP_AND_UDP, ThreadingMode.PAIRED);
        for (int i = 0; i < 20; i++)
        {
            final List<byte[]> segments = SuperPackets.split(SuperPackets.of(false, SuperPackets.TCP, 30_000, FULL, i));
            for (final byte[] segment : segments)
            {
                assertTrue(wireA.send(segment));
            }
            assertArrives(segments, true);
        }
    }

    @Test
    void aChecksumStaysPartialBetweenNodesWithOffloads() throws IOException
    {
        start(TunOffloads.TCP_AND_UDP, TunOffloads.TCP_AND_UDP, ThreadingMode.PAIRED);
        carry(SuperPackets.of(false, SuperPackets.TCP, 3000, FULL, 1));
        for (final boolean ipv6 : new boolean[]{false, true})
        {
            final byte[] single = send(SuperPackets.single(ipv6, SuperPackets.TCP, 1000, 2));
            final byte[] received = receive();
            assertTrue(SuperPackets.isPartial(received));
            assertArrayEquals(SuperPackets.withoutHeader(single), SuperPackets.withoutHeader(received));
        }
        final byte[] complete = SuperPackets.split(SuperPackets.single(false, SuperPackets.UDP, 1000, 3)).getFirst();
        send(SuperPackets.withHeader(complete));
        final byte[] received = receive();
        assertFalse(SuperPackets.isPartial(received));
        assertArrayEquals(complete, SuperPackets.withoutHeader(received));
    }

    @Test
    void waitsForAHandshakeInSegmentsWithCompleteChecksums() throws IOException
    {
        start(TunOffloads.TCP_AND_UDP, TunOffloads.NONE, ThreadingMode.PAIRED);
        final List<byte[]> expected = new ArrayList<>();
        expected.addAll(SuperPackets.split(send(SuperPackets.single(false, SuperPackets.UDP, 500, 1))));
        expected.addAll(SuperPackets.split(send(SuperPackets.of(false, SuperPackets.TCP, 60_000, FULL, 2))));
        expected.addAll(SuperPackets.split(send(SuperPackets.single(true, SuperPackets.TCP, 500, 3))));
        assertTrue(expected.size() < 64, "as many as may wait for a peer");
        assertArrives(expected, false);
        assertEquals(0, a.status().get(DropReason.HANDSHAKE_QUEUE_FULL));
    }

    /** More frames than the outbox holds, and more bytes than its slab does: it is flushed in their midst. */
    @ParameterizedTest
    @EnumSource(ThreadingMode.class)
    void mayBeOfTinySegments(final ThreadingMode mode) throws IOException
    {
        start(TunOffloads.TCP_AND_UDP, TunOffloads.TCP_AND_UDP, mode);
        carry(SuperPackets.single(false, SuperPackets.TCP, 100, 0));
        for (int i = 0; i < 10; i++)
        {
            final List<byte[]> expected = new ArrayList<>();
            expected.addAll(SuperPackets.split(send(SuperPackets.of(false, SuperPackets.TCP, LONGEST, FULL, i))));
            expected.addAll(SuperPackets.split(send(SuperPackets.of(true, SuperPackets.TCP, 65_000, 200, i))));
            expected.addAll(SuperPackets.split(send(SuperPackets.of(false, SuperPackets.UDP, 6500, 10, i))));
            assertTrue(expected.size() > 1000);
            assertArrives(expected, true);
        }
        assertEquals(0, a.status().get(DropReason.SEND_FAILED));
    }

    @Test
    void fromASourceThatThePeerMayNotUseIsDroppedThoughItFollowsOneThatItMay() throws IOException
    {
        start(TunOffloads.TCP_AND_UDP, TunOffloads.TCP_AND_UDP, ThreadingMode.PAIRED);
        carry(SuperPackets.single(false, SuperPackets.TCP, 100, 0));
        long strangers = 0;
        for (int i = 1; i <= 50; i++)
        {
            final List<byte[]> expected = new ArrayList<>();
            for (int j = 0; j < 4; j++)
            {
                final byte[] allowed = SuperPackets.of(false, SuperPackets.TCP, 4000, 1000, i * 4 + j);
                expected.addAll(SuperPackets.split(send(allowed)));
                send(SuperPackets.from(allowed, STRANGER));
                strangers += 4;
            }
            assertArrives(expected, true);
        }
        final long expectedDrops = strangers;
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (b.status().get(DropReason.INNER_SOURCE_NOT_ALLOWED) < expectedDrops)
        {
            assertTrue(System.nanoTime() < deadlineNs, "strangers were not dropped");
            Thread.yield();
        }
        assertNull(wireB.receiveBytes());
    }

    @Test
    void goesTheOtherWayToo() throws IOException
    {
        start(TunOffloads.TCP_AND_UDP, TunOffloads.TCP, ThreadingMode.DEDICATED);
        carry(SuperPackets.single(false, SuperPackets.TCP, 100, 0));
        final Wire out = wireA;
        wireA = wireB;
        wireB = out;
        for (int i = 0; i < 20; i++)
        {
            carry(SuperPackets.back(SuperPackets.of(false, SuperPackets.TCP, LONGEST, FULL, i)));
        }
    }

    @Test
    void thatMakesNoSenseIsDroppedWhole() throws IOException
    {
        start(TunOffloads.TCP_AND_UDP, TunOffloads.TCP_AND_UDP, ThreadingMode.PAIRED);
        carry(SuperPackets.single(false, SuperPackets.TCP, 100, 0));
        final byte[] noSegmentLength = SuperPackets.of(false, SuperPackets.TCP, 4000, 0, 1);
        send(noSegmentLength);
        carry(SuperPackets.of(false, SuperPackets.TCP, 4000, 1000, 2));
        assertEquals(1, a.status().get(DropReason.INNER_MALFORMED));
        assertEquals(3, a.status().get(TunnelCounter.TUN_READ_CALLS));
        assertEquals(1 + 1 + 4, a.status().get(TunnelCounter.TUN_PACKETS_READ));
    }

    private byte[] send(final byte[] packet)
    {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!wireA.send(packet))
        {
            assertTrue(System.nanoTime() < deadlineNs, "the device takes no packets");
            Thread.yield();
        }
        return packet;
    }

    private byte[] receive()
    {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        byte[] packet = wireB.receiveBytes();
        while (packet == null)
        {
            assertTrue(System.nanoTime() < deadlineNs, "no packet within 30 s");
            Thread.yield();
            packet = wireB.receiveBytes();
        }
        return packet;
    }

    private void carry(final byte[] packet)
    {
        assertArrives(SuperPackets.split(send(packet)), true);
    }

    private void assertArrives(final List<byte[]> expected, final boolean withHeaders)
    {
        int arrived = 0;
        while (arrived < expected.size())
        {
            final byte[] packet = receive();
            for (final byte[] segment : withHeaders ? SuperPackets.split(packet) : List.of(packet))
            {
                assertTrue(arrived < expected.size(), "more than was sent");
                assertArrayEquals(expected.get(arrived), segment, "segment " + arrived + " of " + expected.size());
                arrived++;
            }
        }
    }
}
