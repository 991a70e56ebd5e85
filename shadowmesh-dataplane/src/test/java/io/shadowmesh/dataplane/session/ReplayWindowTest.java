package io.shadowmesh.dataplane.session;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;

import static io.shadowmesh.dataplane.session.ReplayWindow.DUPLICATE;
import static io.shadowmesh.dataplane.session.ReplayWindow.EFFECTIVE_BITS;
import static io.shadowmesh.dataplane.session.ReplayWindow.OK;
import static io.shadowmesh.dataplane.session.ReplayWindow.TOO_OLD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ReplayWindowTest
{
    private static final int OPERATIONS = Integer.getInteger("shadowmesh.test.replayOperations", 1_000_000);
    private static final int OPERATIONS_PER_WINDOW = 500_000;

    private final ReplayWindow window = new ReplayWindow();

    @Test
    void hasTheSizeOfTheProtocol()
    {
        assertEquals(8192, ReplayWindow.BITS);
        assertEquals(8128, EFFECTIVE_BITS);
    }

    @Test
    void acceptsSequenceZeroExactlyOnce()
    {
        assertEquals(-1, window.highest());
        assertEquals(OK, window.check(0));
        mark(0);
        refuse(DUPLICATE, 0);
        assertEquals(0, window.highest());
    }

    @Test
    void changesNothingByChecking()
    {
        for (int i = 0; i < 3; i++)
        {
            assertEquals(OK, window.check(5));
            assertEquals(OK, window.check(1 << 20));
        }
        assertEquals(-1, window.highest());
        mark(5);
        assertEquals(OK, window.check(1 << 20));
        assertEquals(5, window.highest());
        mark(4);
    }

    @Test
    void refusesDuplicateInsideWindow()
    {
        mark(1);
        refuse(DUPLICATE, 1);
        mark(9);
        mark(8);
        mark(7);
        refuse(DUPLICATE, 7);
        mark(6);
        refuse(DUPLICATE, 8);
        refuse(DUPLICATE, 9);
        mark(0);
        refuse(DUPLICATE, 0);
        assertEquals(9, window.highest());
    }

    @Test
    void keepsExactlyTheEffectiveWindow()
    {
        final long limit = EFFECTIVE_BITS + 1;
        mark(limit);
        refuse(DUPLICATE, limit);
        refuse(TOO_OLD, 0);
        mark(limit - 1);
        refuse(DUPLICATE, limit - 1);
        mark(1);
        refuse(DUPLICATE, 1);
        mark(2);
        mark(limit + 1);
        refuse(TOO_OLD, 1);
        refuse(DUPLICATE, 2);
        mark(limit + 2);
        refuse(TOO_OLD, 2);
        mark(3);
        refuse(DUPLICATE, 3);
    }

    @Test
    void refusesFarBehindAndNegative()
    {
        mark(1L << 24);
        refuse(TOO_OLD, 0);
        refuse(TOO_OLD, 1);
        refuse(TOO_OLD, (1L << 24) - EFFECTIVE_BITS - 1);
        mark((1L << 24) - EFFECTIVE_BITS);
        refuse(TOO_OLD, -1);
        refuse(TOO_OLD, Long.MIN_VALUE);
    }

    @Test
    void refusesNegativeWhileNearZero()
    {
        refuse(TOO_OLD, -1);
        refuse(TOO_OLD, Long.MIN_VALUE);
        mark(0);
        refuse(TOO_OLD, -1);
    }

    @Test
    void acceptsAscendingRun()
    {
        for (long i = 0; i < 3L * ReplayWindow.BITS; i++)
        {
            mark(i);
            refuse(DUPLICATE, i);
        }
        assertEquals(3L * ReplayWindow.BITS - 1, window.highest());
    }

    @Test
    void acceptsDescendingRunOnceEach()
    {
        for (long i = EFFECTIVE_BITS; i >= 0; i--)
        {
            mark(i);
        }
        for (long i = EFFECTIVE_BITS; i >= 0; i--)
        {
            refuse(DUPLICATE, i);
        }
    }

    @Test
    void forgetsNothingAndRemembersNothingStaleAcrossJumps()
    {
        final int[] jumps = {1, 63, 64, 65, 127, 128, 8127, 8128, 8129, 8191, 8192, 8193, 16_384, 16_385, 1 << 20};
        for (final int jump : jumps)
        {
            final ReplayWindow jumping = new ReplayWindow();
            for (long i = 0; i <= EFFECTIVE_BITS; i++)
            {
                assertTrue(jumping.markIfNew(i));
            }
            final long highest = EFFECTIVE_BITS + (long)jump;
            assertTrue(jumping.markIfNew(highest));
            for (long i = Math.max(0, highest - ReplayWindow.BITS - 10); i <= highest; i++)
            {
                final int expected = highest - i > EFFECTIVE_BITS ? TOO_OLD :
                    i == highest || i <= EFFECTIVE_BITS ? DUPLICATE : OK;
                assertEquals(expected, jumping.check(i), "jump " + jump + ", sequence " + i);
            }
        }
    }

    @Test
    void worksAtTheLastSequencesOfKey()
    {
        final long last = (1L << 28) - 1;
        mark(last - 1);
        mark(last);
        refuse(DUPLICATE, last);
        refuse(DUPLICATE, last - 1);
        mark(last - EFFECTIVE_BITS);
        refuse(TOO_OLD, last - EFFECTIVE_BITS - 1);
    }

    @Test
    void worksAtTheLargestLong()
    {
        mark(Long.MAX_VALUE);
        refuse(DUPLICATE, Long.MAX_VALUE);
        mark(Long.MAX_VALUE - EFFECTIVE_BITS);
        refuse(TOO_OLD, Long.MAX_VALUE - EFFECTIVE_BITS - 1);
        refuse(TOO_OLD, 0);
    }

    @Test
    void agreesWithSetOfSequencesOverRandomOperations()
    {
        final Random random = Fixtures.seeded("ReplayWindowTest");
        for (int left = OPERATIONS; left > 0; left -= OPERATIONS_PER_WINDOW)
        {
            agreesWithSetOfSequences(new ReplayWindow(), random, Math.min(left, OPERATIONS_PER_WINDOW));
        }
    }

    private static void agreesWithSetOfSequences(
        final ReplayWindow window, final Random random, final int operations)
    {
        final Set<Long> seen = new HashSet<>();
        long highest = -1;
        for (int i = 0; i < operations; i++)
        {
            final long sequence = Math.max(0, switch (random.nextInt(100))
            {
                case 0 -> highest + random.nextInt(3 * ReplayWindow.BITS);
                case 1 -> highest - EFFECTIVE_BITS + random.nextInt(5) - 2;
                case 2 -> highest - random.nextInt(3 * ReplayWindow.BITS);
                default -> highest + random.nextInt(200) - 150;
            });
            final int expected = sequence > highest ? OK :
                highest - sequence > EFFECTIVE_BITS ? TOO_OLD : seen.contains(sequence) ? DUPLICATE : OK;
            assertEquals(expected, window.check(sequence), () -> "sequence " + sequence);
            if (random.nextInt(8) != 0)
            {
                assertEquals(expected == OK, window.markIfNew(sequence));
                if (expected == OK)
                {
                    seen.add(sequence);
                    highest = Math.max(highest, sequence);
                }
            }
            assertEquals(highest, window.highest());
        }
    }

    private void mark(final long sequence)
    {
        assertEquals(OK, window.check(sequence));
        assertTrue(window.markIfNew(sequence));
    }

    private void refuse(final int why, final long sequence)
    {
        assertEquals(why, window.check(sequence));
        assertFalse(window.markIfNew(sequence));
        assertEquals(why, window.check(sequence));
    }
}
