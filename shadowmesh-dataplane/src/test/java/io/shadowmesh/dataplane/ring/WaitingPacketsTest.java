package io.shadowmesh.dataplane.ring;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class WaitingPacketsTest
{
    private final Arena arena = Arena.ofConfined();
    private final WaitingPackets waiting = new WaitingPackets(arena, 100, 64, 3);
    private final UnsafeBuffer packet = new UnsafeBuffer(arena.allocate(64, 8).address(), 64);

    @AfterEach
    void close()
    {
        arena.close();
    }

    @Test
    void handsOutAPeersPacketsOldestFirst()
    {
        offer(0, 1);
        offer(1, 2);
        offer(0, 3);

        assertEquals(List.of(1, 3), drain(0));
        assertEquals(List.of(2), drain(1));
        assertEquals(List.of(), drain(2));
    }

    @Test
    void aQueueThatMayGoIsMarkedUntilItIsTaken()
    {
        offer(0, 1);
        offer(2, 2);
        assertFalse(waiting.hasReady());
        assertEquals(WaitingPackets.NONE, waiting.takeReady());
        waiting.markReady(2);
        waiting.markReady(1);
        waiting.markReady(0);
        waiting.markReady(2);
        assertTrue(waiting.hasReady());
        assertEquals(0, waiting.takeReady());
        assertEquals(2, waiting.takeReady());
        assertFalse(waiting.hasReady());
        assertEquals(WaitingPackets.NONE, waiting.takeReady());
    }

    @Test
    void packetsMustGoFirstFromWhenTheyWaitUntilTheyAreHandedOut()
    {
        assertFalse(waiting.mustGoFirst(0));
        offer(0, 1);
        assertTrue(waiting.mustGoFirst(0));
        assertFalse(waiting.mustGoFirst(1));
        waiting.poll(0, (address, length) -> { });
        assertFalse(waiting.mustGoFirst(0));
        waiting.release();
        assertFalse(waiting.mustGoFirst(0));
    }

    @Test
    void theOldestGivesWayWhenAPeersQueueIsFull()
    {
        for (int i = 0; i < WaitingPackets.PACKETS_PER_PEER; i++)
        {
            assertEquals(WaitingPackets.QUEUED, offer(0, i));
        }

        assertEquals(WaitingPackets.QUEUED_ONE_LOST, offer(0, 1000));
        final List<Integer> packets = drain(0);
        assertEquals(WaitingPackets.PACKETS_PER_PEER, packets.size());
        assertEquals(1, packets.get(0));
        assertEquals(1000, packets.get(packets.size() - 1));
    }

    @Test
    void aPeerWithoutPacketsGetsNoneWhenThePoolIsEmpty()
    {
        for (int i = 0; i < 64; i++)
        {
            offer(0, i);
        }
        for (int i = 0; i < 36; i++)
        {
            offer(1, i);
        }

        assertEquals(WaitingPackets.QUEUED_ONE_LOST, offer(2, 1));
        assertEquals(0, waiting.count(2));
        assertEquals(WaitingPackets.QUEUED_ONE_LOST, offer(1, 77));
        assertEquals(36, waiting.count(1));
        drain(0);
        assertEquals(WaitingPackets.QUEUED, offer(2, 1));
    }

    @Test
    void givesBackTheMemoryOfAllThatWasHandedOutAndOfNoOther()
    {
        offer(0, 1);
        offer(1, 2);
        offer(2, 3);
        waiting.poll(0, (address, length) -> { });
        waiting.poll(2, (address, length) -> { });
        waiting.release();
        assertEquals(List.of(0, 1, 0), List.of(waiting.count(0), waiting.count(1), waiting.count(2)));
        assertEquals(List.of(2), drain(1));
    }

    @Test
    void neverWritesOverPacketsThatAreHandedOut()
    {
        for (int i = 0; i < WaitingPackets.PACKETS_PER_PEER; i++)
        {
            offer(0, i);
        }
        final List<Long> addresses = new ArrayList<>();
        waiting.poll(0, (address, length) -> addresses.add(address));

        assertEquals(WaitingPackets.QUEUED_ONE_LOST, offer(0, 1000));
        assertEquals(0, waiting.discard(0));
        final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        for (int i = 0; i < addresses.size(); i++)
        {
            view.wrap(addresses.get(i), 64);
            assertEquals(i, view.getInt(0));
        }
        waiting.release();
        assertEquals(WaitingPackets.QUEUED, offer(0, 1001));
        assertEquals(List.of(1001), drain(0));
    }

    @Test
    void refusesAPacketThatFitsNoSlot()
    {
        assertEquals(WaitingPackets.QUEUED_ONE_LOST, waiting.offer(0, packet.addressOffset(), 65));
        assertEquals(0, waiting.count(0));
    }

    private int offer(final int peer, final int number)
    {
        packet.putInt(0, number);
        return waiting.offer(peer, packet.addressOffset(), 64);
    }

    private List<Integer> drain(final int peer)
    {
        final List<Integer> numbers = new ArrayList<>();
        final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        waiting.poll(peer, (address, length) ->
        {
            view.wrap(address, length);
            numbers.add(view.getInt(0));
        });
        waiting.release();
        return numbers;
    }
}
