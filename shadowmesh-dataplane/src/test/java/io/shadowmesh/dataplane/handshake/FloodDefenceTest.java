package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.frame.CookieFrame;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.HandshakeHeader;
import org.junit.jupiter.api.Test;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What an M1 must pass before it costs anything, and the cookie exchange from end to end. */
class FloodDefenceTest
{
    private static final long[] LOST = {};
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    private static final Endpoint ATTACKER = Endpoint.ofIpv4(0x0A000001, 1);

    private final ScriptedNetwork network = new ScriptedNetwork();
    private final MeshNode a = new MeshNode(network, TestPeers.LOWER, 1, 51);
    private final MeshNode b = new MeshNode(network, TestPeers.HIGHER, 2, 52);

    FloodDefenceTest()
    {
        MeshNode.allowEachOther(a, b);
    }

    private static Endpoint host(final int host)
    {
        return Endpoint.ofIpv4(0x0A000000 | host, 9443);
    }

    private RawInitiator raw(final int chunk, final int index) throws GeneralSecurityException
    {
        return new RawInitiator(TestPeers.STRANGER, b, chunk, index);
    }

    private RawInitiator raw(final int index) throws GeneralSecurityException
    {
        return raw(FragmentLayout.LARGE_CHUNK, index);
    }

    /** 110 ms of work in the last second. */
    private void putUnderLoad(final MeshNode node)
    {
        for (int i = 0; i < 11; i++)
        {
            node.table().worked(TimeUnit.MILLISECONDS.toNanos(10), network.nowNs());
        }
        assertTrue(node.table().isUnderLoad());
    }

    private List<ScriptedNetwork.Datagram> cookiesFrom(final MeshNode node)
    {
        return network.sent().stream()
            .filter(datagram -> datagram.from().equals(node.endpoint()))
            .filter(datagram -> FrameType.COOKIE == datagram.bytes()[FrameHeader.TYPE_OFFSET])
            .toList();
    }

    private static boolean hasMac2(final ScriptedNetwork.Datagram datagram)
    {
        final byte[] bytes = datagram.bytes();
        return !Arrays.equals(new byte[HandshakeHeader.MAC_LENGTH],
            Arrays.copyOfRange(bytes, bytes.length - HandshakeHeader.MAC_LENGTH, bytes.length));
    }

    private static Cookie cookieIn(final byte[] reply, final byte[] datagram)
    {
        return new CookieCipher(TestPeers.HIGHER.peerId()).open(
            Arrays.copyOfRange(reply, CookieFrame.SEALED_OFFSET, CookieFrame.LENGTH),
            Arrays.copyOfRange(reply, CookieFrame.SALT_OFFSET, CookieFrame.SEALED_OFFSET),
            datagram);
    }

    @Test
    void anInitiatorThatGetsACookieResendsItsFirstMessageAtOnceAndConnects()
    {
        putUnderLoad(b);
        a.initiate(b);
        network.run(4 * ScriptedNetwork.LATENCY_NS + ScriptedNetwork.LATENCY_NS / 2);

        final List<ScriptedNetwork.Datagram> firsts = network.sent(a, FragmentLayout.M1);
        assertEquals(2, firsts.size());
        assertEquals(1, cookiesFrom(b).size());
        assertEquals(79, cookiesFrom(b).getFirst().bytes().length);
        assertFalse(hasMac2(firsts.get(0)));
        assertTrue(hasMac2(firsts.get(1)));
        assertEquals(2 * ScriptedNetwork.LATENCY_NS, firsts.get(1).sentNs() - firsts.get(0).sentNs(), "at once");
        assertEquals(1, a.table().cookiesTaken());
        assertEquals(1, b.table().cookiesSent());
        assertEquals(1, b.drops(DropReason.HANDSHAKE_COOKIE_MISSING));

        network.runSeconds(1);
        TestPeers.assertConnected(a, b);
        assertEquals(0, a.drops());
    }

    @Test
    void anInitiatorOfTwoFragmentsResendsBothOnceAndConnects()
    {
        network.script(datagram -> LOST);
        a.initiate(b);
        network.runSeconds(15);
        final int before = network.sent(a, FragmentLayout.M1).size();
        putUnderLoad(b);
        network.script(datagram -> new long[]{ScriptedNetwork.LATENCY_NS});
        a.initiate(b);
        network.run(5 * ScriptedNetwork.LATENCY_NS);
        assertEquals(before + 4, network.sent(a, FragmentLayout.M1).size());
        assertEquals(2, cookiesFrom(b).size(), "one for each fragment");
        network.runSeconds(1);
        TestPeers.assertConnected(a, b);
    }

