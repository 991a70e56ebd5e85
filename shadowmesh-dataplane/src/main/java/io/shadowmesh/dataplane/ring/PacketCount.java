package io.shadowmesh.dataplane.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How many packets a {@link PacketRing} holds, and may hold. Each side counts for itself and publishes its count by a
 * store; neither waits for the other.
 *
 * <p><b>Threading:</b> {@link #isAtLimit} and {@link #commit} belong to the producer, {@link #handOut}, {@link #release}
 * and {@link #waiting} to the consumer; the others are for any thread.
 */
final class PacketCount
{
    private static final VarHandle LIMIT;
    private static final VarHandle COMMITTED;
    private static final VarHandle RELEASED;

    static
    {
        try
        {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            LIMIT = lookup.findVarHandle(PacketCount.class, "limit", int.class);
            COMMITTED = lookup.findVarHandle(PacketCount.class, "committed", long.class);
            RELEASED = lookup.findVarHandle(PacketCount.class, "released", long.class);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new ExceptionInInitializerError(e);
        }
    }

    private int limit = Integer.MAX_VALUE;

    // The producer's; what has been released, it looks up when it has to.
    private long committed;
    private long releasedSeen;

    // The consumer's.
    private long released;
    private int handedOut;

    boolean isAtLimit()
    {
        final int most = (int)LIMIT.getOpaque(this);
        if (committed - releasedSeen < most)
        {
            return false;
        }
        releasedSeen = (long)RELEASED.getAcquire(this);
        return committed - releasedSeen >= most;
    }

    /** Before the record itself is published: the count is never less than what the consumer sees. */
    void commit(final int packets)
    {
        COMMITTED.setOpaque(this, committed + packets);
    }

    void handOut(final int packets)
    {
        handedOut += packets;
    }

    void release()
    {
        RELEASED.setRelease(this, released + handedOut);
        handedOut = 0;
    }

    /** Behind those that were handed out. */
    int waiting()
    {
        return (int)((long)COMMITTED.getOpaque(this) - released - handedOut);
    }

    int fill()
    {
        final long gone = (long)RELEASED.getAcquire(this);
        return (int)Math.max(0, (long)COMMITTED.getOpaque(this) - gone);
    }

    void limit(final int packets)
    {
        LIMIT.setRelease(this, packets);
    }

    int limit()
    {
        return (int)LIMIT.getAcquire(this);
    }
}
