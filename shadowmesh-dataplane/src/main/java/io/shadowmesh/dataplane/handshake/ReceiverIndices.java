package io.shadowmesh.dataplane.handshake;

import org.agrona.collections.IntHashSet;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.random.RandomGenerator;

/**
 * The indices by which datagrams name this node's sessions and handshakes: random, unique while they live, and never 0,
 * which stands for "none yet".
 *
 * <p>{@link #mayBeLive} answers without a lock: each live index sets the one bit of 65,536 that its low half names.
 *
 * <p><b>Threading:</b> any thread; {@link #mayBeLive} is for those that must not wait.
 */
public final class ReceiverIndices
{
    private static final int BITS = 1 << 16;

    private final RandomGenerator random;
    private final IntHashSet live = new IntHashSet();
    private final char[] sharers = new char[BITS];
    private final AtomicLongArray bits = new AtomicLongArray(BITS / Long.SIZE);

    /**
     * An empty set.
     *
     * @param random to draw from; unpredictable to others.
     */
    public ReceiverIndices(final RandomGenerator random)
    {
        this.random = random;
    }

    /**
     * Draws an index that nothing uses.
     *
     * @return the index, live until it is released.
     */
    public synchronized int allocate()
    {
        int index;
        do
        {
            index = random.nextInt();
        }
        while (index == 0 || !live.add(index));

        final int bit = index & BITS - 1;
        if (sharers[bit]++ == 0)
        {
            bits.setRelease(bit / Long.SIZE, bits.getPlain(bit / Long.SIZE) | 1L << bit);
        }
        return index;
    }

    /**
     * Gives an index back, when no frame for it will be taken any more.
     *
     * @param index that was allocated; one that is not live is ignored.
     */
    public synchronized void release(final int index)
    {
        final int bit = index & BITS - 1;
        if (live.remove(index) && --sharers[bit] == 0)
        {
            bits.setRelease(bit / Long.SIZE, bits.getPlain(bit / Long.SIZE) & ~(1L << bit));
        }
    }

    /**
     * Tells whether an index is in use.
     *
     * @param index to look up.
     * @return true between its allocation and its release.
     */
    public synchronized boolean isLive(final int index)
    {
        return live.contains(index);
    }

    /**
     * Tells quickly whether an index can be in use.
     *
     * @param index to look up.
     * @return true for each that is, and for few that are not; false for none that is.
     */
    public boolean mayBeLive(final int index)
    {
        final int bit = index & BITS - 1;
        return (bits.getAcquire(bit / Long.SIZE) & 1L << bit) != 0;
    }
}
