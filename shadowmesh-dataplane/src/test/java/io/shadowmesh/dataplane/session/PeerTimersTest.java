package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.address.Endpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.reflect.Field;
import java.util.List;
import java.util.Random;
import java.util.function.LongConsumer;

import static io.shadowmesh.dataplane.session.Fixtures.SECOND_NS;
import static io.shadowmesh.dataplane.session.Fixtures.START_NS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PeerTimersTest
{
    private static final Random RANDOM = Fixtures.seeded("PeerTimersTest");
    private static final Endpoint ENDPOINT = Endpoint.ofIpv4(0xC0000201, 9443);
    private static final Endpoint ELSEWHERE = Endpoint.ofIpv4(0xC0000202, 9443);

    /** An attempt that nobody answers ends after this time. */
    private static final long ATTEMPT_NS = 15 * SECOND_NS;

    private final RecordingActions actions = new RecordingActions();
    private PeerTimers timers = new PeerTimers(actions, RANDOM);
    private final FrameBench bench = new FrameBench();

    private Peer peer;
    private long nowNs = START_NS;
    private long attemptLengthNs = ATTEMPT_NS;
    private int nextIndex = 1;
    private LongConsumer keepaliveSent = ignored ->
    {
    };

    // ---- rekey ----

    @ParameterizedTest
    @CsvSource({"true, 120", "false, 130"})
    void renewsKeyThatCarriedData(final boolean initiator, final int seconds)
    {
        onDemandPeer();
        establish(initiator);
        carryData();
        run(seconds * SECOND_NS - PeerTimers.TICK_NS);
        assertEquals(List.of(), attempts());
        run(2 * PeerTimers.TICK_NS);
        assertEquals(List.of((long)seconds), attempts());
    }

    @ParameterizedTest
    @CsvSource({"true, 1", "false, 11"})
    void renewsKeyAsEarlyAsItIsAskedTo(final boolean initiator, final int seconds)
    {
        timers = new PeerTimers(actions, RANDOM, SECOND_NS);
        onDemandPeer();
        establish(initiator);
        carryData();
        run(seconds * SECOND_NS - PeerTimers.TICK_NS);
        assertEquals(List.of(), attempts());
        run(2 * PeerTimers.TICK_NS);
        assertEquals(List.of((long)seconds), attempts());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, SECOND_NS - 1, 120 * SECOND_NS + 1, Long.MAX_VALUE})
    void refusesARenewalThatIsTooEarlyOrTooLate(final long ageNs)
    {
        assertThrows(IllegalArgumentException.class, () -> new PeerTimers(actions, RANDOM, ageNs));
    }

    @Test
    void doesNotRenewKeyThatCarriedNone()
    {
        onDemandPeer();
        establish(true);
        run(600 * SECOND_NS);
        assertEquals(List.of(), attempts());
    }

    @Test
    void renewsKeyLateIfItsFirstDataIsLate()
    {
        onDemandPeer();
        establish(true);
        run(150 * SECOND_NS);
        carryData();
        run(SECOND_NS);
        assertEquals(List.of(150L), attempts());
    }

    @Test
    void renewsKeyWithoutDataUnderPersistentKeepalive()
    {
        peer(false, 25, null);
        peer.endpoint(ENDPOINT);
        establish(true);
        run(121 * SECOND_NS);
        assertEquals(List.of(120L), attempts());
    }

    @ParameterizedTest
    @CsvSource({"nextSequence, 67108864", "bytes, 137438953472"})
    void renewsKeyAfterSoMuch(final String counter, final long limit) throws ReflectiveOperationException
    {
        onDemandPeer();
        establish(true);
        carryData();
        set(peer.current(), counter, limit - 1);
        run(SECOND_NS);
        assertEquals(List.of(), attempts());
        set(peer.current(), counter, limit);
        run(SECOND_NS);
        assertEquals(1, attempts().size());
    }

    @Test
    void keepsTheOldSessionWhileRenewing()
    {
        onDemandPeer();
        establish(true);
        carryData();
        final Session old = peer.current();
        run(125 * SECOND_NS);
        assertEquals(List.of(120L), attempts());
        assertEquals(old, peer.current());
        assertTrue(old.isUsable(nowNs));
        establish(true);
        assertEquals(old, peer.previous());
        assertFalse(old.isEnded());
        run(110 * SECOND_NS);
        assertEquals(List.of(120L), attempts());
    }

    // ---- keepalive ----

    @Test
    void sendsKeepaliveFourSecondsAfterTheFirstUnacknowledgedData()
    {
        onDemandPeer();
        establish(true);
        run(SECOND_NS);
        peer.onDataReceived(nowNs);
        run(3 * SECOND_NS);
        peer.onDataReceived(nowNs);
        run(SECOND_NS - PeerTimers.TICK_NS);
        assertEquals(List.of(), keepalives());
        run(PeerTimers.TICK_NS * 2);
        assertEquals(List.of(5L), keepalives());
        peer.onSent(nowNs);
        run(60 * SECOND_NS);
        assertEquals(List.of(5L), keepalives());
    }

    @Test
    void sendsNoKeepaliveIfAnythingWasSent()
    {
        onDemandPeer();
        establish(true);
        peer.onDataReceived(nowNs);
        run(3 * SECOND_NS);
        peer.onSent(nowNs);
        run(60 * SECOND_NS);
        assertEquals(List.of(), keepalives());
    }

    @Test
    void answersNoKeepaliveWithOne()
    {
        onDemandPeer();
        establish(true);
        peer.onReceived(nowNs);
        run(60 * SECOND_NS);
        assertEquals(List.of(), keepalives());
    }

    @Test
    void asksAgainForKeepaliveThatWasNotSent()
    {
        onDemandPeer();
        establish(true);
        peer.onDataReceived(nowNs);
        run(6 * SECOND_NS + PeerTimers.TICK_NS);
        assertEquals(List.of(4L, 5L, 6L), keepalives());
    }

    @Test
    void sendsPersistentKeepalives()
    {
        peer(false, 25, null);
        peer.endpoint(ENDPOINT);
        establish(true);
        onKeepalive(peer::onSent);
        run(60 * SECOND_NS);
        assertEquals(List.of(25L, 50L), keepalives());
        peer.onDataSent(nowNs);
        run(24 * SECOND_NS);
        assertEquals(List.of(25L, 50L), keepalives());
        run(2 * SECOND_NS);
        assertEquals(List.of(25L, 50L, 85L), keepalives());
    }

    @Test
    void sendsNoKeepaliveUnderKeyPastItsTime()
    {
        onDemandPeer();
        establish(true);
        run(177 * SECOND_NS);
        peer.onDataReceived(nowNs);
        run(60 * SECOND_NS);
        assertEquals(List.of(), keepalives());
    }

    // ---- dead peer ----

    @Test
    void beginsAnewEightSecondsAfterTheFirstUnansweredData()
    {
        onDemandPeer();
        establish(true);
        run(10 * SECOND_NS);
        peer.onDataSent(nowNs);
        run(5 * SECOND_NS);
        peer.onDataSent(nowNs);
        run(3 * SECOND_NS - PeerTimers.TICK_NS);
        assertEquals(List.of(), attempts());
        run(2 * PeerTimers.TICK_NS);
        assertEquals(List.of(18L), attempts());
        assertTrue(peer.current().isUsable(nowNs), "the old session is still in use");
    }

    @Test
    void takesAnyFrameForAnAnswer()
    {
        onDemandPeer();
        establish(true);
        peer.onDataSent(nowNs + 1);
        run(7 * SECOND_NS);
        peer.onReceived(nowNs);
        run(100 * SECOND_NS);
        assertEquals(List.of(), attempts());
    }

    @Test
    void expectsNoAnswerToKeepalives()
    {
        onDemandPeer();
        establish(true);
        peer.onSent(nowNs + 1);
        run(100 * SECOND_NS);
        assertEquals(List.of(), attempts());
    }

    @Test
    void endsTheSeriesWhenTheDeadPeerSpeaksAgain()
    {
        onDemandPeer();
        establish(true);
        peer.onDataSent(nowNs + 1);
        run(10 * SECOND_NS);
        assertEquals(1, attempts().size());
        peer.onReceived(nowNs);
        run(60 * SECOND_NS);
        assertEquals(1, attempts().size());
        assertFalse(actions.events.contains("give up"));
    }

    // ---- who keeps trying ----

    @Test
    void contactsPeerOfConnectAtStart()
    {
        peer(true, 0, null);
        peer.endpoint(ENDPOINT);
        run(PeerTimers.TICK_NS);
        assertEquals(List.of(0L), attempts());
    }

    @Test
    void restartsAtOnceForNinetySecondsAndThenEveryFifteen()
    {
        peer(true, 0, null);
        peer.endpoint(ENDPOINT);
        attemptLengthNs = 9 * SECOND_NS;
        run(90 * SECOND_NS);
        assertEquals(List.of(0L, 9L, 18L, 27L, 36L, 45L, 54L, 63L, 72L, 81L), attempts());
        run(24 * 3600 * SECOND_NS);
        final List<Long> initiated = actions.initiatedNs;
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int i = 11; i < initiated.size(); i++)
        {
            final long intervalNs = initiated.get(i) - initiated.get(i - 1);
            least = Math.min(least, intervalNs);
            most = Math.max(most, intervalNs);
        }
        assertTrue(least >= 10.05 * SECOND_NS, "least " + least);
        assertTrue(least < 11 * SECOND_NS, "least " + least);
        assertTrue(most <= 19.95 * SECOND_NS + PeerTimers.TICK_NS, "most " + most);
        assertTrue(most > 19 * SECOND_NS, "most " + most);
        final double mean = (double)(initiated.getLast() - initiated.get(10)) / (initiated.size() - 11) / SECOND_NS;
        assertEquals(15, mean, 0.3);
        assertFalse(actions.events.contains("give up"));
    }

    @Test
    void neverRunsTwoAttemptsAtOnce()
    {
        peer(true, 0, null);
        peer.endpoint(ENDPOINT);
        attemptLengthNs = 24 * SECOND_NS;
        run(3_600 * SECOND_NS);
        for (int i = 1; i < actions.initiatedNs.size(); i++)
        {
            assertTrue(actions.initiatedNs.get(i) - actions.initiatedNs.get(i - 1) >= attemptLengthNs);
        }
        assertTrue(actions.initiatedNs.size() > 100);
    }

    @Test
    void doesNotSpinWhenAttemptsEndInNoTime()
    {
        peer(true, 0, null);
        peer.endpoint(ENDPOINT);
        attemptLengthNs = 0;
        run(90 * SECOND_NS);
        assertTrue(attempts().size() <= 91, "attempts " + attempts().size());
        assertTrue(attempts().size() >= 80, "attempts " + attempts().size());
    }

    @Test
    void goesOnWhenTheEndOfAnAttemptIsNeverHeardOf()
    {
        peer(true, 0, null);
        peer.endpoint(ENDPOINT);
        attemptLengthNs = Long.MAX_VALUE / 2;
        run(61 * SECOND_NS);
        assertEquals(List.of(0L, 30L, 60L), attempts());
    }

    @Test
    void contactsPeerOfConnectAgainAfterItClosed()
    {
        peer(true, 0, null);
        peer.endpoint(ENDPOINT);
        establish(true);
        run(10 * SECOND_NS);
        timers.end(peer.current());
        run(PeerTimers.TICK_NS * 2);
        assertEquals(List.of(10L), attempts());
    }

    @Test
    void contactsPeerOfConnectAgainWhenItsUnusedKeyHasRunOut()
    {
        peer(true, 0, null);
        peer.endpoint(ENDPOINT);
        establish(true);
        run(179 * SECOND_NS);
        assertEquals(List.of(), attempts());
        run(2 * SECOND_NS);
        assertEquals(List.of(180L), attempts());
    }

    @Test
    void stopsTryingOnceConfirmed()
    {
        peer(true, 0, null);
        peer.endpoint(ENDPOINT);
        run(100 * SECOND_NS);
        final int before = attempts().size();
        establish(true);
        run(100 * SECOND_NS);
        assertEquals(before, attempts().size());
        timers.end(peer.current());
        run(30 * SECOND_NS);
        assertEquals(before + 2, attempts().size(), "a new series begins fast again");
    }

    @Test
    void cancelsItsOwnAttemptWhenTheOthersSucceeds()
    {
        peer(true, 0, null);
        peer.endpoint(ENDPOINT);
        run(SECOND_NS);
        assertEquals(List.of("initiate"), actions.take());
        establish(false);
        assertEquals(List.of("cancel"), actions.take());
        run(SECOND_NS);
        establish(false);
        assertEquals(List.of(), actions.take());
    }

    @Test
    void leavesOthersAloneUntilThereIsTraffic()
    {
        onDemandPeer();
        run(1_000 * SECOND_NS);
        assertEquals(List.of(), attempts());
        peer.onWanted(nowNs);
        run(PeerTimers.TICK_NS);
        assertEquals(List.of(1_000L), attempts());
    }

    @Test
    void neverInitiatesWithoutAnEndpoint()
    {
        peer(true, 25, null);
        run(200 * SECOND_NS);
        peer.onWanted(nowNs);
        run(200 * SECOND_NS);
        assertEquals(List.of(), actions.take());
        peer.endpoint(ENDPOINT);
        attemptLengthNs = 9 * SECOND_NS;
        run(19 * SECOND_NS);
        assertEquals(List.of(400L, 409L, 418L), attempts(), "the series begins when it can, not before");
    }

    @Test
    void givesUpAfterNinetySecondsWhenNothingWaits()
    {
        onDemandPeer();
        peer.onWanted(nowNs + 1);
        run(89 * SECOND_NS);
        assertEquals(List.of(0L, 15L, 30L, 45L, 60L, 75L), attempts());
        assertFalse(actions.events.contains("give up"));
        run(1_000 * SECOND_NS);
        assertEquals(6, attempts().size());
        assertEquals(1, actions.events.stream().filter("give up"::equals).count());
    }

    @Test
    void beginsNewSeriesOnNewTrafficAfterGivingUp()
    {
        onDemandPeer();
        peer.onWanted(nowNs + 1);
        run(200 * SECOND_NS);
        assertEquals(6, attempts().size());
        peer.onWanted(nowNs);
        run(31 * SECOND_NS);
        assertEquals(List.of(200L, 215L, 230L), attempts().subList(6, 9));
    }

    @Test
    void triesOnSlowlyWhileTrafficWaits()
    {
        onDemandPeer();
        for (int i = 0; i < 600; i++)
        {
            peer.onWanted(nowNs);
            run(SECOND_NS);
        }
        assertFalse(actions.events.contains("give up"));
        final List<Long> attempts = attempts();
        assertEquals(List.of(0L, 15L, 30L, 45L, 60L, 75L), attempts.subList(0, 6));
        assertTrue(attempts.size() >= 6 + 25 && attempts.size() <= 6 + 35, "attempts " + attempts.size());
        run(60 * SECOND_NS);
        assertTrue(actions.events.contains("give up"));
    }

    @Test
    void forgetsTrafficThatHasHadItsSession()
    {
        onDemandPeer();
        peer.onWanted(nowNs);
        run(SECOND_NS);
        establish(true);
        timers.end(peer.current());
        run(100 * SECOND_NS);
        assertEquals(1, attempts().size());
    }

    @Test
    void forgetsTrafficFromLongAgo()
    {
        peer(false, 0, null);
        peer.onWanted(nowNs);
        run(90 * SECOND_NS);
        peer.endpoint(ENDPOINT);
        run(90 * SECOND_NS);
        assertEquals(List.of(), attempts());
    }

    @Test
    void givesUpOnDeadPeerUntilMoreIsSent()
    {
        onDemandPeer();
        establish(true);
        peer.onDataSent(nowNs + 1);
        run(119 * SECOND_NS);
        final int before = attempts().size();
        assertEquals(1, actions.events.stream().filter("give up"::equals).count());
        run(10 * SECOND_NS);
        assertEquals(before, attempts().size());
        peer.onDataSent(nowNs);
        run(SECOND_NS);
        assertEquals(before + 1, attempts().size());
    }

    // ---- names ----

    @Test
    void resolvesBeforeTheFirstAttempt()
    {
        peer(true, 0, "node.example");
        actions.found = ENDPOINT;
        run(PeerTimers.TICK_NS);
        assertEquals(List.of("resolve", "initiate"), actions.take());
    }

    @Test
    void resolvesAgainUntilItIsFoundAndThenBeginsAtOnce()
    {
        peer(true, 0, "node.example");
        run(11 * SECOND_NS);
        assertEquals(List.of(0L, 5L, 10L), seconds(actions.resolvedNs));
        assertEquals(List.of(), attempts());
        run(1_500_000_000L);
        peer.resolved(ENDPOINT);
        run(PeerTimers.TICK_NS);
        assertEquals(List.of(12L), attempts());
        assertEquals(3, actions.resolvedNs.size());
    }

    @Test
    void resolvesSlowlyAfterNinetySecondsAndBeginsAtOnceEvenThen()
    {
        peer(true, 0, "node.example");
        run(1_000 * SECOND_NS);
        assertTrue(actions.resolvedNs.size() > 18 + 50 && actions.resolvedNs.size() < 18 + 70,
            "resolved " + actions.resolvedNs.size());
        final int before = actions.resolvedNs.size();
        peer.resolved(ENDPOINT);
        run(PeerTimers.TICK_NS);
        assertEquals(1, attempts().size());
        assertEquals(before, actions.resolvedNs.size());
    }

    @Test
    void resolvesAgainAfterEachFailure()
    {
        peer(true, 0, "node.example");
        actions.found = ENDPOINT;
        run(PeerTimers.TICK_NS);
        actions.take();
        actions.found = ELSEWHERE;
        run(15 * SECOND_NS);
        assertEquals(List.of("resolve", "initiate"), actions.take());
        assertEquals(ELSEWHERE, peer.endpoint());
    }

    @Test
    void keepsLearnedEndpointForNinetySecondsOfFailure()
    {
        peer(true, 0, "node.example");
        actions.found = ENDPOINT;
        peer.endpoint(ELSEWHERE);
        run(90 * SECOND_NS);
        assertEquals(List.of(), actions.resolvedNs);
        assertEquals(ELSEWHERE, peer.endpoint());
        run(20 * SECOND_NS);
        assertEquals(ENDPOINT, peer.endpoint());
        assertTrue(actions.events.contains("resolve"));
    }

    @AfterEach
    void free()
    {
        bench.close();
    }

    // ---- the rig ----

    private void onDemandPeer()
    {
        peer(false, 0, null);
        peer.endpoint(ENDPOINT);
    }

    private void peer(final boolean initiate, final int keepaliveSeconds, final String host)
    {
        peer = new Peer(
            new PeerSettings(Fixtures.id(1), "alice", host, 9443, List.of(), initiate, keepaliveSeconds, null),
            Fixtures.SELF,
            0);
    }

    private void establish(final boolean initiator)
    {
        final Session session = Fixtures.session(peer, nextIndex++, initiator, nowNs);
        assertTrue(timers.onConfirmed(session, nowNs));
        actions.events.removeIf(event -> event.startsWith("keepalive "));
    }

    private void carryData()
    {
        bench.seal(peer.current(), nowNs);
    }

    private void onKeepalive(final LongConsumer sent)
    {
        keepaliveSent = sent;
    }

    /** Lets time pass, with ticks, and with attempts that fail in their time. */
    private void run(final long forNs)
    {
        final long untilNs = nowNs + forNs;
        while (nowNs < untilNs)
        {
            final int attempts = actions.initiatedNs.size();
            if (attempts > 0 && nowNs - actions.initiatedNs.getLast() >= attemptLengthNs)
            {
                timers.onAttemptEnded(peer);
            }
            actions.nowNs = nowNs;
            final int keepalives = actions.keptAliveNs.size();
            timers.tick(peer, nowNs);
            if (actions.keptAliveNs.size() > keepalives)
            {
                keepaliveSent.accept(nowNs);
            }
            nowNs += Math.min(PeerTimers.TICK_NS, untilNs - nowNs);
        }
    }

    private List<Long> attempts()
    {
        return seconds(actions.initiatedNs);
    }

    private List<Long> keepalives()
    {
        return seconds(actions.keptAliveNs);
    }

    private static List<Long> seconds(final List<Long> times)
    {
        return times.stream().map(timeNs -> (timeNs - START_NS) / SECOND_NS).toList();
    }

    private static void set(final Session session, final String field, final long value)
        throws ReflectiveOperationException
    {
        final Field sending = Session.class.getDeclaredField("sending");
        sending.setAccessible(true);
        final Field counter = SendingKey.class.getDeclaredField(field);
        counter.setAccessible(true);
        counter.setLong(sending.get(session), value);
    }
}
