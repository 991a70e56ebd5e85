package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.HandshakeHeader;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

/** Two whole nodes, and somebody between them who changes frames, and sends again what has been sent. */
@Timeout(240)
class HostilePathTest
{
    private static final int ADDRESS_A = 0x0A0A0A03;
    private static final int ADDRESS_B = 0x0A0A0A04;
    private static final int LONGEST = 2000;
    private static final int PACKET_LENGTH = 28;
    private static final int FRAME_LENGTH = PACKET_LENGTH + SealedFrame.OVERHEAD;
    private static final int BURST = 32;
    private static final int PACKETS = 300;
    private static final int ATTEMPTS = 5;
    private static final Duration SHORTEST_RENEWAL = Duration.ofSeconds(1);
    private static final Duration LONGEST_RENEWAL = Duration.ofSeconds(120);
    private static final Standing NOTHING = new Standing(0, 0, 0, 0);

    /** What a replay must not change. */
    private record Standing(long established, long live, long endpointMoves, long delivered)
    {
        private static Standing of(final Tunnel tunnel)
        {
            final TunnelStatus status = tunnel.status();
            return new Standing(
                status.get(TunnelCounter.SESSIONS_ESTABLISHED),
                status.get(TunnelCounter.SESSIONS_LIVE),
                status.get(TunnelCounter.ENDPOINT_MOVES),
                status.get(TunnelCounter.TUN_PACKETS_WRITTEN));
        }
    }

    private final Identity identityA = Identity.generate();
    private final Identity identityB = Identity.generate();
    private final Random random = seeded();
    private Wire wireA = new Wire("memA", 1400);
    private Wire wireB = new Wire("memB", 1400);
    private Tunnel b;
    private LoopbackRelay relay;
    private Tunnel a;
    private long next;

    private static Random seeded()
    {
        final long seed = Long.getLong("shadowmesh.seed", System.nanoTime());
        System.out.println("HostilePathTest: -Dshadowmesh.seed=" + seed);
        return new Random(seed);
    }

    @BeforeEach
    void aTunnelThroughARelay() throws IOException
    {
        b = startB(wireB, 0);
        relay = new LoopbackRelay(b.localAddress().getPort());
        a = startA(wireA, 0, LONGEST_RENEWAL);
        exchange(1);
    }

    @AfterEach
    void close()
    {
        a.close();
        b.close();
        relay.close();
        wireA.close();
        wireB.close();
    }

    private Tunnel startB(final Wire wire, final int port) throws IOException
    {
        return Tunnel.builder()
            .identity(identityB)
            .device(wire.device())
            .bind(new InetSocketAddress("127.0.0.1", port))
            .peer(TunnelPeer.builder(identityA.peerId()).allowedIp(IpPrefix.parse("10.10.10.3/32")).build())
            .start();
    }

    private Tunnel startA(final Wire wire, final int port, final Duration renewalAge) throws IOException
    {
        return Tunnel.builder()
            .identity(identityA)
            .device(wire.device())
            .bind(new InetSocketAddress("127.0.0.1", port))
            .renewalAge(renewalAge)
            .peer(TunnelPeer.builder(identityB.peerId())
                .allowedIp(IpPrefix.parse("10.10.10.4/32"))
                .endpoint("127.0.0.1", relay.port())
                .initiate(true)
                .build())
            .start();
    }

    /** Packets both ways, each of which arrives. */
    private void exchange(final int packets)
    {
        for (int i = 0; i < packets; i++)
        {
            final long number = next++;
            await(() -> wireA.send(ADDRESS_A, ADDRESS_B, PACKET_LENGTH, number));
            assertArrives(wireB, number);
            await(() -> wireB.send(ADDRESS_B, ADDRESS_A, PACKET_LENGTH, number));
            assertArrives(wireA, number);
        }
    }

    private static void assertArrives(final Wire wire, final long number)
    {
        await(() -> wire.receive() > 0);
        assertEquals(number, wire.number());
    }

    /** Genuine frames of one packet each, on their way and held up. */
    private List<byte[]> hold(final int count)
    {
        relay.hold(true);
        final List<byte[]> held = new ArrayList<>();
        int seen = relay.toServer().size();
        for (int i = 1; i <= count; i++)
        {
            final long number = next++;
            await(() -> wireA.send(ADDRESS_A, ADDRESS_B, PACKET_LENGTH, number));
            while (i % BURST == 0 && held.size() < i || held.size() < i && i == count)
            {
                final int from = seen;
                await(() -> relay.toServer().size() > from);
                final List<byte[]> all = relay.toServer();
                all.subList(from, all.size()).stream().filter(HostilePathTest::carriesAPacket).forEach(held::add);
                seen = all.size();
            }
        }
        return held;
    }

