package io.shadowmesh.dataplane.session;

import com.sun.management.ThreadMXBean;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.SealedFrame;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the agents call for every packet allocates nothing: exactly 0 bytes once it is warm. */
class HotPathAllocationTest
{
    private static final ThreadMXBean THREADS = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private static final int WARM_UP = 50_000;
    private static final int PACKETS = 100_000;
    private static final int ROUNDS = 3;
    private static final int LENGTH = 100;

    private long sum;

    @ParameterizedTest
    @EnumSource
    void sealsAndOpensWithoutAllocation(final Suite suite)
    {
        final Aead aead = libcrypto();
        final Peer peer = Fixtures.peer("alice", 1);
        final Session sender = new Session(Fixtures.terms(1, 2, true, suite, Fixtures.START_NS), aead, peer, true);
        final Session receiver = new Session(Fixtures.terms(2, 1, false, suite, Fixtures.START_NS), aead, peer, true);
        final SessionTable table = SessionTable.EMPTY.with(sender).with(receiver);
        try (Arena arena = Arena.ofConfined())
        {
            final long frame = arena.allocate(2_048, 8).address();
            assertEquals(0, allocatedBy(i -> wholeWay(sender, table, peer, frame, i)));
        }
        finally
        {
            sender.destroy();
            receiver.destroy();
        }
    }

    @Test
    void refusesWithoutAllocation()
    {
        final Aead aead = libcrypto();
        final Peer peer = Fixtures.peer("alice", 1);
        final Suite suite = Suite.AES_256_GCM;
        final Session sender = new Session(Fixtures.terms(1, 2, true, suite, Fixtures.START_NS), aead, peer, true);
        final Session receiver = new Session(Fixtures.terms(2, 1, false, suite, Fixtures.START_NS), aead, peer, true);
        try (Arena arena = Arena.ofConfined())
        {
            final long frame = arena.allocate(2_048, 8).address();
            final UnsafeBuffer view = new UnsafeBuffer(frame, 2_048);
            assertEquals(0, allocatedBy(i ->
            {
                final int length = sender.seal(FrameType.DATA, frame, LENGTH, Fixtures.START_NS);
                view.putByte(SealedFrame.PLAINTEXT_OFFSET, (byte)~view.getByte(SealedFrame.PLAINTEXT_OFFSET));
                sum += receiver.open(frame, length, Fixtures.START_NS);
                sum += receiver.open(frame, SealedFrame.OVERHEAD - 1, Fixtures.START_NS);
                sum += receiver.open(frame, length, Fixtures.START_NS + Lifetimes.REFUSE_NS);
                sum += sender.seal(FrameType.DATA, frame, LENGTH, Fixtures.START_NS + Lifetimes.REFUSE_NS);
            }));
        }
        finally
        {
            sender.destroy();
            receiver.destroy();
        }
        assertTrue(sum < 0);
    }

    @Test
    void findsPeersWithoutAllocation()
    {
        final Random random = Fixtures.seeded("HotPathAllocationTest");
        final Map<IpPrefix, Peer> claims = new LinkedHashMap<>();
        final Peer peer = Fixtures.peer("alice", 1);
        for (int i = 0; i < 100_000; i++)
        {
            claims.put(IpPrefix.ofIpv4(random.nextInt(), 24).network(), peer);
            claims.put(IpPrefix.ofIpv6(random.nextLong(), 0, 48).network(), peer);
        }
        final AllowedIps allowed = AllowedIps.of(claims);
        final UnsafeBuffer packet = new UnsafeBuffer(new byte[LENGTH]);
        assertEquals(0, allocatedBy(i ->
        {
            packet.putLong(8, i * 0x9E3779B97F4A7C15L, ByteOrder.BIG_ENDIAN);
            packet.putLong(16, i * 0xC2B2AE3D27D4EB4FL, ByteOrder.BIG_ENDIAN);
            packet.putByte(0, (byte)((i & 1) == 0 ? 0x45 : 0x60));
            packet.putShort((i & 1) == 0 ? 2 : 4, (short)(LENGTH - (i & 1) * 40), ByteOrder.BIG_ENDIAN);
            final int version = InnerPacket.validate(packet, 0, LENGTH);
            sum += allowed.lookupSource(packet, 0, version) == peer ? 1 : 0;
            sum += allowed.lookupDestination(packet, 0, version) == peer ? 1 : 0;
            sum += InnerPacket.validate(packet, 0, LENGTH - 1);
        }));
        assertTrue(sum != 0);
    }

    private void wholeWay(
        final Session sender, final SessionTable table, final Peer peer, final long frame, final int i)
    {
        final long nowNs = Fixtures.START_NS + i;
        final int length = sender.seal(FrameType.DATA, frame, LENGTH, nowNs);
        peer.onDataSent(nowNs);
        peer.countSent(1, LENGTH);
        final Session receiver = table.lookup(sender.remoteIndex());
        if (receiver.open(frame, length, nowNs) != LENGTH || !receiver.openedHighest() || length != LENGTH + 39)
        {
            throw new AssertionError("frame " + i);
        }
        peer.onDataReceived(nowNs);
        peer.countReceived(1, LENGTH);
        peer.onReceived(nowNs);
        peer.onSent(nowNs);
        peer.onWanted(nowNs);
        sum += peer.mayMoveEndpoint(receiver) ? 1 : 0;
        sum += peer.mayAnswerEcho(nowNs) ? 1 : 0;
        sum += receiver.packetsLost() + FrameHeader.LENGTH;
    }

    /**
     * Bytes that the least of several equal rounds allocates. What allocates per packet does so in each of them; the
     * compiler, when it drops and remakes code between two, only in one.
     */
    private static long allocatedBy(final Step step)
    {
        // The first reading may itself allocate.
        THREADS.getCurrentThreadAllocatedBytes();
        run(step, WARM_UP);
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++)
        {
            final long before = THREADS.getCurrentThreadAllocatedBytes();
            run(step, PACKETS);
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    private static void run(final Step step, final int times)
    {
        for (int i = 0; i < times; i++)
        {
            step.take(i);
        }
    }

    private static Aead libcrypto()
    {
        try
        {
            return Aead.named("libcrypto");
        }
        catch (final IllegalArgumentException ex)
        {
            return Assumptions.abort(ex.getMessage());
        }
    }

    /** One packet. */
    private interface Step
    {
        void take(int i);
    }
}
