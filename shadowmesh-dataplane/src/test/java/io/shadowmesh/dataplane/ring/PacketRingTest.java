package io.shadowmesh.dataplane.ring;

import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RecordDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PacketRingTest
{
    private static final int CAPACITY = 64 * 1024;
    private static final int MAX_PACKET = 1480;
    private static final int LARGE_CAPACITY = 1 << 20;
    private static final int SUPER_PACKET = 65_535;

    /** As many of the longest as reach past the hot part. */
    private static final int HOT_PACKETS = 4;

    private final Arena arena = Arena.ofShared();
    private final PacketRing ring = new PacketRing(arena, CAPACITY, MAX_PACKET);
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);

    @AfterEach
    void close()
    {
        arena.close();
    }

    @Test
    void keepsOneClaimOpenUntilItIsCommitted()
    {
        final long claim = ring.claim();

        assertEquals(claim, ring.claim());
        ring.commit(60);
        assertNotEquals(claim, ring.claim());
    }

    @Test
    void wastesNothingOnShortPackets()
    {
        put(60, 1);
        put(60, 2);

        final int recordLength = align(RecordDescriptor.HEADER_LENGTH + PacketRing.HEADROOM + 60 + PacketRing.TAILROOM);
        assertEquals(2L * recordLength, ring.agrona().producerPosition());
    }

    @Test
    void theConsumerSeesNothingOfAnOpenClaim()
    {
        ring.claim();

        assertFalse(ring.hasPackets());
        assertEquals(0, ring.poll((address, length) -> {}, 10));
    }

    @Test
    void agronasOwnConsumerReadsTheSameRecords()
    {
        put(60, 1);
        put(1480, 2);
        ring.claim();

        final List<Integer> lengths = new ArrayList<>();
        final int read = ring.agrona().read((type, buffer, index, length) ->
        {
            assertEquals(PacketRing.PACKET_TYPE_ID, type);
            lengths.add(length - PacketRing.HEADROOM - PacketRing.TAILROOM);
        });

        assertEquals(2, read);
        assertEquals(List.of(60, 1480), lengths);
    }

    @Test
    void releasesMemoryOnlyWhenTold()
    {
        while (0 != ring.claim())
        {
            ring.commit(MAX_PACKET);
        }

        assertTrue(ring.isFull());
        assertTrue(ring.poll((address, length) -> {}, 8) > 0);
        assertTrue(ring.isFull());
        ring.release();
        assertFalse(ring.isFull());
    }

    @Test
    void refusesToCommitMoreThanWasClaimed()
    {
        assertThrows(IllegalStateException.class, () -> ring.commit(1));
        ring.claim();
        assertThrows(IllegalStateException.class, () -> ring.commit(MAX_PACKET + 1));
        assertThrows(IllegalStateException.class, () -> ring.commit(-1));
    }

    @Test
    void refusesPacketsThatDoNotFitTheRing()
    {
        assertThrows(IllegalArgumentException.class, () -> new PacketRing(arena, 4096, MAX_PACKET));
    }

    @Test
    void staysWhereItIsWhileItIsHot()
    {
        final PacketRing large = large();
        long last = 0;
        while (large.agrona().producerPosition() < PacketRing.HOT_LENGTH)
        {
            final long address = large.claim();
            assertTrue(address > last);
            last = address;
            large.commit(SUPER_PACKET);
            assertEquals(1, large.poll((packet, length) -> {}, 2));
            large.release();
        }
    }

    @Test
    void goesBackToItsBeginningWhenItIsEmptyPastItsHotPart()
    {
        final PacketRing large = large();
        final long beginning = large.claim();
        for (int lap = 0; lap < 20; lap++)
        {
            assertEquals(beginning, large.claim());
            assertEquals(0, large.poll((packet, length) -> {}, 100), "the padding holds no packet");
            large.release();
            int packets = 0;
            while (positionIn(large) < PacketRing.HOT_LENGTH)
            {
                large.claim();
                large.commit(SUPER_PACKET - lap);
                packets++;
            }
            assertEquals(packets, large.poll((packet, length) -> {}, 100));
            large.release();
        }
        assertTrue(large.agrona().producerPosition() > 10L * LARGE_CAPACITY);
    }

    @Test
    void givesThePaddingsRoomBackBeforeThePacketsBehindIt()
    {
        final PacketRing large = large();
        while (positionIn(large) < PacketRing.HOT_LENGTH)
        {
            large.claim();
            large.commit(SUPER_PACKET);
        }
        assertEquals(HOT_PACKETS, large.poll((packet, length) -> {}, 100));
        large.release();

        large.claim();
        large.commit(SUPER_PACKET);
        assertEquals(1, large.poll((packet, length) -> {}, 100));
        assertEquals(LARGE_CAPACITY, large.agrona().consumerPosition(), "the padding is free, the packet is not");
    }

    @Test
    void doesNotGoBackWhileAPacketIsUnreadOrUnreleased()
    {
        final PacketRing large = large();
        final long beginning = large.claim();
        while (positionIn(large) < PacketRing.HOT_LENGTH)
        {
            large.claim();
            large.commit(SUPER_PACKET);
        }
        assertEquals(HOT_PACKETS, large.poll((packet, length) -> {}, 100));
        final long unreleased = large.claim();
        assertTrue(unreleased - beginning >= PacketRing.HOT_LENGTH, "the packets still lie at the beginning");
        large.commit(100);
        large.release();
        final long unread = large.claim();
        assertTrue(unread > unreleased, "a packet waits");
        large.commit(100);
        assertEquals(2, large.poll((packet, length) -> {}, 100));
        large.release();
        assertEquals(beginning, large.claim());
    }

    @Test
    void anOpenClaimStaysWhereItIsThoughTheRingRunsEmpty()
    {
        final PacketRing large = large();
        while (positionIn(large) < PacketRing.HOT_LENGTH)
        {
            large.claim();
            large.commit(SUPER_PACKET);
        }
        final long open = large.claim();
        assertEquals(HOT_PACKETS, large.poll((packet, length) -> {}, 100));
        large.release();
        assertEquals(open, large.claim());
        large.commit(77);
        assertEquals(1, large.poll((packet, length) ->
        {
            assertEquals(open, packet);
            assertEquals(77, length);
        }, 100));
    }

    @Test
    void agronasOwnConsumerFollowsTheRingToItsBeginning()
    {
        final PacketRing large = large();
        final List<Integer> lengths = new ArrayList<>();
        for (int i = 0; i < 200; i++)
        {
            large.claim();
            large.commit(SUPER_PACKET - i);
            large.claim();
            large.agrona().read((type, buffer, index, length) ->
            {
                assertEquals(PacketRing.PACKET_TYPE_ID, type);
                lengths.add(length - PacketRing.HEADROOM - PacketRing.TAILROOM);
            });
        }
        assertEquals(IntStream.range(0, 200).mapToObj(i -> SUPER_PACKET - i).toList(), lengths);
        assertTrue(large.agrona().producerPosition() > LARGE_CAPACITY);
    }

    @Test
    void aSleeperSeesNoPacketInThePaddingBehindWhichTheRingBeginsAnew()
    {
        final PacketRing large = large();
        while (positionIn(large) < PacketRing.HOT_LENGTH)
        {
            large.claim();
            large.commit(SUPER_PACKET);
        }
        assertEquals(HOT_PACKETS, large.poll((packet, length) -> {}, 100));
        large.release();
        large.claim();
        assertEquals(0, large.poll((packet, length) -> {}, 100));
        assertFalse(large.hasPackets(), "else the consumer would never sleep");
    }

    @Test
    void behavesAsAQueueOfSuperPacketsAndTinyOnesThatOftenRunsEmpty()
    {
        final Random random = seeded();
        final PacketRing large = large();
        final ArrayDeque<int[]> model = new ArrayDeque<>();
        final long beginning = large.claim();
        int next = 0;
        int returns = 0;
        boolean left = false;
        for (int i = 0; i < 30_000; i++)
        {
            final int burst = random.nextInt(random.nextInt(4) == 0 ? 40 : 4);
            for (int j = 0; j < burst; j++)
            {
                final int length = random.nextBoolean() ? 4 + random.nextInt(1400) : SUPER_PACKET - random.nextInt(9000);
                final long address = large.claim();
                if (0 != address)
                {
                    returns += left && address == beginning ? 1 : 0;
                    left = address != beginning;
                    view.wrap(address, length);
                    view.putByte(length - 1, (byte)next);
                    view.putInt(0, next);
                    large.commit(length);
                    model.add(new int[]{length, next++});
                }
            }
            final int limit = random.nextBoolean() ? 100 : 1 + random.nextInt(5);
            large.poll((address, length) -> check(model.remove(), address, length), limit);
            if (random.nextInt(3) > 0)
            {
                large.release();
            }
        }
        while (large.hasPackets())
        {
            large.poll((address, length) -> check(model.remove(), address, length), 100);
            large.release();
        }
        assertTrue(model.isEmpty());
        assertTrue(returns > 100, returns + " returns to the beginning");
    }

    @Test
    void carriesSuperPacketsAndTinyOnesBetweenTwoThreads() throws InterruptedException
    {
        final PacketRing large = large();
        carryBetweenTwoThreads(large, 300_000, i -> i % 5 == 0 ? SUPER_PACKET - i % 1000 : 8 + i % 1400);
        assertTrue(large.agrona().producerPosition() > 100L * LARGE_CAPACITY);
    }

    private PacketRing large()
    {
        return new PacketRing(arena, LARGE_CAPACITY, SUPER_PACKET);
    }

    private static long positionIn(final PacketRing ring)
    {
        return ring.agrona().producerPosition() % LARGE_CAPACITY;
    }

    private static Random seeded()
    {
        final long seed = System.nanoTime();
        System.out.println("PacketRingTest seed " + seed);
        return new Random(seed);
    }

    @Test
    void behavesAsAQueueOverManyLapsAndLengths()
    {
        final Random random = seeded();
        final ArrayDeque<int[]> model = new ArrayDeque<>();
        int next = 0;

        for (int i = 0; i < 200_000; i++)
        {
            if (random.nextBoolean())
            {
                final int length = 4 + random.nextInt(MAX_PACKET - 3);
                if (put(length, next))
                {
                    model.add(new int[]{length, next++});
                }
            }
            else
            {
                final int limit = 1 + random.nextInt(8);
                final int polled = ring.poll((address, length) -> check(model.remove(), address, length), limit);
                assertTrue(polled > 0 || model.isEmpty() || ring.hasPackets());
                if (random.nextInt(4) > 0)
                {
                    ring.release();
                }
            }
        }

        int left;
        do
        {
            left = ring.poll((address, length) -> check(model.remove(), address, length), 1000);
            ring.release();
        }
        while (left > 0);
        assertTrue(model.isEmpty());
        assertTrue(next > 10_000);
    }

    @Test
    void carriesPacketsBetweenTwoThreads() throws InterruptedException
    {
        carryBetweenTwoThreads(ring, 500_000, i -> 4 + i % 1400);
    }

    private void carryBetweenTwoThreads(
        final PacketRing carrier, final int packets, final IntUnaryOperator lengths) throws InterruptedException
    {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread producer = new Thread(() ->
        {
            try
            {
                final UnsafeBuffer mine = new UnsafeBuffer(0, 0);
                for (int i = 0; i < packets && !Thread.currentThread().isInterrupted(); i++)
                {
                    final int length = lengths.applyAsInt(i);
                    long address;
                    while (0 == (address = carrier.claim()))
                    {
                        if (Thread.currentThread().isInterrupted())
                        {
                            return;
                        }
                        Thread.yield();
                    }
                    mine.wrap(address, length);
                    mine.putInt(length - Integer.BYTES, ~i);
                    mine.putInt(0, i);
                    carrier.commit(length);
                }
            }
            catch (final Throwable t)
            {
                failure.set(t);
            }
        });
        producer.start();

        final int[] seen = new int[1];
        try
        {
            while (seen[0] < packets && null == failure.get())
            {
                final int polled = carrier.poll((address, length) ->
                {
                    view.wrap(address, length);
                    assertEquals(seen[0], view.getInt(0));
                    assertEquals(lengths.applyAsInt(seen[0]), length);
                    assertTrue(length < 8 || view.getInt(length - Integer.BYTES) == ~seen[0]);
                    seen[0]++;
                }, 32);
                if (0 == polled)
                {
                    Thread.yield();
                }
                carrier.release();
            }
        }
        finally
        {
            producer.interrupt();
            producer.join();
        }
        assertNull(failure.get());
        assertEquals(packets, seen[0]);
    }

    private boolean put(final int length, final int number)
    {
        final long address = ring.claim();
        if (0 == address)
        {
            return false;
        }

        view.wrap(address, length);
        view.setMemory(0, length, (byte)number);
        view.putInt(0, number);
        ring.commit(length);
        return true;
    }

    private void check(final int[] expected, final long address, final int length)
    {
        assertEquals(expected[0], length);
        view.wrap(address, length);
        assertEquals(expected[1], view.getInt(0));
        if (length > 4)
        {
            assertEquals((byte)expected[1], view.getByte(length - 1));
        }
    }

    private static int align(final int length)
    {
        return (length + RecordDescriptor.ALIGNMENT - 1) / RecordDescriptor.ALIGNMENT * RecordDescriptor.ALIGNMENT;
    }

    @Test
    void agronaStillMeansByInsufficientCapacityWhatTheRingTakesItFor()
    {
        assertTrue(OneToOneRingBuffer.INSUFFICIENT_CAPACITY < 0);
    }
}
