package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.frame.DropReason;

import org.junit.jupiter.api.Test;

import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class HandshakeCapsTest
{
    private final ScriptedNetwork network = new ScriptedNetwork();
    private final MeshNode node = MeshNode.undefended(network, TestPeers.LOWER, 1, 31);

    HandshakeCapsTest()
    {
        network.script(datagram -> new long[0]);
        node.allow(TestPeers.HIGHER.peerId());
    }

    private static Endpoint host(final int host, final int port)
    {
        return Endpoint.ofIpv4(0x0A000000 | host, port);
    }

    private RawInitiator initiator(final int index) throws GeneralSecurityException
    {
        return new RawInitiator(TestPeers.HIGHER, node, FragmentLayout.LARGE_CHUNK, index);
    }

    @Test
    void keepsThirtyTwoHalfOpenHandshakesPerSourceAndEvictsTheOldest() throws GeneralSecurityException
    {
        final RawInitiator oldest = initiator(1);
        final List<byte[]> second = oldest.exchange(network, oldest.first(), host(1, 1));
        final RawInitiator elsewhere = initiator(2);
        final List<byte[]> secondElsewhere = elsewhere.exchange(network, elsewhere.first(), host(2, 1));
        for (int i = 3; i < 34; i++)
        {
            final RawInitiator next = initiator(i);
            assertEquals(2, next.exchange(network, next.first(), host(1, i)).size());
        }
        assertEquals(33, node.table().halfOpenCount());
        assertEquals(0, node.drops());

        final RawInitiator another = initiator(99);
        assertEquals(2, another.exchange(network, another.first(), host(1, 99)).size(), "the newest gets in");
        assertEquals(33, node.table().halfOpenCount());
        assertEquals(1, node.drops(DropReason.HANDSHAKE_TABLE_FULL));

        oldest.third(second).forEach(datagram -> node.receive(datagram, host(1, 1)));
        assertEquals(2, node.drops(DropReason.HANDSHAKE_UNKNOWN), "the oldest has gone");
        assertEquals(0, node.sessions().size());
        elsewhere.third(secondElsewhere).forEach(datagram -> node.receive(datagram, host(2, 1)));
        assertEquals(1, node.sessions().size(), "another source's has not");
    }

    @Test
    void takesAnIpv6SixtyFourAsOneSource() throws GeneralSecurityException
    {
        for (int i = 1; i <= 40; i++)
        {
            final RawInitiator next = initiator(i);
            next.exchange(network, next.first(), Endpoint.ofIpv6(0x20010DB800000001L, i, 0, 9443));
        }
        assertEquals(32, node.table().halfOpenCount());
        final RawInitiator next = initiator(41);
        next.exchange(network, next.first(), Endpoint.ofIpv6(0x20010DB800000002L, 1, 0, 9443));
        assertEquals(33, node.table().halfOpenCount());
    }

    @Test
    void keepsAThousandAndTwentyFourHalfOpenHandshakesInAll() throws GeneralSecurityException
    {
        final RawInitiator oldest = initiator(1);
        final List<byte[]> second = oldest.exchange(network, oldest.first(), host(1, 1));
        for (int i = 2; i <= 1030; i++)
        {
            final RawInitiator next = initiator(i);
            assertEquals(2, next.exchange(network, next.first(), host(i, 1)).size());
        }
        assertEquals(1024, node.table().halfOpenCount());
        assertEquals(6, node.drops(DropReason.HANDSHAKE_TABLE_FULL));
        oldest.third(second).forEach(datagram -> node.receive(datagram, host(1, 1)));
        assertEquals(0, node.sessions().size());
    }

    @Test
    void answersFourUnconfirmedHandshakesPerPeerAndPrefixAndRefusesTheFifth() throws GeneralSecurityException
    {
        for (int i = 1; i <= 4; i++)
        {
            initiator(i).claim(network, host(1, i));
        }
        assertEquals(4, node.sessions().size());
        assertEquals(4, node.table().answeredCount());

        final RawInitiator fifth = initiator(5);
        final List<byte[]> third = fifth.third(fifth.exchange(network, fifth.first(), host(1, 5)));
        assertEquals(0, fifth.exchange(network, third, host(1, 5)).size());
        assertEquals(4, node.sessions().size());
        assertEquals(1, node.drops(DropReason.HANDSHAKE_TABLE_FULL));
        initiator(6).claim(network, host(2, 6));
        assertEquals(5, node.sessions().size(), "the honest one may come from elsewhere");

        node.table().confirmed(node.sessions().getFirst().localIndex());
        assertEquals(1, fifth.exchange(network, third, host(1, 5)).size(), "the refused one tries again");
        assertEquals(6, node.sessions().size());
    }

    @Test
    void answersSixtyFourUnconfirmedHandshakesPerPeer() throws GeneralSecurityException
    {
        node.allow(TestPeers.STRANGER.peerId());
        for (int i = 1; i <= 64; i++)
        {
            initiator(i).claim(network, host(1 + i % 16, i));
        }
        assertEquals(64, node.table().answeredCount());
        assertEquals(0, node.drops());
        network.runSeconds(2);
        initiator(67).claim(network, host(1, 67));
        assertEquals(64, node.sessions().size(), "a source with as many as any other gets no more");
        assertEquals(1, node.drops(DropReason.HANDSHAKE_TABLE_FULL));
        assertEquals(List.of(), node.expired());

        new RawInitiator(TestPeers.STRANGER, node, FragmentLayout.LARGE_CHUNK, 66).claim(network, host(66, 1));
        assertEquals(65, node.sessions().size(), "another peer is not touched");
        assertEquals(65, node.table().answeredCount());
    }

    @Test
    void givesANewSourceThePlaceOfTheOldestOfTheSourceThatHasMost() throws GeneralSecurityException
    {
        initiator(1).claim(network, host(200, 1));
        final int alone = node.sessions().getFirst().localIndex();
        for (int i = 2; i <= 64; i++)
        {
            network.run(TimeUnit.MILLISECONDS.toNanos(10));
            initiator(i).claim(network, host(i <= 61 ? 1 + (i - 2) / 4 : 100 + i, i));
        }
        final int oldestOfMost = node.sessions().get(1).localIndex();
        assertEquals(64, node.table().answeredCount());
        assertEquals(0, node.drops());
        network.runSeconds(2);

        for (int i = 1; i <= 200; i++)
        {
            initiator(100 + i).claim(network, host(300 + i % 20, i));
            assertEquals(64, node.table().answeredCount());
        }
        assertEquals(oldestOfMost, node.expired().getFirst());
        assertFalse(node.expired().contains(alone), "who is alone at his source keeps his place");
        assertTrue(node.expired().size() < 60, () -> node.expired().size() + ": the places are even, and stay so");
        node.table().confirmed(alone);
        assertEquals(63, node.table().answeredCount());
    }

    @Test
    void turnsOutNoAnswerWhoseFirstFrameMayBeOnItsWay() throws GeneralSecurityException
    {
        for (int i = 1; i <= 64; i++)
        {
            initiator(i).claim(network, host(1 + i % 16, i));
        }
        final RawInitiator newcomer = initiator(65);
        final List<byte[]> third = newcomer.third(newcomer.exchange(network, newcomer.first(), host(100, 1)));
        network.run(TimeUnit.SECONDS.toNanos(2) - 1);
        assertEquals(0, newcomer.exchange(network, third, host(100, 1)).size());
        assertEquals(List.of(), node.expired());
        assertEquals(1, node.drops(DropReason.HANDSHAKE_TABLE_FULL));
        network.run(1);
        assertEquals(1, newcomer.exchange(network, third, host(100, 1)).size(), "the same M3 again");
        assertEquals(1, node.expired().size());
        assertEquals(64, node.table().answeredCount());
    }

    @Test
    void givesANewSourceThePlaceOfTheOldestWhereEachHasOne() throws GeneralSecurityException
    {
        for (int i = 1; i <= 64; i++)
        {
            network.run(TimeUnit.MILLISECONDS.toNanos(10));
            initiator(i).claim(network, host(i, 1));
        }
        network.runSeconds(2);
        initiator(65).claim(network, host(64, 2));
        assertEquals(64, node.sessions().size(), "no source turns out another that has as few");
        initiator(66).claim(network, host(66, 1));
        assertEquals(65, node.sessions().size());
        assertEquals(List.of(node.sessions().getFirst().localIndex()), node.expired());
        initiator(67).claim(network, host(1, 1));
        assertEquals(66, node.sessions().size(), "the source that was turned out comes again");
        assertEquals(node.sessions().get(1).localIndex(), node.expired().getLast());
    }

    @Test
    void endsAnAnsweredHandshakeThatNothingConfirmsAfterFifteenSeconds() throws GeneralSecurityException
    {
        final RawInitiator claimant = initiator(1);
        final List<byte[]> third = claimant.third(claimant.exchange(network, claimant.first(), host(1, 1)));
        assertEquals(1, claimant.exchange(network, third, host(1, 1)).size());
        final int index = node.sessions().getFirst().localIndex();
        assertEquals(network.nowNs() + TimeUnit.SECONDS.toNanos(15), node.table().nextDeadlineNs());

        network.run(TimeUnit.SECONDS.toNanos(15) - 1);
        assertEquals(1, claimant.exchange(network, third, host(1, 1)).size(), "still answered");
        assertEquals(List.of(), node.expired());
        network.run(1);
        assertEquals(List.of(index), node.expired());
        assertEquals(0, node.table().answeredCount());
        assertFalse(node.indices().isLive(index));
        assertEquals(0, claimant.exchange(network, third, host(1, 1)).size());
        node.table().confirmed(index);
        network.runSeconds(60);
        assertEquals(1, node.expired().size());
    }

    @Test
    void doesNotExpireAConfirmedHandshake() throws GeneralSecurityException
    {
        initiator(1).claim(network, host(1, 1));
        node.table().confirmed(node.sessions().getFirst().localIndex());
        assertEquals(0, node.table().answeredCount());
        assertEquals(Long.MAX_VALUE, node.table().nextDeadlineNs());
        network.runSeconds(60);
        assertEquals(List.of(), node.expired());
        assertTrue(node.indices().isLive(node.sessions().getFirst().localIndex()));
    }

    @Test
    void forgetsAHalfOpenHandshakeAfterTenSeconds() throws GeneralSecurityException
    {
        final RawInitiator slow = initiator(1);
        final List<byte[]> second = slow.exchange(network, slow.first(), host(1, 1));
        assertEquals(network.nowNs() + TimeUnit.SECONDS.toNanos(10), node.table().nextDeadlineNs());
        network.run(TimeUnit.SECONDS.toNanos(10) - 1);
        assertEquals(1, node.table().halfOpenCount());
        network.run(1);
        assertEquals(0, node.table().halfOpenCount());
        slow.third(second).forEach(datagram -> node.receive(datagram, host(1, 1)));
        assertEquals(2, node.drops(DropReason.HANDSHAKE_UNKNOWN));
        assertEquals(Long.MAX_VALUE, node.table().nextDeadlineNs());
    }

    @Test
    void gathersTwoHundredAndFiftySixFirstMessagesAndTheOldestGivesWay() throws GeneralSecurityException
    {
        final RawInitiator honest = new RawInitiator(TestPeers.HIGHER, node, FragmentLayout.SMALL_CHUNK, 1);
        node.receive(honest.first().get(0), host(1, 1));
        final byte[] fragment = honest.first().get(0).clone();
        for (int i = 2; i <= 256; i++)
        {
            node.receive(fragment, host(1, i));
        }
        assertEquals(256, node.table().incompleteFirstCount());
        node.receive(fragment, host(1, 2));
        assertEquals(256, node.table().incompleteFirstCount(), "a copy takes no slot of its own");
        assertEquals(0, node.drops());

        node.receive(fragment, host(1, 300));
        assertEquals(256, node.table().incompleteFirstCount());
        assertEquals(1, node.drops(DropReason.HANDSHAKE_TABLE_FULL));
        node.receive(honest.first().get(1), host(1, 2));
        assertEquals(1, node.table().halfOpenCount(), "slot 2 is complete");
        node.receive(honest.first().get(1), host(1, 1));
        assertEquals(256, node.table().incompleteFirstCount(), "slot 1 was evicted and began anew");
        network.run(TimeUnit.SECONDS.toNanos(2));
        assertEquals(0, node.table().incompleteFirstCount());
    }

    @Test
    void gathersAFirstMessageForTwoSeconds() throws GeneralSecurityException
    {
        final RawInitiator honest = new RawInitiator(TestPeers.HIGHER, node, FragmentLayout.SMALL_CHUNK, 1);
        node.receive(honest.first().get(0), host(1, 1));
        assertEquals(network.nowNs() + TimeUnit.SECONDS.toNanos(2), node.table().nextDeadlineNs());
        network.run(TimeUnit.SECONDS.toNanos(2));
        node.receive(honest.first().get(1), host(1, 1));
        assertEquals(0, node.table().halfOpenCount());
        node.receive(honest.first().get(0), host(1, 2));
        assertEquals(0, node.table().halfOpenCount(), "another port is another source");
        node.receive(honest.first().get(0), host(1, 1));
        assertEquals(1, node.table().halfOpenCount());
    }

    @Test
    void takesNoM3UnderAnotherSenderIndex() throws GeneralSecurityException
    {
        final RawInitiator honest = initiator(1);
        final List<byte[]> second = honest.exchange(network, honest.first(), host(1, 1));
        final List<byte[]> third = honest.third(second);
        final byte[] changed = third.getFirst().clone();
        changed[io.shadowmesh.dataplane.frame.HandshakeHeader.SENDER_INDEX_OFFSET]++;
        Mac1.toResponder(node.id()).write(changed, changed.length);

        node.receive(changed, host(1, 1));
        assertEquals(1, node.drops(DropReason.HANDSHAKE_MALFORMED));
        assertEquals(1, honest.exchange(network, third, host(1, 1)).size());
    }

    @Test
    void answersNoOtherM3OnceOneIsAnswered() throws GeneralSecurityException
    {
        final RawInitiator honest = initiator(1);
        final List<byte[]> third = honest.third(honest.exchange(network, honest.first(), host(1, 1)));
        assertEquals(1, honest.exchange(network, third, host(1, 1)).size());
        final byte[] changed = third.getFirst().clone();
        changed[100]++;
        Mac1.toResponder(node.id()).write(changed, changed.length);
        assertEquals(0, honest.exchange(network, List.of(changed, third.get(1)), host(1, 1)).size());
        assertEquals(1, node.drops(DropReason.HANDSHAKE_FAILED));
        assertEquals(1, honest.exchange(network, third, host(1, 1)).size());
        assertEquals(1, node.sessions().size());
    }
}
