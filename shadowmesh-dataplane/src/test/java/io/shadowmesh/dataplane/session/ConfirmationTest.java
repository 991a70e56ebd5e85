package io.shadowmesh.dataplane.session;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

import static io.shadowmesh.dataplane.session.Fixtures.SECOND_NS;
import static io.shadowmesh.dataplane.session.Fixtures.START_NS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * How a responder comes to know that a session is held by both, though keepalives are lost and the initiator has
 * nothing to send: both ends, a wire that loses what it is told to, and one fake clock.
 */
class ConfirmationTest
{
    private static final long MILLISECOND_NS = 1_000_000L;
    private static final int ALL = Integer.MAX_VALUE;
    private static final int HIGHER_THAN_SELF = 200;

    private final FrameBench bench = new FrameBench();
    private final RecordingActions initiatorActions = new RecordingActions();
    private final RecordingActions responderActions = new RecordingActions();
    private final PeerTimers initiator = new PeerTimers(initiatorActions, null);
    private final PeerTimers responder = new PeerTimers(responderActions, null);
    private final Peer responderPeer = Fixtures.peer("responder", HIGHER_THAN_SELF);
    private final Peer initiatorPeer = Fixtures.peer("initiator", HIGHER_THAN_SELF);
    private final List<Long> sentMs = new ArrayList<>();

    private Session here;
    private Session there;
    private int toLose;
    private long confirmedMs = -1;
    private long nowNs = START_NS;

    ConfirmationTest()
    {
        initiatorActions.wire = this::onKeepalive;
    }

    /** In milliseconds, on ticks of 100. */
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 300", "2, 800", "3, 1800", "4, 3800", "5, 7800"})
    void healsLossWithoutTraffic(final int lost, final long expectedMs)
    {
        toLose = lost;
        establish(1);
        run(60 * SECOND_NS);
        assertEquals(expectedMs, confirmedMs);
        assertSame(there, initiatorPeer.current());
    }

    @Test
    void goesOutSixTimesAtMost()
    {
        toLose = ALL;
        establish(1);
        run(170 * SECOND_NS);
        assertEquals(List.of(0L, 300L, 800L, 1_800L, 3_800L, 7_800L), sentMs);
        assertFalse(there.isConfirmed());
    }

    @Test
    void isAnsweredByNothing()
    {
        toLose = 1;
        establish(1);
        run(60 * SECOND_NS);
        assertTrue(there.isConfirmed());
        assertEquals(List.of(), responderActions.events);
        assertEquals(0, there.framesSealed());
    }

    @Test
    void goesOutOnceWhereTheResponderHasSomethingToSay()
    {
        establish(1);
        receive(here, there, 0);
        run(60 * SECOND_NS);
        assertEquals(List.of(0L), sentMs);
    }

    @Test
    void stopsAsSoonAsAnythingHasComeOnTheSession()
    {
        toLose = 1;
        establish(1);
        run(SECOND_NS);
        receive(here, there, 100);
        run(60 * SECOND_NS);
        assertEquals(List.of(0L, 300L, 800L), sentMs);
    }

    @Test
    void goesOnWhileOnlyTheOldSessionIsHeard()
    {
        establish(1);
        receive(here, there, 0);
        final Session oldHere = here;
        final Session oldThere = there;
        run(100 * SECOND_NS);
        sentMs.clear();

        toLose = 3;
        establish(2);
        assertNotSame(oldHere, here);
        receive(oldHere, oldThere, 100);
        run(2 * SECOND_NS);
        assertEquals(List.of(100_000L, 100_300L, 100_800L, 101_800L), sentMs);
        assertSame(there, initiatorPeer.current());
    }

    @Test
    void leavesReplacedSessionAlone()
    {
        toLose = ALL;
        establish(1);
        run(500 * MILLISECOND_NS);
        establish(2);
        run(60 * SECOND_NS);
        final List<String> events = initiatorActions.events;
        assertEquals(2, events.stream().filter("keepalive 1"::equals).count());
        assertEquals(6, events.stream().filter("keepalive 2"::equals).count());
        assertEquals("keepalive 2", events.getLast());
        assertEquals(8, events.size());
    }

    @Test
    void endsWithTheSession()
    {
        toLose = ALL;
        establish(1);
        run(SECOND_NS);
        initiator.end(here);
        run(60 * SECOND_NS);
        assertEquals(List.of(0L, 300L, 800L), sentMs);
    }

    @Test
    void doesNotBeginAgainWhenAnotherSessionYields()
    {
        toLose = ALL;
        establish(1);
        run(4 * SECOND_NS);
        assertTrue(initiator.onConfirmed(Fixtures.session(responderPeer, 2, false, nowNs), nowNs));
        assertSame(here, responderPeer.current());
        run(60 * SECOND_NS);
        assertEquals(List.of(0L, 300L, 800L, 1_800L, 3_800L, 7_800L), sentMs);
    }

    @Test
    void isNotTheRespondersToRepeat()
    {
        final Session answered = Fixtures.session(initiatorPeer, 1, false, nowNs);
        assertTrue(responder.onConfirmed(answered, nowNs));
        run(60 * SECOND_NS);
        assertEquals(List.of(), responderActions.events);
    }

    @AfterEach
    void free()
    {
        bench.close();
    }

    /** What M4 makes: a session that is current at the initiator, and answered at the responder. */
    private void establish(final int index)
    {
        here = Fixtures.session(responderPeer, index, true, nowNs);
        there = Fixtures.session(initiatorPeer, index, false, nowNs);
        assertTrue(initiator.onConfirmed(here, nowNs));
    }

    private void onKeepalive(final Session session)
    {
        sentMs.add(sinceStartMs());
        responderPeer.onSent(nowNs);
        final byte[] datagram = bench.seal(session, 0, nowNs);
        if (toLose > 0)
        {
            toLose--;
            return;
        }
        assertSame(here, session);
        assertEquals(0, bench.open(there, datagram, nowNs));
        initiatorPeer.onReceived(nowNs);
        if (!there.isConfirmed())
        {
            assertTrue(responder.onConfirmed(there, nowNs));
            confirmedMs = sinceStartMs();
        }
    }

    private void receive(final Session receiving, final Session sending, final int plaintextLength)
    {
        final byte[] datagram = bench.seal(sending, plaintextLength, nowNs);
        assertEquals(plaintextLength, bench.open(receiving, datagram, nowNs));
        receiving.peer().onReceived(nowNs);
    }

    private void run(final long forNs)
    {
        for (final long untilNs = nowNs + forNs; nowNs < untilNs; nowNs += PeerTimers.TICK_NS)
        {
            initiator.tick(responderPeer, nowNs);
            responder.tick(initiatorPeer, nowNs);
        }
    }

    private long sinceStartMs()
    {
        return (nowNs - START_NS) / MILLISECOND_NS;
    }
}
