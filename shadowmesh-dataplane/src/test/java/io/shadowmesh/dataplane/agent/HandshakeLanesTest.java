package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.EventFd;
import io.shadowmesh.dataplane.frame.CookieFrame;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.HandshakeHeader;
import io.shadowmesh.dataplane.handshake.ReceiverIndices;
import io.shadowmesh.dataplane.status.Counters;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class HandshakeLanesTest
{
    private static final int M1_LENGTH = HandshakeHeader.OVERHEAD + 1216;

    private final Arena arena = Arena.ofConfined();
    private final Counters counters = Counters.inMemory();
    private final ReceiverIndices indices = new ReceiverIndices(new SplittableRandom(3));
    private final Wakeup wakeup = new Wakeup(EventFd.open());
    private final HandshakeLanes lanes = new HandshakeLanes(arena, indices, wakeup, counters);
    private final UnsafeBuffer datagram = buffer(4096);
    private final UnsafeBuffer source = buffer(HandshakeLanes.SOURCE_LENGTH);

    HandshakeLanesTest() throws IOException
    {
        source.setMemory(0, HandshakeLanes.SOURCE_LENGTH, (byte)9);
    }

    @AfterEach
    void close()
    {
        wakeup.close();
        arena.close();
    }

    private UnsafeBuffer buffer(final int length)
    {
        return new UnsafeBuffer(arena.allocate(length, Long.BYTES).address(), length);
    }

    private void offer(final byte type, final int message, final int receiverIndex, final int length)
    {
        FrameHeader.encode(datagram, 0, 0, type, 0, length - FrameHeader.LENGTH);
        if (FrameType.COOKIE == type)
        {
            datagram.putInt(CookieFrame.RECEIVER_INDEX_OFFSET, receiverIndex, ByteOrder.BIG_ENDIAN);
        }
        else
        {
            datagram.putByte(HandshakeHeader.MESSAGE_OFFSET, (byte)message);
            datagram.putInt(HandshakeHeader.RECEIVER_INDEX_OFFSET, receiverIndex, ByteOrder.BIG_ENDIAN);
        }
        lanes.offer(source.addressOffset(), datagram.addressOffset(), length);
    }

    private List<Integer> drained(final boolean named)
    {
        final List<Integer> lengths = new ArrayList<>();
        // A read ends where the ring begins anew.
        for (int read = 0; read < 2; read++)
        {
            if (named)
            {
                lanes.drainNamed((type, buffer, index, length) -> lengths.add(length), Integer.MAX_VALUE);
            }
            else
            {
                lanes.drainFirsts((type, buffer, index, length) -> lengths.add(length), Integer.MAX_VALUE);
            }
        }
        return lengths;
    }

    @Test
    void passesADatagramOnWithItsSource()
    {
        datagram.setMemory(0, M1_LENGTH, (byte)5);
        offer(FrameType.HANDSHAKE, 1, 0, M1_LENGTH);
        assertFalse(lanes.isEmpty());
        final int seen = lanes.drainFirsts((type, buffer, index, length) ->
        {
            assertEquals(HandshakeLanes.DATAGRAM_OFFSET + M1_LENGTH, length);
            assertEquals(9, buffer.getByte(index + HandshakeLanes.SOURCE_OFFSET));
            assertEquals(9, buffer.getByte(index + HandshakeLanes.SOURCE_OFFSET + HandshakeLanes.SOURCE_LENGTH - 1));
            assertEquals(FrameType.HANDSHAKE,
                buffer.getByte(index + HandshakeLanes.DATAGRAM_OFFSET + FrameHeader.TYPE_OFFSET));
            assertEquals(5, buffer.getByte(index + HandshakeLanes.DATAGRAM_OFFSET + M1_LENGTH - 1));
        }, 10);
        assertEquals(1, seen);
        assertTrue(lanes.isEmpty());
        assertEquals(0, counters.get(DropReason.HANDSHAKE_BACKLOG_FULL));
    }

    @Test
    void aFloodOfFirstMessagesIsDroppedAtOnceAndLeavesTheOthersTheirRoom()
    {
        for (int i = 0; i < 2000; i++)
        {
            offer(FrameType.HANDSHAKE, 1, 0, M1_LENGTH);
        }
        final long dropped = counters.get(DropReason.HANDSHAKE_BACKLOG_FULL);
        assertTrue(dropped > 1100 && dropped < 1400, dropped + " dropped");

        final int index = indices.allocate();
        offer(FrameType.HANDSHAKE, 3, index, 1000);
        offer(FrameType.COOKIE, 0, index, CookieFrame.LENGTH);
        assertEquals(dropped, counters.get(DropReason.HANDSHAKE_BACKLOG_FULL));
        assertEquals(List.of(
            HandshakeLanes.DATAGRAM_OFFSET + 1000, HandshakeLanes.DATAGRAM_OFFSET + CookieFrame.LENGTH), drained(true));
        assertEquals(2000 - dropped, drained(false).size());
        offer(FrameType.HANDSHAKE, 1, 0, M1_LENGTH);
        assertEquals(1, drained(false).size(), "there is room again");
    }

    @Test
    void whatNamesNoHandshakeGoesNowhere()
    {
        final int index = indices.allocate();
        final int other = index ^ 1;
        for (int message = 2; message <= 4; message++)
        {
            offer(FrameType.HANDSHAKE, message, other, 1000);
        }
        offer(FrameType.HANDSHAKE, 200, other, 1000);
        offer(FrameType.COOKIE, 0, other, CookieFrame.LENGTH);
        assertEquals(5, counters.get(DropReason.HANDSHAKE_UNKNOWN));
        assertTrue(lanes.isEmpty());

        offer(FrameType.HANDSHAKE, 2, index, 1000);
        assertEquals(1, drained(true).size());
        indices.release(index);
        offer(FrameType.HANDSHAKE, 2, index, 1000);
        assertEquals(6, counters.get(DropReason.HANDSHAKE_UNKNOWN));
        assertTrue(lanes.isEmpty());
    }

    @Test
    void readsNoFieldOfADatagramThatIsTooShortOrTooLong()
    {
        for (int length = FrameHeader.LENGTH; length <= HandshakeHeader.OVERHEAD; length++)
        {
            offer(FrameType.HANDSHAKE, 1, 0, length);
        }
        offer(FrameType.HANDSHAKE, 1, 0, HandshakeLanes.MAX_DATAGRAM_LENGTH + 1);
        offer(FrameType.COOKIE, 0, indices.allocate(), CookieFrame.LENGTH - 1);
        offer(FrameType.COOKIE, 0, indices.allocate(), CookieFrame.LENGTH + 1);
        assertEquals(
            HandshakeHeader.OVERHEAD - FrameHeader.LENGTH + 4, counters.get(DropReason.HANDSHAKE_MALFORMED));
        assertTrue(lanes.isEmpty());
        offer(FrameType.HANDSHAKE, 1, 0, HandshakeHeader.OVERHEAD + 1);
        offer(FrameType.HANDSHAKE, 1, 0, HandshakeLanes.MAX_DATAGRAM_LENGTH);
        assertEquals(2, drained(false).size());
    }
}
