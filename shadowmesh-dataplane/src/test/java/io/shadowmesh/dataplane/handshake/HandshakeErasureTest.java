package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;

import org.junit.jupiter.api.Test;

import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class HandshakeErasureTest
{
    private static final Endpoint THERE = Endpoint.ofIpv4(7, 7);

    private final ScriptedNetwork network = new ScriptedNetwork();
    private final MeshNode node = new MeshNode(network, TestPeers.LOWER, 1, 51);
    private final MeshNode responder = new MeshNode(network, TestPeers.HIGHER, 2, 52);
    private final LocalNode local = new LocalNode(
        TestPeers.LOWER, node, (datagram, length, to) -> { }, node, node.indices(), new Hello(0, 1400),
        new SeededRandom(53));
    private final InitiatorSide initiatorSide = new InitiatorSide(local);

    private InitiatorHandshake attempt()
    {
        initiatorSide.initiate(responder.id(), responder.endpoint(), Suite.AES_256_GCM, 0);
        final InitiatorHandshake attempt = initiatorSide.attemptAt(responder.id());
        assertFalse(attempt.isErased());
        assertTrue(node.indices().isLive(attempt.localIndex()));
        return attempt;
    }

    @Test
    void anAttemptThatEndsLeavesNoSecretAndNoIndex()
    {
        final InitiatorHandshake cancelled = attempt();
        initiatorSide.end(responder.id(), HandshakeOutcome.CANCELLED);
        assertTrue(cancelled.isErased());
        assertFalse(node.indices().isLive(cancelled.localIndex()));

        final InitiatorHandshake late = attempt();
        initiatorSide.poll(InitiatorHandshake.UNANSWERED_NS);
        assertTrue(late.isErased());
        assertFalse(node.indices().isLive(late.localIndex()));
    }

    @Test
    void aHalfOpenHandshakeThatEndsLeavesNoSecretAndNoIndex() throws GeneralSecurityException
    {
        final ResponderSlots slots = new ResponderSlots();
        final ResponderSide side = new ResponderSide(
            local, initiatorSide, new FirstMessageSlots(), slots, (datagram, source, nowNs) -> null);
        final RawInitiator initiator = new RawInitiator(TestPeers.HIGHER, node, FragmentLayout.LARGE_CHUNK, 4);
        final HandshakeDatagram view = new HandshakeDatagram();
        final byte[] first = initiator.first().getFirst();
        view.wrap(first, first.length);
        side.onFirst(view, THERE, 0);
        final ResponderHandshake handshake =
            slots.get(FirstMessage.of(RawInitiator.body(initiator.first()), view));
        assertFalse(handshake.isEnded());
        assertTrue(node.indices().isLive(handshake.localIndex()));

        side.poll(TimeUnit.SECONDS.toNanos(10));
        assertTrue(handshake.isEnded());
        assertFalse(node.indices().isLive(handshake.localIndex()));
    }
}
