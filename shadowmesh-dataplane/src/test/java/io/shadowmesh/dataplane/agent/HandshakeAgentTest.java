package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.HandshakeHeader;
import io.shadowmesh.dataplane.handshake.HandshakeTable;
import io.shadowmesh.dataplane.handshake.ReceiverIndices;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerSettings;
import io.shadowmesh.dataplane.session.SessionTable;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class HandshakeAgentTest
{
    private static final int M1_LENGTH = HandshakeHeader.OVERHEAD + 1216;
    private static final int M3_LENGTH = HandshakeHeader.OVERHEAD + 1240;
    private static final Endpoint THERE = Endpoint.ofIpv4(0xC0000202, 9443);

    private final Arena arena = Arena.ofShared();
    private final Counters counters = Counters.inMemory();
    private final SecureRandom random = new SecureRandom();
    private final ReceiverIndices indices = new ReceiverIndices(random);
    private final AgentThread thread = new AgentThread("test", arena, counters);
    private final HandshakeLanes lanes = new HandshakeLanes(arena, indices, thread.wakeup(), counters);
    private final Peer peer = new Peer(
        new PeerSettings(Identity.generate().peerId(), "there", null, 0, List.of(), false, 0, null),
        Identity.generate().peerId(), 0);
    private final HandshakeAgent agent = new HandshakeAgent(
        new ForwardingState(new Peer[]{peer}, AllowedIps.of(List.of(peer)), SessionTable.EMPTY),
        lanes, null, thread, counters, Suite.AES_256_GCM);
    private final List<Integer> sent = new ArrayList<>();
    private final UnsafeBuffer datagram = new UnsafeBuffer(arena.allocate(M3_LENGTH, 8).address(), M3_LENGTH);
    private final UnsafeBuffer source = new UnsafeBuffer(arena.allocate(32, 8).address(), 32);

    HandshakeAgentTest() throws IOException
    {
        agent.join(
            new HandshakeTable(
                Identity.generate(), agent, (bytes, length, to) -> sent.add(length), agent, indices, 1400, 0, random),
            null);
        source.putShort(0, (short)2);
        source.putShort(2, (short)9443, ByteOrder.BIG_ENDIAN);
        source.putInt(4, 0x0A000001, ByteOrder.BIG_ENDIAN);
    }

    @AfterEach
    void close()
    {
        thread.release();
        arena.close();
    }

    private void offer(final int message, final int index, final int length, final int copies)
    {
        FrameHeader.encode(datagram, 0, 0, FrameType.HANDSHAKE, 0, length - FrameHeader.LENGTH);
        datagram.putByte(HandshakeHeader.VERSION_OFFSET, (byte)1);
        datagram.putByte(HandshakeHeader.SUITE_OFFSET, (byte)1);
        datagram.putByte(HandshakeHeader.MESSAGE_OFFSET, (byte)message);
        datagram.putByte(HandshakeHeader.COUNT_OFFSET, (byte)(1 == message ? 1 : 2));
        datagram.putShort(
            HandshakeHeader.MESSAGE_LENGTH_OFFSET, (short)(1 == message ? 1216 : 2392), ByteOrder.BIG_ENDIAN);
        datagram.putInt(HandshakeHeader.RECEIVER_INDEX_OFFSET, index, ByteOrder.BIG_ENDIAN);
        for (int i = 0; i < copies; i++)
        {
            lanes.offer(source.addressOffset(), datagram.addressOffset(), length);
        }
    }

    @Test
    void servesOrdersFirstAndThenSoManyOfEachLaneThatNoneWaitsForLong()
    {
        offer(3, indices.allocate(), M3_LENGTH, 2000);
        offer(1, 0, M1_LENGTH, 2000);
        agent.initiate(peer, THERE, 1);
        final long dropped = counters.get(DropReason.HANDSHAKE_BACKLOG_FULL);
        assertTrue(dropped > 2000, "both lanes are full");

        agent.doWork();
        assertEquals(List.of(M1_LENGTH), sent, "this node's own M1, in the first turn");
        assertEquals(48, counters.get(TunnelCounter.HANDSHAKE_DATAGRAMS_RECEIVED));
        assertEquals(48, counters.get(DropReason.HANDSHAKE_BAD_MAC));
        agent.doWork();
        assertEquals(96, counters.get(TunnelCounter.HANDSHAKE_DATAGRAMS_RECEIVED));
        assertEquals(dropped, counters.get(DropReason.HANDSHAKE_BACKLOG_FULL));

        for (int turn = 0; turn < 100; turn++)
        {
            agent.doWork();
        }
        assertEquals(4000 - dropped, counters.get(DropReason.HANDSHAKE_BAD_MAC));
        assertTrue(agent.arm(null), "nothing is left");
    }

    @Test
    void doesNotSleepWhileSomethingWaits()
    {
        assertTrue(agent.arm(null));
        offer(1, 0, M1_LENGTH, 1);
        assertFalse(agent.arm(null));
        agent.doWork();
        assertTrue(agent.arm(null));
        agent.cancel(peer);
        assertFalse(agent.arm(null));
    }
}
