package io.shadowmesh.dataplane.session;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static io.shadowmesh.dataplane.session.Fixtures.SECOND_NS;
import static io.shadowmesh.dataplane.session.Fixtures.START_NS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PeerSessionsTest
{
    private static final int HIGHER_THAN_SELF = 200;
    private static final int LOWER_THAN_SELF = 1;

    private final RecordingActions actions = new RecordingActions();
    private final PeerTimers timers = new PeerTimers(actions, null);
    private final Peer peer = Fixtures.peer("alice", LOWER_THAN_SELF);

    @Test
    void promotesAndRetiresTheOldest()
    {
        final Session first = session(peer, 1, true);
        final Session second = session(peer, 2, true);
        final Session third = session(peer, 3, true);

        assertTrue(timers.onConfirmed(first, at(0)));
        assertSlots(first, null);
        assertTrue(timers.onConfirmed(second, at(100)));
        assertSlots(second, first);
        assertFalse(first.isEnded());
        assertEquals(List.of("keepalive 1", "keepalive 2"), actions.take());
        assertTrue(timers.onConfirmed(third, at(200)));
        assertSlots(third, second);
        assertTrue(first.isEnded());
        assertEquals(List.of("retire 1", "keepalive 3"), actions.take());
        assertEquals(at(200), peer.lastHandshakeNs());
    }

    @Test
    void keepsTheOldSessionCurrentUntilTheNewOneIsConfirmed()
    {
        final Session old = session(peer, 1, true);
        timers.onConfirmed(old, at(0));
        final Session answered = session(peer, 2, false);
        assertFalse(answered.isConfirmed());
        assertSlots(old, null);
        assertTrue(timers.onConfirmed(answered, at(120)));
        assertTrue(answered.isConfirmed());
        assertSlots(answered, old);
        assertEquals(List.of("keepalive 1"), actions.take(), "a responder confirms nothing");
    }

    @Test
    void confirmsOnceOnly()
    {
        final Session first = session(peer, 1, true);
        final Session second = session(peer, 2, true);
        timers.onConfirmed(first, at(0));
        timers.onConfirmed(second, at(100));
        actions.take();
        assertFalse(timers.onConfirmed(second, at(101)));
        assertFalse(timers.onConfirmed(first, at(102)));
        assertSlots(second, first);
        assertEquals(at(100), peer.lastHandshakeNs());
        assertEquals(List.of(), actions.take());
    }

    @Test
    void neverRevivesAnEndedSession()
    {
        final Session unconfirmed = session(peer, 1, false);
        timers.end(unconfirmed);
        timers.end(unconfirmed);
        assertEquals(List.of("retire 1"), actions.take());
        assertFalse(timers.onConfirmed(unconfirmed, at(1)));
        assertSlots(null, null);
        assertEquals(Peer.NEVER, peer.lastHandshakeNs());
        assertEquals(List.of(), actions.take());
    }

    @Test
    void endsTheNamedSessionAndNoOther()
    {
        final Session first = session(peer, 1, true);
        final Session second = session(peer, 2, true);
        timers.onConfirmed(first, at(0));
        timers.onConfirmed(second, at(100));
        actions.take();
        timers.end(second);
        assertSlots(null, first);
        assertFalse(first.isEnded());
        assertEquals(List.of("retire 2"), actions.take());
        final Session third = session(peer, 3, true);
        timers.onConfirmed(third, at(101));
        assertSlots(third, first);
        timers.end(first);
        assertSlots(third, null);
        assertEquals(List.of("keepalive 3", "retire 1"), actions.take());
    }

    @Test
    void partsFromPeerByEndingBoth()
    {
        timers.onConfirmed(session(peer, 1, true), at(0));
        timers.onConfirmed(session(peer, 2, true), at(100));
        actions.take();
        timers.endAll(peer);
        timers.endAll(peer);
        assertSlots(null, null);
        assertEquals(List.of("retire 2", "retire 1"), actions.take());
    }

    /** Both nodes begin at once: each ends up with one session begun by itself and one begun by the other. */
    @ParameterizedTest
    @CsvSource({
        // self is lower, ours (the lower ID's) is confirmed first, seconds between, ours is current
        "true, true, 0, true",
        "true, true, 4.9, true",
        "true, true, 5, false",
        "true, true, 60, false",
        "true, false, 0, true",
        "true, false, 4.9, true",
        "true, false, 60, true",
        "false, true, 0, false",
        "false, true, 4.9, false",
        "false, true, 60, false",
        "false, false, 0, false",
        "false, false, 4.9, false",
        "false, false, 5, true",
        "false, false, 60, true"})
    void letsTheLowerIdDecideBetweenSessionsConfirmedAtOnce(
        final boolean selfIsLower, final boolean oursFirst, final double seconds, final boolean oursCurrent)
    {
        final Peer other = Fixtures.peer("bob", selfIsLower ? HIGHER_THAN_SELF : LOWER_THAN_SELF);
        final Session old = session(other, 9, true);
        timers.onConfirmed(old, at(-1_000));
        actions.take();
        final Session ours = session(other, 1, true);
        final Session theirs = session(other, 2, false);
        timers.onConfirmed(oursFirst ? ours : theirs, at(0));
        timers.onConfirmed(oursFirst ? theirs : ours, at(0) + (long)(seconds * SECOND_NS));

        assertSame(oursCurrent ? ours : theirs, other.current());
        assertSame(oursCurrent ? theirs : ours, other.previous(), "both are accepted");
        assertTrue(ours.isConfirmed());
        assertTrue(theirs.isConfirmed());
        assertTrue(old.isEnded());
        assertFalse(ours.isEnded());
        assertFalse(theirs.isEnded());
    }

    @Test
    void prefersTheNewerOfTwoBegunByTheSameNode()
    {
        for (final boolean initiator : new boolean[] {true, false})
        {
            final Peer other = Fixtures.peer("bob", HIGHER_THAN_SELF);
            final Session first = session(other, 1, initiator);
            final Session second = session(other, 2, initiator);
            timers.onConfirmed(first, at(0));
            timers.onConfirmed(second, at(1));
            assertSame(second, other.current());
            assertSame(first, other.previous());
        }
    }

    @Test
    void yieldsToNoSessionThatHasEnded()
    {
        final Peer other = Fixtures.peer("bob", HIGHER_THAN_SELF);
        final Session ours = session(other, 1, true);
        final Session theirs = session(other, 2, false);
        timers.onConfirmed(ours, at(0));
        timers.end(ours);
        timers.onConfirmed(theirs, at(1));
        assertSame(theirs, other.current());
        assertNull(other.previous());
    }

    @Test
    void erasesKeysNineMinutesAfterTheLastHandshake()
    {
        timers.onConfirmed(session(peer, 1, true), at(0));
        timers.onConfirmed(session(peer, 2, true), at(100));
        actions.take();
        timers.tick(peer, at(640) - 1);
        assertEquals(List.of(), actions.take());
        timers.tick(peer, at(640));
        assertSlots(null, null);
        assertEquals(List.of("retire 2", "retire 1"), actions.take());
        timers.tick(peer, at(641));
        assertEquals(List.of(), actions.take());
    }

    private static long at(final long seconds)
    {
        return START_NS + 10_000 * SECOND_NS + seconds * SECOND_NS;
    }

    private static Session session(final Peer peer, final int index, final boolean initiator)
    {
        return Fixtures.session(peer, index, initiator, at(0));
    }

    private void assertSlots(final Session current, final Session previous)
    {
        assertSame(current, peer.current());
        assertSame(previous, peer.previous());
    }
}
