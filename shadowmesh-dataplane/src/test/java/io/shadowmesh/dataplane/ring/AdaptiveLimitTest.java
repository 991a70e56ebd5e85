package io.shadowmesh.dataplane.ring;

import com.sun.management.ThreadMXBean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AdaptiveLimitTest
{
    private static final ThreadMXBean THREADS = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private static final BigInteger DIVISOR = BigInteger.valueOf(9600L * 1_000_000_000L);
    private static final int CAPACITY = 1 << 20;
    private static final int LONGEST = 9000;
    private static final int ROUNDS = 200_000;
    private static final int MEASUREMENTS = 5;

    private final Arena arena = Arena.ofShared();
    private final PacketRing ring = new PacketRing(arena, CAPACITY, LONGEST);
    private long sum;

    @AfterEach
    void close()
    {
        arena.close();
    }

    @ParameterizedTest(name = "{0}: {1} bit/s, {2} ms -> {3}")
    @CsvSource({
        "satellite,      50_000_000, 500, 2604",
        "terrestrial,   100_000_000,   5,  256",
        "long and fat, 1000_000_000,  20, 2083",
        "longer,      10000_000_000, 100, 8192",
        "exactly one more than the least, 2_467_200, 1000, 257",
        "just less than that, 2_467_199, 1000, 256",
        "exactly the greatest, 78_643_200, 1000, 8192",
        "just less than the greatest, 78_643_199, 1000, 8191",
        "of unknown rate, 0, 500, 256",
        "of unknown round trip, 50_000_000, -1, 256"})
    void isTheBandwidthDelayProductWithinBounds(
        final String link, final String bitsPerSecond, final long roundTripMs, final int packets)
    {
        final long rate = Long.parseLong(bitsPerSecond.replace("_", ""));
        assertEquals(packets, AdaptiveLimit.packets(rate, roundTripMs * 1_000_000), link);
    }

    @Test
    void agreesWithArithmeticThatKnowsNoBounds()
    {
        final Random random = seeded();
        for (int i = 0; i < 100_000; i++)
        {
            final long rate = random.nextLong() >>> random.nextInt(64);
            final long roundTripNs = random.nextLong() >>> random.nextInt(64);
            final BigInteger exact = BigInteger.valueOf(rate).multiply(BigInteger.valueOf(roundTripNs)).divide(DIVISOR);
            final int expected = rate <= 0 || roundTripNs <= 0 ? 256 :
                exact.max(BigInteger.valueOf(256)).min(BigInteger.valueOf(8192)).intValue();
            assertEquals(expected, AdaptiveLimit.packets(rate, roundTripNs), () -> rate + " bit/s, " + roundTripNs + " ns");
        }
    }

    @Test
    void aRingTakesNoMoreThanItsLimitAndMoreAsSoonAsSomeAreReleased()
    {
        ring.limit(3);
        put(1, 0);
        put(1, 0);
        assertFalse(ring.isFull());
        put(1, 0);
        assertTrue(ring.isFull());
        assertEquals(0, ring.claim());
        assertEquals(2, ring.poll((address, length) -> {}, 2));
        assertTrue(ring.isFull(), "handed out, but the kernel has not taken them");
        ring.release();
        assertNotEquals(0, ring.claim());
        assertEquals(1, ring.fill());
    }

    @Test
    void countsASuperPacketForWhatItIsGoingToBeCutInto()
    {
        ring.limit(50);
        put(45, 7);
        assertEquals(45, ring.fill());
        assertFalse(ring.isFull());
        put(45, 7);
        assertTrue(ring.isFull(), "the one that reaches the limit was taken whole");
        assertEquals(1, ring.poll((address, length) -> {}, 1));
        assertEquals(45, ring.waiting());
        assertEquals(90, ring.fill());
        ring.release();
        assertEquals(45, ring.fill());
        assertFalse(ring.isFull());
    }

    @Test
    void keepsWhatItHoldsBeyondALowerLimit()
    {
        ring.limit(8192);
        for (int i = 0; i < 1000; i++)
        {
            put(1, i);
        }
        ring.limit(256);
        assertTrue(ring.isFull());
        final int[] next = {0};
        while (ring.poll((address, length) -> assertEquals(next[0]++, PacketRing.committedNs(address)), 10) > 0)
        {
            ring.release();
            assertEquals(1000 - next[0] >= 256, ring.isFull());
        }
        assertEquals(1000, next[0]);
    }

    @Test
    void losesNoPacketHoweverTheLimitMoves()
    {
        final Random random = seeded();
        final ArrayDeque<long[]> model = new ArrayDeque<>();
        final int[] held = {0};
        long number = 0;
        int limit = 256;
        int refused = 0;
        ring.limit(limit);
        for (int i = 0; i < 100_000; i++)
        {
            if (random.nextInt(50) == 0)
            {
                limit = random.nextInt(4) == 0 ? 8192 : 256 + random.nextInt(100);
                ring.limit(limit);
            }
            for (int j = random.nextInt(12); j > 0; j--)
            {
                final boolean atLimit = held[0] >= limit;
                final long address = ring.claim();
                assertTrue(!atLimit || 0 == address, "beyond the limit");
                refused += atLimit ? 1 : 0;
                if (0 != address)
                {
                    final int packets = 1 + random.nextInt(60);
                    ring.commit(random.nextInt(LONGEST), packets, number);
                    model.add(new long[]{number++, packets});
                    held[0] += packets;
                }
            }
            final int[] given = {0};
            ring.poll((address, length) -> given[0] += check(model.remove(), address), random.nextInt(10));
            ring.release();
            held[0] -= given[0];
            assertEquals(held[0], ring.fill());
        }
        while (ring.poll((address, length) -> check(model.remove(), address), 100) > 0)
        {
            ring.release();
        }
        assertTrue(model.isEmpty());
        assertTrue(refused > 100, refused + " claims beyond the limit");
    }

    @Test
    void followsALinkWithoutAllocation()
    {
        final PacketHandler handler = (address, length) -> sum += PacketRing.packets(address);
        long least = Long.MAX_VALUE;
        for (int measurement = 0; measurement < MEASUREMENTS && least != 0; measurement++)
        {
            final long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++)
            {
                ring.limit(AdaptiveLimit.packets(50_000_000, (i & 1024) == 0 ? 5_000_000 : 500_000_000));
                if (0 != ring.claim())
                {
                    ring.commit(100, 1 + i % 50, i);
                }
                if (i % 3 == 0)
                {
                    ring.poll(handler, 4);
                    ring.release();
                }
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least, "bytes of heap");
        assertTrue(sum > 0);
    }

    private static int check(final long[] expected, final long address)
    {
        assertEquals(expected[0], PacketRing.committedNs(address));
        assertEquals(expected[1], PacketRing.packets(address));
        return (int)expected[1];
    }

    private void put(final int packets, final long nowNs)
    {
        assertNotEquals(0, ring.claim());
        ring.commit(60, packets, nowNs);
    }

    private static Random seeded()
    {
        final long seed = System.nanoTime();
        System.out.println("AdaptiveLimitTest seed " + seed);
        return new Random(seed);
    }
}