    private static boolean carriesAPacket(final byte[] frame)
    {
        return frame[FrameHeader.TYPE_OFFSET] == FrameType.DATA && frame.length == FRAME_LENGTH;
    }

    /** Has b take bad datagrams and then the genuine one: the latter alone is delivered. */
    private void assertOnlyGenuineIsDelivered(final byte[] genuine, final long number, final byte[]... bad)
        throws IOException
    {
        final long taken = b.status().get(TunnelCounter.UDP_DATAGRAMS_RECEIVED);
        for (final byte[] datagram : bad)
        {
            relay.sendToServer(datagram);
            relay.sendToServerFromElsewhere(datagram);
        }
        await(() -> b.status().get(TunnelCounter.UDP_DATAGRAMS_RECEIVED) >= taken + 2L * bad.length);
        relay.sendToServer(genuine);
        assertArrives(wireB, number);
    }

    private void assertNothingMoved(final long sessions)
    {
        assertEquals(0, wireB.receive());
        assertEquals(0, b.status().get(TunnelCounter.ENDPOINT_MOVES));
        assertEquals(sessions, b.status().get(TunnelCounter.SESSIONS_ESTABLISHED));
    }

    @Test
    void everyFlippedBitOfADataFrameIsNoticedAndTheGenuineFrameStillPasses() throws IOException
    {
        final int bits = FRAME_LENGTH * Byte.SIZE;
        final long first = next;
        final List<byte[]> frames = hold(bits);
        for (int bit = 0; bit < bits; bit++)
        {
            final byte[] flipped = frames.get(bit).clone();
            flipped[bit / Byte.SIZE] ^= (byte)(1 << bit % Byte.SIZE);
            assertOnlyGenuineIsDelivered(frames.get(bit), first + bit, flipped);
        }
        assertNothingMoved(1);
        relay.hold(false);
        exchange(1);
    }

    @Test
    void aDataFrameOfEveryOtherLengthIsNoticedAndTheGenuineFrameStillPasses() throws IOException
    {
        final long first = next;
        final List<byte[]> frames = hold(LONGEST + 1);
        for (int length = 0; length <= LONGEST; length++)
        {
            final byte[] genuine = frames.get(length);
            final byte[] other = Arrays.copyOf(genuine, length);
            for (int i = genuine.length; i < length; i++)
            {
                other[i] = (byte)random.nextInt();
            }
            if (length == genuine.length)
            {
                other[random.nextInt(length)] ^= 1;
            }
            final byte[] otherSize = other.clone();
            if (length >= FrameHeader.LENGTH)
            {
                ByteBuffer.wrap(otherSize).putShort(FrameHeader.SIZE_OFFSET, (short)(length - FrameHeader.LENGTH));
            }
            assertOnlyGenuineIsDelivered(genuine, first + length, other, otherSize);
        }
        assertNothingMoved(1);
        relay.hold(false);
        exchange(1);
    }

    @Test
    void everyDatagramReplayedDeliversNothingAndMovesNoEndpoint() throws IOException
    {
        exchange(PACKETS);
        assertTrue(relay.toServer().size() > PACKETS && relay.toClient().size() > PACKETS);
        replayBothWays(relay.toServer(), relay.toClient());
        replayShuffledBothWays();
        exchange(1);

        // New keys of another a: those of the run are still held by b, as the previous ones.
        relay.block(true);
        a.close();
        await(relay::sawLostClose);
        relay.block(false);
        restartA(0, LONGEST_RENEWAL);
        await(() -> b.status().get(TunnelCounter.SESSIONS_ESTABLISHED) == 2);
        exchange(1);
        replayShuffledBothWays();
        assertEquals(2, b.status().get(TunnelCounter.SESSIONS_ESTABLISHED));
        assertEquals(2, b.status().get(TunnelCounter.SESSIONS_LIVE));
        exchange(1);

        // A new start of b, and then of a: nothing is known of what was.
        final int portA = a.localAddress().getPort();
        a.close();
        final int portB = b.localAddress().getPort();
        b.close();
        wireB.close();
        wireB = new Wire("memB", 1400);
        b = startB(wireB, portB);
        replayToServer(shuffled(relay.toServer()));
        assertNothingMoved(0);
        assertEquals(NOTHING, Standing.of(b));

        relay.block(true);
        restartA(portA, LONGEST_RENEWAL);
        replayToClient(shuffled(relay.toClient()));
        assertEquals(0, wireA.receive());
        assertEquals(NOTHING, Standing.of(a));
        relay.block(false);
        exchange(1);
    }

    @Test
    void everyDatagramReplayedDeliversNothingWhenALivingPairHasRenewedItsKeys() throws IOException
    {
        a.close();
        restartA(0, SHORTEST_RENEWAL);
        exchange(PACKETS);
        renewAndBlock();
        replayBothWays(relay.toServer(), relay.toClient());
        replayShuffledBothWays();
        relay.block(false);
        exchange(1);
    }

