package io.shadowmesh.dataplane.session;

import java.util.function.Consumer;

/**
 * The sessions that frames may come for, by receiver index. Immutable: the control thread makes a new table for every
 * change and publishes it whole.
 *
 * <p>Open addressing with linear probing, at most half full.
 */
public final class SessionTable
{
    /** The table without sessions. */
    public static final SessionTable EMPTY = new SessionTable(new Session[2], 0);

    private final Session[] slots;
    private final int[] indices;
    private final int mask;
    private final int size;

    private SessionTable(final Session[] slots, final int size)
    {
        this.slots = slots;
        this.size = size;
        this.mask = slots.length - 1;
        this.indices = new int[slots.length];
        for (int i = 0; i < slots.length; i++)
        {
            indices[i] = slots[i] != null ? slots[i].localIndex() : 0;
        }
    }

    /**
     * Finds the session that a frame selects.
     *
     * @param index the frame's receiver index.
     * @return the session, or null.
     */
    public Session lookup(final int index)
    {
        int slot = slotOf(index, mask);
        while (slots[slot] != null)
        {
            if (indices[slot] == index)
            {
                return slots[slot];
            }
            slot = slot + 1 & mask;
        }
        return null;
    }

    /**
     * This table and one session more.
     *
     * @param session to add.
     * @return a new table.
     * @throws IllegalArgumentException if another session has its index.
     */
    public SessionTable with(final Session session)
    {
        final Session present = lookup(session.localIndex());
        if (present == session)
        {
            return this;
        }
        if (present != null)
        {
            throw new IllegalArgumentException(present + " has the index of " + session);
        }
        return copy(null, session, size + 1);
    }

    /**
     * This table without one of its sessions.
     *
     * @param session to leave out.
     * @return a new table, or this one if the session is not in it.
     */
    public SessionTable without(final Session session)
    {
        return lookup(session.localIndex()) == session ? copy(session, null, size - 1) : this;
    }

    /**
     * The number of sessions.
     *
     * @return 0 or more.
     */
    public int size()
    {
        return size;
    }

    /**
     * Calls for every session, in no order. For the control thread.
     *
     * @param action to call.
     */
    public void forEach(final Consumer<Session> action)
    {
        for (final Session session : slots)
        {
            if (session != null)
            {
                action.accept(session);
            }
        }
    }

    /**
     * Tells whether a peer has a session that nothing has come on yet. For the control thread.
     *
     * @param peer to look for.
     * @return true if this node has answered a handshake that claims to be the peer's, and still waits.
     */
    public boolean hasUnconfirmed(final Peer peer)
    {
        for (final Session session : slots)
        {
            if (session != null && session.peer() == peer && !session.isConfirmed())
            {
                return true;
            }
        }
        return false;
    }

    private SessionTable copy(final Session without, final Session with, final int newSize)
    {
        final Session[] copy = new Session[Integer.highestOneBit(Math.max(1, newSize)) << 2];
        for (final Session session : slots)
        {
            if (session != null && session != without)
            {
                insert(copy, session);
            }
        }
        if (with != null)
        {
            insert(copy, with);
        }
        return new SessionTable(copy, newSize);
    }

    private static void insert(final Session[] slots, final Session session)
    {
        final int mask = slots.length - 1;
        int slot = slotOf(session.localIndex(), mask);
        while (slots[slot] != null)
        {
            slot = slot + 1 & mask;
        }
        slots[slot] = session;
    }

    /** Indices are random, so that their low bits are as good as any hash. */
    private static int slotOf(final int index, final int mask)
    {
        return index & mask;
    }
}
