package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.address.Endpoint;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;

import static io.shadowmesh.dataplane.session.Fixtures.SECOND_NS;
import static io.shadowmesh.dataplane.session.Fixtures.START_NS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PeerEchoesTest
{
    private static final Random RANDOM = Fixtures.seeded("PeerEchoesTest");
    private static final Endpoint ENDPOINT = Endpoint.ofIpv4(0xC0000201, 9443);

    private final RecordingActions actions = new RecordingActions();
    private final PeerTimers timers = new PeerTimers(actions, RANDOM);
    private Peer peer = peer(0);
    private long nowNs = START_NS;
    private int nextIndex = 1;

    @Test
    void asksAtOnceWhenThereIsASession()
    {
        run(5 * SECOND_NS);
        assertEquals(List.of(), echoes());
        establish();
        run(SECOND_NS);
        assertEquals(List.of(5L), echoes());
    }

    @Test
    void asksEverySecondUnderTrafficInEitherDirection()
    {
        establish();
        for (int i = 0; i < 60; i++)
        {
            if (i < 30)
            {
                peer.countSent(1, 100);
            }
            else
            {
                peer.countReceived(1, 100);
            }
            run(SECOND_NS / 10);
        }
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L), echoes());
    }

    @Test
    void asksOnceMoreAfterTheLastTrafficAndThenEveryTenSeconds()
    {
        establish();
        run(SECOND_NS / 2);
        peer.countSent(1, 100);
        run(45 * SECOND_NS);
        assertEquals(List.of(0L, 1L, 11L, 21L, 31L, 41L), echoes());
    }

    @Test
    void asksAtBothEndsOfAnIdlePathAlthoughEachAnswersTheOther()
    {
        final PeerEchoesTest other = new PeerEchoesTest();
        establish();
        answerTo(other, 3 * SECOND_NS);
        other.establish();
        answerTo(other, 37 * SECOND_NS);
        assertEquals(List.of(0L, 10L, 20L, 30L), echoes());
        assertEquals(List.of(3L, 13L, 23L, 33L), other.echoes());
    }

    @Test
    void isNotPutOffByKeepalivesOrAnythingElse()
    {
        peer = peer(1);
        establish();
        for (int i = 0; i < 25; i++)
        {
            peer.onSent(nowNs);
            run(SECOND_NS);
        }
        assertEquals(List.of(0L, 10L, 20L), echoes());
    }

    @Test
    void asksFiveTimesASecondWhileTheRoundTripHasJustChanged()
    {
        establish();
        reply(5_000_000);
        reply(50_000_000);
        assertTrue(peer.link().isUnsettled());
        run(SECOND_NS);
        assertEquals(5, actions.echoedNs.size());
        reply(10_000_000);
        assertFalse(peer.link().isUnsettled());
        run(SECOND_NS);
        assertEquals(5, actions.echoedNs.size());
    }

    @Test
    void endsWithTheKeyOfAnIdlePeer()
    {
        establish();
        run(900 * SECOND_NS);
        assertEquals(List.of(), actions.initiatedNs, "an echo is no data, and renews no key");
        assertTrue(actions.echoedNs.getLast() < START_NS + Lifetimes.REFUSE_NS);
        assertEquals(18, actions.echoedNs.size());
    }

    @Test
    void isNoUnansweredData()
    {
        establish();
        for (int i = 0; i < 30; i++)
        {
            run(SECOND_NS);
            peer.onSent(nowNs);
        }
        assertEquals(List.of(), actions.initiatedNs, "nobody takes the peer for dead");
    }

    @Test
    void asksNobodyWhoseAddressIsUnknown()
    {
        peer.endpoint(null);
        establish();
        run(SECOND_NS);
        assertEquals(List.of(), echoes());
    }

    private Peer peer(final int keepaliveSeconds)
    {
        final Peer made = new Peer(
            new PeerSettings(Fixtures.id(1), "alice", null, 9443, List.of(), false, keepaliveSeconds, null),
            Fixtures.SELF,
            0);
        made.endpoint(ENDPOINT);
        return made;
    }

    private void establish()
    {
        assertTrue(timers.onConfirmed(Fixtures.session(peer, nextIndex++, true, nowNs), nowNs));
    }

    private void reply(final long rttNs)
    {
        peer.link().onReply(rttNs, nowNs, 1, nowNs - START_NS, 0, 0, 0, 0);
    }

    /** Time passes at both ends, and each answers the other's echoes at once. */
    private void answerTo(final PeerEchoesTest other, final long forNs)
    {
        for (long passedNs = 0; passedNs < forNs; passedNs += SECOND_NS / 10)
        {
            final int asked = actions.echoedNs.size();
            final int askedByOther = other.actions.echoedNs.size();
            run(SECOND_NS / 10);
            other.run(SECOND_NS / 10);
            if (actions.echoedNs.size() > asked)
            {
                other.peer.onSent(other.nowNs);
            }
            if (other.actions.echoedNs.size() > askedByOther)
            {
                peer.onSent(nowNs);
            }
        }
    }

    private void run(final long forNs)
    {
        final long untilNs = nowNs + forNs;
        while (nowNs < untilNs)
        {
            actions.nowNs = nowNs;
            timers.tick(peer, nowNs);
            nowNs += Math.min(PeerTimers.TICK_NS, untilNs - nowNs);
        }
    }

    private List<Long> echoes()
    {
        return actions.echoedNs.stream().map(timeNs -> (timeNs - START_NS) / SECOND_NS).toList();
    }
}
