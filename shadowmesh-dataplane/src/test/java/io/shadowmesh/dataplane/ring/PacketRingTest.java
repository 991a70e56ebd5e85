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
    void behavesAsAQueueOverManyLapsAndLengths()
    {
        final long seed = System.nanoTime();
        System.out.println("PacketRingTest seed " + seed);
        final Random random = new Random(seed);
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
        final int packets = 500_000;
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread producer = new Thread(() ->
        {
            try
            {
                final UnsafeBuffer mine = new UnsafeBuffer(0, 0);
                for (int i = 0; i < packets && !Thread.currentThread().isInterrupted(); i++)
                {
                    final int length = 4 + i % 1400;
                    long address;
                    while (0 == (address = ring.claim()))
                    {
                        if (Thread.currentThread().isInterrupted())
                        {
                            return;
                        }
                        Thread.yield();
                    }
                    mine.wrap(address, length);
                    mine.putInt(0, i);
                    ring.commit(length);
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
                final int polled = ring.poll((address, length) ->
                {
                    view.wrap(address, length);
                    assertEquals(seen[0], view.getInt(0));
                    assertEquals(4 + seen[0] % 1400, length);
                    seen[0]++;
                }, 32);
                if (0 == polled)
                {
                    Thread.yield();
                }
                ring.release();
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
