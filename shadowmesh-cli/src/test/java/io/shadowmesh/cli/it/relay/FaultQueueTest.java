package io.shadowmesh.cli.it.relay;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class FaultQueueTest
{
    private final FaultQueue queue = new FaultQueue();

    @Test
    void releasesInTheOrderOfTheTimes()
    {
        add(3, 300);
        add(1, 100);
        add(2, 200);
        assertNull(queue.poll(99));
        assertEquals(1, next(100));
        assertNull(queue.poll(199));
        assertEquals(200, queue.nextReleaseNs());
        assertEquals(2, next(1000));
        assertEquals(3, next(1000));
        assertEquals(Long.MAX_VALUE, queue.nextReleaseNs());
    }

    @Test
    void releasesInTheOrderOfTheirComingWhatIsDueAtOneTime()
    {
        for (int i = 0; i < 100; i++)
        {
            add(i, 500);
        }
        for (int i = 0; i < 100; i++)
        {
            assertEquals(i, next(500));
        }
    }

    @Test
    void keepsLengthAndBytesWhenMemoryIsUsedAgain()
    {
        final SplittableRandom random = new SplittableRandom(8);
        for (int i = 0; i < 1000; i++)
        {
            final ByteBuffer datagram = ByteBuffer.allocate(1 + random.nextInt(4000));
            random.nextBytes(datagram.array());
            queue.add(datagram, Direction.TO_CLIENT, i);
            final FaultQueue.Held held = queue.poll(i);
            assertEquals(datagram.rewind(), held.bytes().rewind());
            queue.recycle(held);
        }
        assertTrue(queue.isEmpty());
    }

    private void add(final int value, final long releaseNs)
    {
        queue.add(ByteBuffer.allocate(4).putInt(0, value), Direction.TO_SERVER, releaseNs);
    }

    private int next(final long nowNs)
    {
        final FaultQueue.Held held = queue.poll(nowNs);
        final int value = held.bytes().getInt(0);
        queue.recycle(held);
        return value;
    }
}