    @Test
    void aCookieIsHeldForTwoMinutesAndSoForLaterAttemptsToo()
    {
        putUnderLoad(b);
        network.script(datagram -> datagram.message() == FragmentLayout.M2 ? LOST :
            new long[]{ScriptedNetwork.LATENCY_NS});
        a.initiate(b);
        network.run(2 * ScriptedNetwork.LATENCY_NS);
        final long takenNs = network.nowNs();
        assertEquals(1, a.table().cookiesTaken());

        network.script(datagram -> LOST);
        while (network.nowNs() < takenNs + 130 * SECOND_NS)
        {
            a.initiate(b);
            network.run(SECOND_NS);
        }
        final List<ScriptedNetwork.Datagram> firsts = network.sent(a, FragmentLayout.M1);
        assertTrue(firsts.size() > 60);
        for (final ScriptedNetwork.Datagram datagram : firsts.subList(1, firsts.size()))
        {
            assertEquals(datagram.sentNs() - takenNs < 120 * SECOND_NS, hasMac2(datagram),
                "after " + (datagram.sentNs() - takenNs) / 1e9 + " s");
        }
    }

    @Test
    void aCookieIsTakenOnceHoweverOftenItComesAndOnlyWhileTheFirstMessageIsUnanswered()
    {
        network.script(datagram -> LOST);
        putUnderLoad(b);
        a.initiate(b);
        final byte[] first = network.sent().getLast().bytes();
        b.receive(first, a.endpoint());
        final byte[] reply = network.sent().getLast().bytes();

        a.receive(reply, b.endpoint());
        assertEquals(2, network.sent(a, FragmentLayout.M1).size());
        a.receive(reply, ATTACKER);
        assertEquals(2, network.sent(a, FragmentLayout.M1).size(), "a copy draws nothing");

        network.runSeconds(2);
        putUnderLoad(b);
        b.receive(network.sent(a, FragmentLayout.M1).getLast().bytes(), a.endpoint());
        a.receive(RawInitiator.collectSent(network, b, FragmentLayout.M2).get(0), b.endpoint());
        a.receive(RawInitiator.collectSent(network, b, FragmentLayout.M2).get(1), b.endpoint());
        final int sent = network.sent().size();
        a.receive(reply, b.endpoint());
        assertEquals(1, a.drops(DropReason.COOKIE_UNEXPECTED), "M2 has come");
        assertEquals(sent, network.sent().size());

        final HandshakeDatagram third = new HandshakeDatagram();
        final byte[] bytes = RawInitiator.collectSent(network, a, FragmentLayout.M3).getFirst();
        third.wrap(bytes, bytes.length);
        a.receive(new CookieIssuer(b.id(), new SeededRandom(9)).reply(third, ATTACKER, 0), b.endpoint());
        assertEquals(2, a.drops(DropReason.COOKIE_UNEXPECTED), "M3 needs none");
        assertEquals(sent, network.sent().size());
    }

    @Test
    void newCookiesDrawNoMoreThanOneExtraFirstMessageForEachThatGoesOutAnyway()
    {
        network.script(datagram -> LOST);
        putUnderLoad(b);
        a.initiate(b);
        final byte[] first = network.sent().getLast().bytes();
        for (int port = 1; port <= 20; port++)
        {
            final int before = cookiesFrom(b).size();
            b.receive(first, Endpoint.ofIpv4(0x0A000001, port));
            assertEquals(before + 1, cookiesFrom(b).size());
            a.receive(cookiesFrom(b).getLast().bytes(), b.endpoint());
        }
        assertEquals(2, network.sent(a, FragmentLayout.M1).size());
        assertEquals(20, a.table().cookiesTaken());
    }

