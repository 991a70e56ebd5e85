package io.shadowmesh.cli.it.relay;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;

/**
 * The datagrams that are to go later, in the order of their release; of two with the same release the one that came
 * first. Their memory is used again.
 *
 * <p><b>Threading</b>: one thread.
 */
final class FaultQueue
{
    /** Longer than any datagram on a path with an MTU of 1500. */
    private static final int USUAL_LENGTH = 2048;

    /** A datagram that waits. */
    static final class Held
    {
        private ByteBuffer bytes = ByteBuffer.allocateDirect(USUAL_LENGTH);
        private Direction direction;
        private long releaseNs;
        private long number;

        ByteBuffer bytes()
        {
            return bytes;
        }

        Direction direction()
        {
            return direction;
        }

        private void hold(final ByteBuffer datagram)
        {
            if (bytes.capacity() < datagram.limit())
            {
                bytes = ByteBuffer.allocateDirect(datagram.limit());
            }
            bytes.clear();
            bytes.put(0, datagram, 0, datagram.limit()).limit(datagram.limit());
        }
    }

    private final PriorityQueue<Held> waiting = new PriorityQueue<>(
        Comparator.comparingLong((Held held) -> held.releaseNs).thenComparingLong(held -> held.number));
    private final Deque<Held> spare = new ArrayDeque<>();
    private long count;

    /**
     * Copies a datagram.
     *
     * @param datagram  from index 0 to its limit.
     * @param direction that it goes.
     * @param releaseNs when.
     */
    void add(final ByteBuffer datagram, final Direction direction, final long releaseNs)
    {
        final Held held = spare.isEmpty() ? new Held() : spare.pop();
        held.hold(datagram);
        held.direction = direction;
        held.releaseNs = releaseNs;
        held.number = count++;
        waiting.add(held);
    }

    /**
     * Takes the next datagram that is due.
     *
     * @param nowNs the time.
     * @return the datagram, to be given back to {@link #recycle}; null if none is due.
     */
    Held poll(final long nowNs)
    {
        final Held first = waiting.peek();
        return null == first || first.releaseNs > nowNs ? null : waiting.poll();
    }

    void recycle(final Held held)
    {
        spare.push(held);
    }

    /** When the next one is due; {@link Long#MAX_VALUE} if there is none. */
    long nextReleaseNs()
    {
        final Held first = waiting.peek();
        return null == first ? Long.MAX_VALUE : first.releaseNs;
    }

    boolean isEmpty()
    {
        return waiting.isEmpty();
    }

    int size()
    {
        return waiting.size();
    }
}
