package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.session.ReplayWindow;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;

import java.util.Random;

/** The replay window as a frame passes it: looked at before the frame is opened, marked after. All sequences are new. */
public class ReplayWindowBenchmark extends DataPathBenchmark
{
    private static final long SEED = 0x5AD0E5;

    /** Half the window: so far one may be before or behind its turn. */
    private static final int SHUFFLED = ReplayWindow.BITS / 2;

    private final int[] order = new int[SHUFFLED];
    private final ReplayWindow window = new ReplayWindow();
    private long next;

    /** For JMH. */
    public ReplayWindowBenchmark()
    {
    }

    /** Shuffles. */
    @Setup
    public void shuffle()
    {
        final Random random = new Random(SEED);
        for (int i = 0; i < SHUFFLED; i++)
        {
            final int other = random.nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
    }

    /**
     * In order.
     *
     * @return true.
     */
    @Benchmark
    public boolean inOrder()
    {
        return pass(next++);
    }

    /**
     * In random order within the window.
     *
     * @return true.
     */
    @Benchmark
    public boolean randomInWindow()
    {
        final long turn = next++;
        return pass(turn - turn % SHUFFLED + order[(int)(turn % SHUFFLED)]);
    }

    private boolean pass(final long sequence)
    {
        if (window.check(sequence) != ReplayWindow.OK || !window.markIfNew(sequence))
        {
            throw new IllegalStateException("the window has refused " + sequence);
        }
        return true;
    }
}