    @Test
    void aChangedCookieReplyDoesNothing()
    {
        network.script(datagram -> LOST);
        putUnderLoad(b);
        a.initiate(b);
        b.receive(network.sent().getLast().bytes(), a.endpoint());
        final byte[] reply = network.sent().getLast().bytes();
        final int sent = network.sent().size();
        for (int bit = 0; bit < reply.length * 8; bit++)
        {
            final byte[] changed = reply.clone();
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            a.receive(changed, b.endpoint());
            assertEquals(sent, network.sent().size(), "bit " + bit);
        }
        assertEquals(0, a.table().cookiesTaken());
        a.receive(reply, b.endpoint());
        assertEquals(1, a.table().cookiesTaken());
        assertEquals(sent + 1, network.sent().size());
    }

    @Test
    void mac2IsNotReadWithoutLoad() throws GeneralSecurityException
    {
        network.script(datagram -> LOST);
        final RawInitiator initiator = raw(7);
        final byte[] first = initiator.first().getFirst().clone();
        first[first.length - 1] = 1;
        assertEquals(2, initiator.exchange(network, List.of(first), ATTACKER).size());
        putUnderLoad(b);
        assertEquals(79, initiator.exchange(network, List.of(first), ATTACKER).getFirst().length);
        network.run(SECOND_NS);
        putUnderLoad(b);
        network.run(SECOND_NS + SECOND_NS / 10);
        assertFalse(b.table().isUnderLoad());
        assertEquals(2, initiator.exchange(network, List.of(first), ATTACKER).size());
    }

    @Test
    void underLoadNothingIsKeptOfAFirstMessageWithoutItsSourcesOwnCookie() throws GeneralSecurityException
    {
        network.script(datagram -> LOST);
        putUnderLoad(b);
        final RawInitiator initiator = raw(7);
        final byte[] first = initiator.first().getFirst().clone();
        final byte[] reply = initiator.exchange(network, List.of(first), ATTACKER).getFirst();
        cookieIn(reply, first).writeMac2(first);

        final List<byte[]> elsewhere = initiator.exchange(network, List.of(first), host(2));
        assertEquals(1, elsewhere.size());
        assertEquals(79, elsewhere.getFirst().length, "a cookie is no use elsewhere");
        assertEquals(0, b.table().halfOpenCount());

        final RawInitiator half = raw(FragmentLayout.SMALL_CHUNK, 8);
        assertEquals(2, half.exchange(network, half.first(), ATTACKER).size());
        assertEquals(0, b.table().incompleteFirstCount());

        assertEquals(2, initiator.exchange(network, List.of(first), ATTACKER).size());
        assertEquals(1, b.table().halfOpenCount());
    }

    @Test
    void aThirdMessageNeedsNoCookie() throws GeneralSecurityException
    {
        network.script(datagram -> LOST);
        b.allow(TestPeers.STRANGER.peerId());
        final RawInitiator initiator = raw(7);
        final List<byte[]> second = initiator.exchange(network, initiator.first(), ATTACKER);
        putUnderLoad(b);
        assertEquals(1, initiator.exchange(network, initiator.third(second), ATTACKER).size());
        assertEquals(1, b.sessions().size());
    }

    @Test
    void aWrongMac1GetsNothingUnderLoadAndCostsItsSourceNothing() throws GeneralSecurityException
    {
        network.script(datagram -> LOST);
        final RawInitiator initiator = raw(7);
        final byte[] bad = initiator.first().getFirst().clone();
        bad[bad.length - 2 * HandshakeHeader.MAC_LENGTH] ^= 1;
        putUnderLoad(b);
        for (int i = 0; i < 100; i++)
        {
            assertEquals(0, initiator.exchange(network, List.of(bad), ATTACKER).size());
        }
        assertEquals(100, b.drops(DropReason.HANDSHAKE_BAD_MAC));

        network.runSeconds(3);
        for (int i = 0; i < 5; i++)
        {
            assertEquals(0, initiator.exchange(network, List.of(bad), ATTACKER).size());
        }
        for (int i = 0; i < 5; i++)
        {
            assertEquals(2, initiator.exchange(network, initiator.first(), ATTACKER).size(), "copy " + i);
        }
        assertEquals(0, initiator.exchange(network, initiator.first(), ATTACKER).size());
        assertEquals(1, b.drops(DropReason.HANDSHAKE_RATE_LIMITED));
    }

