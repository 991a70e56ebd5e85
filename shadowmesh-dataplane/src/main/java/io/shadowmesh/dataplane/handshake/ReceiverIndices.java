package io.shadowmesh.dataplane.handshake;

import org.agrona.collections.IntHashSet;

import java.util.random.RandomGenerator;

/**
 * The indices by which datagrams name this node's sessions and handshakes: random, unique while they live, and never 0,
 * which stands for "none yet".
 *
 * <p><b>Threading:</b> the control thread only.
 */
public final class ReceiverIndices
{
    private final RandomGenerator random;
    private final IntHashSet live = new IntHashSet();

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
    public int allocate()
    {
        int index;
        do
        {
            index = random.nextInt();
        }
        while (index == 0 || !live.add(index));
        return index;
    }

    /**
     * Gives an index back, when no frame for it will be taken any more.
     *
     * @param index that was allocated; one that is not live is ignored.
     */
    public void release(final int index)
    {
        live.remove(index);
    }

    /**
     * Tells whether an index is in use.
     *
     * @param index to look up.
     * @return true between its allocation and its release.
     */
    public boolean isLive(final int index)
    {
        return live.contains(index);
    }
}
