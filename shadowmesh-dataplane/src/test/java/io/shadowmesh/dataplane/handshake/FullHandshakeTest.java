package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.PeerId;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class FullHandshakeTest
{
    private final ScriptedNetwork network = new ScriptedNetwork();
    private final MeshNode a = new MeshNode(network, TestPeers.LOWER, 1, 1);
    private final MeshNode b = new MeshNode(network, TestPeers.HIGHER, 2, 2);

    FullHandshakeTest()
    {
        MeshNode.allowEachOther(a, b);
    }

    @ParameterizedTest
    @CsvSource({"AES_256_GCM,false", "AES_256_GCM,true", "CHACHA20_POLY1305,false", "CHACHA20_POLY1305,true"})
    void connectsInTwoRoundTrips(final Suite suite, final boolean withPresharedKey)
    {
        if (withPresharedKey)
        {
            final byte[] key = new byte[32];
            Arrays.fill(key, (byte)0x5A);
            a.presharedKey(b.id(), key);
            b.presharedKey(a.id(), key);
        }

        a.initiate(b, suite);
        assertTrue(a.table().isInitiating(b.id()));
        network.run(4 * ScriptedNetwork.LATENCY_NS);

        TestPeers.assertConnected(a, b);
        assertEquals(suite, b.sessions().getFirst().suite());
        assertEquals(List.of(HandshakeOutcome.ESTABLISHED), a.outcomes());
        assertFalse(a.table().isInitiating(b.id()));
        assertEquals(6, network.sent().stream().filter(ScriptedNetwork.Datagram::isHandshake).count());

        network.runSeconds(60);
        assertEquals(b.sessions().getFirst().localIndex(), b.confirmed().getFirst());
        assertEquals(List.of(), b.expired());
        assertEquals(0, a.drops() + b.drops());
        assertEquals(7, network.sent().size(), "nothing more is sent after the keepalive");
        assertEquals(Long.MAX_VALUE, a.table().nextDeadlineNs());
        assertEquals(Long.MAX_VALUE, b.table().nextDeadlineNs());
        assertTrue(a.indices().isLive(a.sessions().getFirst().localIndex()), "the session's index stays in use");
        assertTrue(b.indices().isLive(b.sessions().getFirst().localIndex()), "the session's index stays in use");
    }

    @Test
    void agreesOnWhatBothOfferAndOnTheSmallerMtu()
    {
        final MeshNode c = new MeshNode(
            network, TestPeers.STRANGER, Endpoint.ofIpv6(0x20010DB8L << 32, 7, 0, 1), 3, 0xFFFF_FFF6, 1280);
        MeshNode.allowEachOther(a, c);
        a.initiate(c);
        network.runSeconds(1);

        TestPeers.assertConnected(a, c);
        assertEquals(0, a.sessions().getFirst().capabilities());
        assertEquals(1280, a.sessions().getFirst().innerMtu());
        assertEquals(c.endpoint(), a.sessions().getFirst().endpoint());
        assertEquals(a.endpoint(), c.sessions().getFirst().endpoint());
    }

    @Test
    void doesNotConnectWithDifferentPresharedKeys()
    {
        final byte[] key = new byte[32];
        key[31] = 1;
        a.presharedKey(b.id(), key);
        a.initiate(b);
        network.runSeconds(30);

        assertEquals(List.of(HandshakeOutcome.NOT_COMPLETED), a.outcomes());
        assertEquals(0, a.sessions().size() + b.sessions().size());
        assertEquals(0, network.sent(b, FragmentLayout.M4).size());
        assertEquals(1, b.drops(DropReason.HANDSHAKE_FAILED), "the half-open handshake ended with the first M3");
        assertEquals(0, b.table().halfOpenCount());
    }

    @Test
    void makesDifferentKeysEveryTime()
    {
        a.initiate(b);
        network.runSeconds(1);
        a.initiate(b);
        network.runSeconds(1);

        assertEquals(2, a.sessions().size());
        TestPeers.assertTwoEnds(a.sessions().get(1), b.sessions().get(1));
        assertFalse(Arrays.equals(a.sessions().get(0).sendKey(), a.sessions().get(1).sendKey()));
    }

    @Test
    void beginsNoSecondAttemptWhileOneRuns()
    {
        a.initiate(b);
        a.initiate(b);
        assertEquals(1, network.sent().size());
    }

    @Test
    void connectsOneNodeToManyAtOnce()
    {
        final MeshNode c = new MeshNode(network, TestPeers.STRANGER, 3, 3);
        MeshNode.allowEachOther(a, c);
        MeshNode.allowEachOther(b, c);
        a.initiate(b);
        a.initiate(c);
        b.initiate(c);
        network.runSeconds(1);

        assertEquals(2, a.liveSessions().size());
        assertEquals(2, b.liveSessions().size());
        assertEquals(2, c.liveSessions().size());
    }

    @Test
    void showsNobodyAnythingWhoAsksForAnotherPeerId()
    {
        final PeerId wrong = PeerId.of(new byte[1216]);
        a.table().initiate(wrong, b.endpoint(), Suite.AES_256_GCM, network.nowNs());
        network.runSeconds(30);

        assertEquals(List.of(HandshakeOutcome.NO_ANSWER), a.outcomes());
        assertTrue(network.sent().stream().allMatch(datagram -> datagram.from().equals(a.endpoint())));
        assertEquals(0, network.sent(a, FragmentLayout.M3).size());
        assertEquals(network.sent().size(), b.drops(DropReason.HANDSHAKE_BAD_MAC));
    }

    @Test
    void sendsNothingAfterM2ToOneThatIsNotAllowed()
    {
        final MeshNode stranger = new MeshNode(network, TestPeers.STRANGER, 3, 3);
        stranger.allow(b.id());
        stranger.initiate(b);
        network.runSeconds(30);

        assertEquals(List.of(HandshakeOutcome.NOT_COMPLETED), stranger.outcomes());
        assertEquals(2, network.sent(b, FragmentLayout.M2).size());
        assertEquals(0, network.sent(b, FragmentLayout.M4).size());
        assertEquals(2, network.sent().stream().filter(datagram -> datagram.from().equals(b.endpoint())).count());
        assertEquals(0, b.sessions().size());
        assertEquals(1, b.drops(DropReason.HANDSHAKE_NOT_ALLOWED));
        assertTrue(b.drops(DropReason.HANDSHAKE_UNKNOWN) > 0, "later copies of M3 find no handshake");
        assertEquals(0, b.table().halfOpenCount());
    }

    @Test
    void erasesASessionsKeys()
    {
        a.initiate(b);
        network.runSeconds(1);
        final SessionKeys keys = a.sessions().getFirst();
        keys.destroy();
        assertEquals(0, keys.sendKey()[0] | keys.sendKey()[31] | keys.receiveKey()[0] | keys.receiveKey()[31]);
        assertEquals(0, keys.sendIv()[0] | keys.receiveIv()[11]);
        assertFalse(keys.toString().contains("[B"));
    }
}
