package io.shadowmesh.dataplane.handshake;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ReceiverIndicesTest
{
    private static final class Narrow extends Random
    {
        private static final long serialVersionUID = 1L;

        Narrow()
        {
            super(3);
        }

        @Override
        public int nextInt()
        {
            return nextInt(50) - 1;
        }
    }

    @Test
    void neverHandsOutALiveIndexOrZero()
    {
        final ReceiverIndices indices = new ReceiverIndices(new Narrow());
        final Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 49; i++)
        {
            final int index = indices.allocate();
            assertTrue(index != 0 && seen.add(index), "index " + index);
            assertTrue(indices.isLive(index));
        }
        assertFalse(indices.isLive(0));

        indices.release(-1);
        indices.release(-1);
        assertFalse(indices.isLive(-1));
        assertEquals(-1, indices.allocate(), "the only one that is free");
    }

    @Test
    void theQuickLookFindsEveryLiveIndexAndFewOthers()
    {
        final SplittableRandom random = new SplittableRandom(17);
        final ReceiverIndices indices = new ReceiverIndices(random);
        final Set<Integer> live = new HashSet<>();
        for (int i = 0; i < 5000; i++)
        {
            live.add(indices.allocate());
            if (live.size() > 1000)
            {
                final int index = live.iterator().next();
                live.remove(index);
                indices.release(index);
            }
            assertTrue(live.stream().allMatch(indices::mayBeLive));
        }

        int others = 0;
        for (int i = 0; i < 100_000; i++)
        {
            others += indices.mayBeLive(random.nextInt()) ? 1 : 0;
        }
        assertTrue(others < 2000, others + " of 100,000");
        live.forEach(indices::release);
        for (int i = 0; i < 1 << 16; i++)
        {
            assertFalse(indices.mayBeLive(i));
        }
    }
}