    /** Carries packets under new keys, and then loses all that the two send, at a time when they agree on a session. */
    private void renewAndBlock() throws IOException
    {
        final long ofFormerA = 1;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++)
        {
            final long renewed = established(a) + 1;
            await(() -> established(a) >= renewed && established(b) >= ofFormerA + renewed);
            exchange(PACKETS);
            relay.block(true);
            replayToServer(List.of(new byte[1]));
            replayToClient(List.of(new byte[1]));
            if (established(b) == ofFormerA + established(a))
            {
                return;
            }
            relay.block(false);
        }
        fail("they renew their keys all the time");
    }

    private static long established(final Tunnel tunnel)
    {
        return tunnel.status().get(TunnelCounter.SESSIONS_ESTABLISHED);
    }

    private void restartA(final int port, final Duration renewalAge) throws IOException
    {
        wireA.close();
        wireA = new Wire("memA", 1400);
        a = startA(wireA, port, renewalAge);
    }

    /** As by somebody who has the initiator's public key and not its secret: the handshake goes through to M4. */
    @Test
    void anAnsweredHandshakeReplacesNothingUntilASealedFrameHasCome() throws IOException
    {
        relay.block(true);
        a.close();
        await(relay::sawLostClose);
        relay.holdSealed(true);
        relay.block(false);
        final int before = relay.toClient().size();
        try (Wire newWire = new Wire("memA", 1400))
        {
            a = startA(newWire, 0, LONGEST_RENEWAL);
            await(() -> relay.toClient().stream().skip(before).anyMatch(HostilePathTest::isM4));
            assertNothingMoved(1);
            assertEquals(2, b.status().get(TunnelCounter.SESSIONS_LIVE));

            relay.holdSealed(false);
            final long number = next++;
            await(() -> newWire.send(ADDRESS_A, ADDRESS_B, PACKET_LENGTH, number));
            assertArrives(wireB, number);
            await(() -> b.status().get(TunnelCounter.SESSIONS_ESTABLISHED) == 2);
            a.close();
        }
    }

    private static boolean isM4(final byte[] datagram)
    {
        return datagram[FrameHeader.TYPE_OFFSET] == FrameType.HANDSHAKE &&
            datagram[HandshakeHeader.MESSAGE_OFFSET] == 4;
    }

    private List<byte[]> shuffled(final List<byte[]> datagrams)
    {
        final List<byte[]> copy = new ArrayList<>(datagrams);
        Collections.shuffle(copy, random);
        return copy;
    }

    private void replayShuffledBothWays() throws IOException
    {
        replayBothWays(shuffled(relay.toServer()), shuffled(relay.toClient()));
    }

    /** Nothing is delivered to either, and no session comes, goes or moves. */
    private void replayBothWays(final List<byte[]> forth, final List<byte[]> back) throws IOException
    {
        final Standing ofA = Standing.of(a);
        final Standing ofB = Standing.of(b);
        replayToServer(forth);
        replayToClient(back);
        assertEquals(0, wireB.receive());
        assertEquals(0, wireA.receive());
        assertEquals(ofB, Standing.of(b));
        assertEquals(ofA, Standing.of(a));
    }

    private void replayToServer(final List<byte[]> datagrams) throws IOException
    {
        for (int i = 0; i < datagrams.size(); i += BURST)
        {
            final List<byte[]> burst = datagrams.subList(i, Math.min(datagrams.size(), i + BURST));
            final long taken = b.status().get(TunnelCounter.UDP_DATAGRAMS_RECEIVED);
            for (final byte[] datagram : burst)
            {
                relay.sendToServer(datagram);
                relay.sendToServerFromElsewhere(datagram);
            }
            await(() -> b.status().get(TunnelCounter.UDP_DATAGRAMS_RECEIVED) >= taken + 2L * burst.size());
        }
    }

    private void replayToClient(final List<byte[]> datagrams) throws IOException
    {
        for (int i = 0; i < datagrams.size(); i += BURST)
        {
            final List<byte[]> burst = datagrams.subList(i, Math.min(datagrams.size(), i + BURST));
            final long taken = a.status().get(TunnelCounter.UDP_DATAGRAMS_RECEIVED);
            for (final byte[] datagram : burst)
            {
                relay.sendToClient(datagram);
                relay.sendToClientFromElsewhere(datagram);
            }
            await(() -> a.status().get(TunnelCounter.UDP_DATAGRAMS_RECEIVED) >= taken + 2L * burst.size());
        }
    }

    private static void await(final BooleanSupplier condition)
    {
        final long deadlineNs = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean())
        {
            assertTrue(System.nanoTime() < deadlineNs, "it did not happen within 60 s");
            Thread.onSpinWait();
            Thread.yield();
        }
    }
}
