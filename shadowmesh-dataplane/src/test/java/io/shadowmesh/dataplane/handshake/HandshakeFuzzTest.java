package io.shadowmesh.dataplane.handshake;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.frame.HandshakeHeader;

import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Datagrams of two nodes that shake hands, changed, cut, mixed up, repeated, from anywhere, with mac1 as it was or made
 * anew: no exception, no session that the other end does not hold too, and the two connect afterwards.
 */
class HandshakeFuzzTest
{
    private static final int MAX_STEPS = 12;
    private static final long[] LOST = {};
    private static final long[] ONCE = {ScriptedNetwork.LATENCY_NS};

    private MeshNode a;
    private MeshNode b;

    @FuzzTest
    void handshake(final FuzzedDataProvider data)
    {
        final ScriptedNetwork fresh = new ScriptedNetwork();
        fresh.script(datagram -> LOST);
        a = new MeshNode(fresh, TestPeers.LOWER, 1, 1);
        b = new MeshNode(fresh, TestPeers.HIGHER, 2, 2);
        MeshNode.allowEachOther(a, b);
        a.initiate(b);
        if (data.consumeBoolean())
        {
            b.initiate(a);
        }
        for (int step = 0; step < MAX_STEPS && data.remainingBytes() > 0; step++)
        {
            step(fresh, data);
        }
        assertTwoEnds();

        fresh.script(datagram -> ONCE);
        fresh.runSeconds(40);
        if (a.liveSessions().isEmpty() || b.liveSessions().isEmpty())
        {
            a.initiate(b);
            fresh.runSeconds(20);
        }
        assertTwoEnds();
        assertFalse(a.liveSessions().isEmpty(), "they do not connect any more");
        assertFalse(b.liveSessions().isEmpty(), "they do not connect any more");
    }

    private void step(final ScriptedNetwork fresh, final FuzzedDataProvider data)
    {
        final ScriptedNetwork.Datagram sent = fresh.sent().get(data.consumeInt(0, fresh.sent().size() - 1));
        final boolean isBack = data.consumeInt(0, 15) == 0;
        final MeshNode to = sent.to().equals(a.endpoint()) != isBack ? a : b;
        final Endpoint from = data.consumeInt(0, 7) == 0 ? Endpoint.ofIpv4(0xC6336401, 7) : sent.from();
        byte[] bytes = sent.bytes().clone();
        for (int i = data.consumeInt(0, 3); i > 0; i--)
        {
            bytes[data.consumeBoolean() ?
                data.consumeInt(0, Math.min(bytes.length, HandshakeHeader.BYTES_OFFSET) - 1) :
                data.consumeInt(0, bytes.length - 1)] = data.consumeByte();
        }
        if (data.consumeInt(0, 7) == 0)
        {
            bytes = Arrays.copyOf(bytes, data.consumeInt(1, 2000));
        }
        if (data.consumeBoolean() && bytes.length >= HandshakeHeader.OVERHEAD)
        {
            mac1(fresh, to, bytes[HandshakeHeader.MESSAGE_OFFSET]).write(bytes, bytes.length);
        }
        to.receive(bytes, from);
        fresh.run(data.consumeInt(0, 3) == 0 ? data.consumeLong(0, 2_000_000_000L) : 0);
    }

    /** The mac1 that a node expects of a message: M2 and M4 answer what the node has sent last. */
    private static Mac1 mac1(final ScriptedNetwork fresh, final MeshNode to, final int message)
    {
        final boolean isAnswer = message == FragmentLayout.M2 || message == FragmentLayout.M4;
        return isAnswer && !fresh.sent(to, message - 1).isEmpty() ?
            Mac1.inAnswerTo(RawInitiator.body(RawInitiator.collectSent(fresh, to, message - 1))) :
            Mac1.toResponder(to.id());
    }

    /** Whoever has a session that it can use has it with the right peer, who holds the same keys. */
    private void assertTwoEnds()
    {
        for (final MeshNode node : new MeshNode[]{a, b})
        {
            final MeshNode other = node == a ? b : a;
            for (final SessionKeys keys : node.liveSessions())
            {
                assertEquals(other.id(), keys.peer());
                assertTrue(other.sessions().stream().anyMatch(theirs ->
                    theirs.localIndex() == keys.remoteIndex() && Arrays.equals(theirs.sendKey(), keys.receiveKey())));
            }
        }
    }
}