    @Test
    void aFirstMessageWithoutACookieDoesNotUseUpTheRateOfTheSourceThatItNames() throws GeneralSecurityException
    {
        network.script(datagram -> LOST);
        putUnderLoad(b);
        final RawInitiator honest = raw(7);
        final byte[] first = honest.first().getFirst().clone();
        final byte[] reply = honest.exchange(network, List.of(first), host(9)).getFirst();
        for (int i = 0; i < 200; i++)
        {
            final RawInitiator spoofing = raw(100);
            spoofing.exchange(network, spoofing.first(), host(9));
        }
        cookieIn(reply, first).writeMac2(first);
        assertEquals(2, honest.exchange(network, List.of(first), host(9)).size());
    }

    @Test
    void theSixthFirstMessageAtOnceIsDropped() throws GeneralSecurityException
    {
        network.script(datagram -> LOST);
        for (int i = 1; i <= 20; i++)
        {
            final RawInitiator next = raw(i);
            assertEquals(i <= 5 ? 2 : 0, next.exchange(network, next.first(), Endpoint.ofIpv4(0x0A000001, i)).size());
        }
        assertEquals(15, b.drops(DropReason.HANDSHAKE_RATE_LIMITED));
        assertEquals(5, b.table().halfOpenCount());
        network.run(SourceRates.MESSAGE_NS);
        final RawInitiator next = raw(21);
        assertEquals(2, next.exchange(network, next.first(), ATTACKER).size());
    }

    @Test
    void theSixtySixthHalfOpenHandshakeNeedsACookie() throws GeneralSecurityException
    {
        network.script(datagram -> LOST);
        for (int i = 1; i <= 65; i++)
        {
            final RawInitiator next = raw(i);
            assertEquals(2, next.exchange(network, next.first(), host(i)).size(), "initiator " + i);
        }
        final RawInitiator next = raw(66);
        assertEquals(79, next.exchange(network, next.first(), host(66)).getFirst().length);
        assertEquals(65, b.table().halfOpenCount());
        network.runSeconds(10);
        assertEquals(0, b.table().halfOpenCount());
        assertTrue(b.table().isUnderLoad(), "for a second yet");
        network.runSeconds(1);
        assertFalse(b.table().isUnderLoad());
        assertEquals(2, next.exchange(network, next.first(), host(66)).size());
    }

    @Test
    void theHundredAndThirtiethIncompleteFirstMessageNeedsACookie() throws GeneralSecurityException
    {
        network.script(datagram -> LOST);
        final RawInitiator initiator = raw(FragmentLayout.SMALL_CHUNK, 1);
        final List<byte[]> head = List.of(initiator.first().getFirst());
        for (int i = 1; i <= 129; i++)
        {
            assertEquals(0, initiator.exchange(network, head, host(i)).size(), "source " + i);
        }
        assertEquals(129, b.table().incompleteFirstCount());
        assertEquals(79, initiator.exchange(network, head, host(130)).getFirst().length);
        assertEquals(129, b.table().incompleteFirstCount());
    }

    @Test
    void noReplyToAnUnvalidatedSourceIsMoreThanThreeTimesWhatItSent() throws GeneralSecurityException
    {
        network.script(datagram -> LOST);
        final int[] chunks = {FragmentLayout.LARGE_CHUNK, FragmentLayout.SMALL_CHUNK};
        for (int index = 1; index <= 4; index++)
        {
            if (index == 3)
            {
                putUnderLoad(b);
            }
            final RawInitiator initiator = raw(chunks[index % 2], index);
            int received = 0;
            int answered = 0;
            for (int round = 0; round < 2; round++)
            {
                for (final byte[] datagram : initiator.first())
                {
                    received += datagram.length;
                    for (final byte[] answer : initiator.exchange(network, List.of(datagram), host(index)))
                    {
                        answered += answer.length;
                    }
                    assertTrue(answered <= 3 * received, answered + " for " + received);
                    assertTrue(index < 3 || answered < received, "a cookie is shorter than what draws it");
                }
            }
            assertTrue(answered > 0);
        }
    }

    @Test
    void theMac2OfAnInitiatorIsAnHmacUnderItsCookie()
    {
        putUnderLoad(b);
        a.initiate(b);
        network.run(3 * ScriptedNetwork.LATENCY_NS);
        final List<ScriptedNetwork.Datagram> firsts = network.sent(a, FragmentLayout.M1);
        final byte[] stamped = firsts.get(0).bytes().clone();
        cookieIn(cookiesFrom(b).getFirst().bytes(), stamped).writeMac2(stamped);
        assertArrayEquals(stamped, firsts.get(1).bytes());
    }
}
