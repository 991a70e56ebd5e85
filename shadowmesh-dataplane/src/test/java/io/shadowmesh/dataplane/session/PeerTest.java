package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.address.Endpoint;
import org.junit.jupiter.api.Test;

import java.util.List;

import static io.shadowmesh.dataplane.session.Fixtures.SECOND_NS;
import static io.shadowmesh.dataplane.session.Fixtures.START_NS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PeerTest
{
    private final Peer peer = Fixtures.peer("alice", 1, "10.0.0.1/32");
    private final PeerTraffic traffic = peer.traffic();

    @Test
    void beginsWithNothing()
    {
        assertNull(peer.current());
        assertNull(peer.previous());
        assertNull(peer.endpoint());
        assertEquals(Peer.NEVER, peer.lastHandshakeNs());
        assertEquals(Peer.NEVER, peer.lastSentNs());
        assertEquals(Peer.NEVER, peer.lastReceivedNs());
        assertEquals(Peer.NEVER, traffic.unansweredSinceNs());
        assertEquals(Peer.NEVER, traffic.unacknowledgedSinceNs());
        assertEquals(1, peer.number());
        assertEquals("alice", peer.toString());
        assertEquals("10.0.0.1/32", peer.allowedIps().getFirst().toString());
    }

    @Test
    void keepsTheFirstDataSentUntilSomethingComes()
    {
        peer.onDataSent(START_NS);
        peer.onDataSent(START_NS + 5);
        peer.onSent(START_NS + 6);
        assertEquals(START_NS, traffic.unansweredSinceNs());
        peer.onReceived(START_NS + 7);
        assertEquals(Peer.NEVER, traffic.unansweredSinceNs());
        peer.onSent(START_NS + 8);
        assertEquals(Peer.NEVER, traffic.unansweredSinceNs());
        peer.onDataSent(START_NS + 9);
        peer.onDataSent(START_NS + 10);
        assertEquals(START_NS + 9, traffic.unansweredSinceNs());
        peer.onDataReceived(START_NS + 11);
        assertEquals(Peer.NEVER, traffic.unansweredSinceNs());
    }

    @Test
    void takesHandshakeForSignOfLife()
    {
        peer.onDataSent(START_NS);
        traffic.handshake(START_NS + 3);
        assertEquals(Peer.NEVER, traffic.unansweredSinceNs());
        peer.onDataSent(START_NS + 4);
        assertEquals(START_NS + 4, traffic.unansweredSinceNs());
    }

    @Test
    void keepsTheFirstDataReceivedUntilSomethingIsSent()
    {
        peer.onDataReceived(START_NS);
        peer.onDataReceived(START_NS + 5);
        peer.onReceived(START_NS + 6);
        assertEquals(START_NS, traffic.unacknowledgedSinceNs());
        peer.onSent(START_NS + 7);
        assertEquals(Peer.NEVER, traffic.unacknowledgedSinceNs());
        peer.onReceived(START_NS + 8);
        assertEquals(Peer.NEVER, traffic.unacknowledgedSinceNs());
        peer.onDataReceived(START_NS + 9);
        peer.onDataReceived(START_NS + 10);
        assertEquals(START_NS + 9, traffic.unacknowledgedSinceNs());
        peer.onDataSent(START_NS + 11);
        assertEquals(Peer.NEVER, traffic.unacknowledgedSinceNs());
    }

    @Test
    void takesDataOfTheSameInstantAsUnacknowledgedButNotAsUnanswered()
    {
        peer.onDataSent(START_NS);
        peer.onDataReceived(START_NS);
        assertEquals(START_NS, traffic.unacknowledgedSinceNs());
        assertEquals(Peer.NEVER, traffic.unansweredSinceNs());
    }

    @Test
    void countsBothWays()
    {
        peer.countSent(1, 100);
        peer.countSent(49, 70_000);
        peer.countReceived(2, 3_000_000_000L);
        peer.countReceived(1, 3_000_000_000L);
        assertEquals(50, peer.packetsSent());
        assertEquals(70_100, peer.bytesSent());
        assertEquals(3, peer.packetsReceived());
        assertEquals(6_000_000_000L, peer.bytesReceived());
    }

    @Test
    void answersTenEchoesInAnySecond()
    {
        for (int i = 0; i < 10; i++)
        {
            assertTrue(peer.mayAnswerEcho(START_NS + 50_000_000L * i));
        }
        assertFalse(peer.mayAnswerEcho(START_NS + SECOND_NS - 1));
        assertTrue(peer.mayAnswerEcho(START_NS + SECOND_NS));
        assertFalse(peer.mayAnswerEcho(START_NS + SECOND_NS + 50_000_000L - 1));
        assertTrue(peer.mayAnswerEcho(START_NS + SECOND_NS + 50_000_000L));
        int answered = 0;
        for (long nowNs = START_NS + 100 * SECOND_NS; nowNs < START_NS + 110 * SECOND_NS; nowNs += 1_000_000L)
        {
            answered += peer.mayAnswerEcho(nowNs) ? 1 : 0;
        }
        assertEquals(100, answered);
    }

    @Test
    void movesTheEndpointOnTheHighestFrameOfTheRightSessionAlone()
    {
        final RecordingAead aead = new RecordingAead();
        final PeerTimers timers = new PeerTimers(new RecordingActions(), null);
        final FrameBench bench = new FrameBench();
        final Session previous = Fixtures.session(aead, peer, 1, true, START_NS);
        final Session current = Fixtures.session(aead, peer, 2, true, START_NS);
        final Session unconfirmed = Fixtures.session(aead, peer, 3, false, START_NS);
        timers.onConfirmed(previous, START_NS);
        timers.onConfirmed(current, START_NS);
        for (final Session session : List.of(previous, current, unconfirmed))
        {
            final Session other = Fixtures.session(aead, peer, ~session.localIndex(), true, START_NS);
            final byte[] first = bench.seal(other, START_NS);
            final byte[] second = bench.seal(other, START_NS);
            final boolean mayMove = session != previous;
            assertFalse(peer.mayMoveEndpoint(session));
            bench.open(session, second, START_NS);
            assertEquals(mayMove, peer.mayMoveEndpoint(session));
            bench.open(session, first, START_NS);
            assertFalse(peer.mayMoveEndpoint(session), "a frame that came late");
            bench.open(session, second, START_NS);
            assertFalse(peer.mayMoveEndpoint(session), "a frame that came twice");
        }
        bench.close();
    }

    @Test
    void remembersWhatResolvingFound()
    {
        final Endpoint found = Endpoint.ofIpv4(1, 1);
        final Endpoint learned = Endpoint.ofIpv4(2, 2);
        peer.resolved(found);
        assertSame(found, peer.endpoint());
        peer.endpoint(learned);
        assertSame(learned, peer.endpoint());
        assertSame(found, peer.resolvedEndpoint());
    }

    @Test
    void refusesItself()
    {
        final PeerSettings settings = Fixtures.settings("me", 100);
        assertThrows(IllegalArgumentException.class, () -> new Peer(settings, Fixtures.SELF, 0));
    }

    @Test
    void checksItsSettings()
    {
        final byte[] key = new byte[32];
        key[0] = 7;
        final PeerSettings settings =
            new PeerSettings(Fixtures.id(1), null, "node.example", 9443, List.of(), true, 25, key);
        key[0] = 8;
        assertEquals(7, settings.presharedKey()[0]);
        assertNotSame(settings.presharedKey(), settings.presharedKey());
        assertEquals(Fixtures.id(1).toString(), settings.name());
        assertNull(Fixtures.settings("alice", 1).presharedKey());
        assertArrayEquals(new byte[32], make(new byte[32], 1, 0).presharedKey());
        assertThrows(IllegalArgumentException.class, () -> make(new byte[31], 1, 0));
        assertThrows(IllegalArgumentException.class, () -> make(null, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> make(null, 65_536, 0));
        assertThrows(IllegalArgumentException.class, () -> make(null, 1, -1));
        assertThrows(IllegalArgumentException.class, () -> make(null, 1, 65_536));
    }

    private static PeerSettings make(final byte[] key, final int port, final int keepalive)
    {
        return new PeerSettings(Fixtures.id(1), "alice", "node.example", port, List.of(), false, keepalive, key);
    }
}
