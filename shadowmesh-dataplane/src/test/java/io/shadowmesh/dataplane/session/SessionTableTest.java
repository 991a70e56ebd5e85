package io.shadowmesh.dataplane.session;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SessionTableTest
{
    private final Peer peer = Fixtures.peer("alice", 1);

    @Test
    void findsNothingWhenEmpty()
    {
        assertNull(SessionTable.EMPTY.lookup(0));
        assertNull(SessionTable.EMPTY.lookup(-1));
        assertEquals(0, SessionTable.EMPTY.size());
    }

    @Test
    void findsSessionsWithTheSameLowBits()
    {
        final int[] indices = {0, -1, 1, 0x100, 0x200, 0x80000000, 0x7FFFFFFF, 0xFFFFFF00};
        SessionTable table = SessionTable.EMPTY;
        for (final int index : indices)
        {
            table = table.with(session(index));
        }
        assertEquals(indices.length, table.size());
        for (final int index : indices)
        {
            assertEquals(index, table.lookup(index).localIndex());
        }
        assertNull(table.lookup(0x300));
        assertNull(table.lookup(2));
    }

    @Test
    void leavesOlderSnapshotsAlone()
    {
        final Session session = session(7);
        final SessionTable with = SessionTable.EMPTY.with(session);
        final SessionTable without = with.without(session);
        assertSame(session, with.lookup(7));
        assertNull(without.lookup(7));
        assertNull(SessionTable.EMPTY.lookup(7));
    }

    @Test
    void knowsWhoseSessionsAreUnconfirmed()
    {
        final Session answered = Fixtures.session(peer, 1, false, Fixtures.START_NS);
        final SessionTable table = SessionTable.EMPTY.with(answered).with(session(2));
        assertTrue(table.hasUnconfirmed(peer));
        assertFalse(table.hasUnconfirmed(Fixtures.peer("bob", 2)));
        assertFalse(table.without(answered).hasUnconfirmed(peer), "the other has been confirmed");
    }

    @Test
    void refusesSecondSessionOfTheSameIndex()
    {
        final Session session = session(7);
        final SessionTable table = SessionTable.EMPTY.with(session);
        assertSame(table, table.with(session));
        final Session other = session(7);
        assertThrows(IllegalArgumentException.class, () -> table.with(other));
        assertSame(table, table.without(other));
    }

    @Test
    void agreesWithMapOverRandomChanges()
    {
        final Random random = Fixtures.seeded("SessionTableTest");
        final Map<Integer, Session> model = new HashMap<>();
        SessionTable table = SessionTable.EMPTY;
        for (int i = 0; i < 5_000; i++)
        {
            // Few distinct low bits, so that probe sequences run into one another and break apart.
            final int index = random.nextInt(64) << 26 | random.nextInt(3);
            final Session present = model.get(index);
            if (present == null)
            {
                final Session session = session(index);
                model.put(index, session);
                table = table.with(session);
            }
            else
            {
                model.remove(index);
                table = table.without(present);
            }

            assertEquals(model.size(), table.size());
            final Set<Session> listed = new HashSet<>();
            table.forEach(listed::add);
            assertEquals(new HashSet<>(model.values()), listed);
            final int probe = random.nextInt(64) << 26 | random.nextInt(3);
            assertSame(model.get(probe), table.lookup(probe));
        }
    }

    private Session session(final int index)
    {
        return Fixtures.session(peer, index, true, Fixtures.START_NS);
    }
}
