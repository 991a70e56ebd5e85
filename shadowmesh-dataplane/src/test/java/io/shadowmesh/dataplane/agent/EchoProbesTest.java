package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerSettings;
import io.shadowmesh.dataplane.status.EchoReply;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CompletableFuture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class EchoProbesTest
{
    private static final long MS = 1_000_000;
    private static final int SESSION = 7;

    private final EchoProbes probes = new EchoProbes();
    private final Peer peer = peer(1);

    @Test
    void givesAReplyToTheOneWhoAsked()
    {
        final CompletableFuture<EchoReply> answer = probe(100 * MS);
        probes.onReply(peer, 100 * MS + 30_000, reply(SESSION, 5));
        assertEquals(5, answer.join().rttNs());
    }

    /** The sender's duty cycle may have begun before the control agent's. */
    @Test
    void takesAReplyToARequestThatSeemsToHaveBeenSealedBeforeItWasAskedFor()
    {
        final CompletableFuture<EchoReply> answer = probe(100 * MS);
        probes.onReply(peer, 100 * MS - 30_000, reply(SESSION, 5));
        assertTrue(answer.isDone());
    }

    @Test
    void tellsRepliesApartThatComeInAnyOrderAndWithOneLost()
    {
        final CompletableFuture<EchoReply> first = probe(100 * MS);
        final CompletableFuture<EchoReply> second = probe(200 * MS);
        final CompletableFuture<EchoReply> third = probe(300 * MS);
        probes.onReply(peer, 300 * MS + 1000, reply(SESSION, 3));
        probes.onReply(peer, 100 * MS + 1000, reply(SESSION, 1));
        assertEquals(1, first.join().rttNs());
        assertEquals(3, third.join().rttNs());
        assertFalse(second.isDone());
    }

    @Test
    void givesNobodyTheReplyToAnEchoOfTheTimers()
    {
        final CompletableFuture<EchoReply> answer = probe(100 * MS);
        probes.onEcho(peer, SESSION, 150 * MS);
        probes.onReply(peer, 150 * MS + 1000, reply(SESSION, 9));
        assertFalse(answer.isDone());
        probes.onReply(peer, 100 * MS + 1000, reply(SESSION, 5));
        assertEquals(5, answer.join().rttNs());
    }

    @Test
    void givesNobodyTheReplyOfAnotherSessionOrAnotherPeer()
    {
        final CompletableFuture<EchoReply> answer = probe(100 * MS);
        probes.onReply(peer, 100 * MS, reply(SESSION + 1, 9));
        probes.onReply(peer(2), 100 * MS, reply(SESSION, 9));
        assertFalse(answer.isDone());
    }

    @Test
    void givesOneReplyToOneEcho()
    {
        final CompletableFuture<EchoReply> answer = probe(100 * MS);
        final CompletableFuture<EchoReply> later = probe(101 * MS);
        probes.onReply(peer, 101 * MS, reply(SESSION, 1));
        probes.onReply(peer, 101 * MS, reply(SESSION, 2));
        assertEquals(1, later.join().rttNs());
        assertEquals(2, answer.join().rttNs());
    }

    @Test
    void remembersNothingOfAPeerWhenNobodyWaits()
    {
        assertTrue(probes.isIdle());
        probes.onEcho(peer, SESSION, 50 * MS);
        assertTrue(probes.isIdle());
        probe(100 * MS).cancel(true);
        assertFalse(probes.isIdle());
        probes.onReply(peer, 100 * MS, reply(SESSION, 1));
        assertTrue(probes.isIdle());
    }

    @Test
    void remembersNothingOfAPeerThatHasLeft()
    {
        final CompletableFuture<EchoReply> answer = probe(100 * MS);
        probes.forget(peer);
        probes.forget(peer);
        assertTrue(probes.isIdle());
        assertTrue(answer.isCompletedExceptionally());
    }

    @Test
    void forgetsTheOldestOfVeryMany()
    {
        final CompletableFuture<EchoReply> oldest = probe(0);
        for (int i = 1; i <= 1000; i++)
        {
            probe(i * MS);
        }
        probes.onReply(peer, 0, reply(SESSION, 1));
        assertFalse(oldest.isDone());
    }

    private CompletableFuture<EchoReply> probe(final long nowNs)
    {
        final CompletableFuture<EchoReply> answer = new CompletableFuture<>();
        probes.onProbe(peer, SESSION, nowNs, answer);
        return answer;
    }

    private static EchoReply reply(final int session, final long rttNs)
    {
        return new EchoReply(rttNs, session, 0, 0, 0, 0);
    }

    private static Peer peer(final int number)
    {
        return new Peer(new PeerSettings(id(number), "p" + number, null, 0, List.of(), false, 0, null), id(100), number);
    }

    private static PeerId id(final int number)
    {
        final byte[] hash = new byte[PeerId.LENGTH];
        hash[0] = (byte)number;
        return PeerId.ofHash(hash);
    }
}
