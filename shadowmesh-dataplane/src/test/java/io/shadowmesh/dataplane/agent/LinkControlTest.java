package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.LogLines;
import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.ring.CoDel;
import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerActions;
import io.shadowmesh.dataplane.session.PeerSettings;
import io.shadowmesh.dataplane.session.PeerTimers;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.session.SessionTable;
import io.shadowmesh.dataplane.session.SessionTerms;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** One peer with a session, or two, whose replies the test makes up. */
class LinkControlTest
{
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long START_NS = 4_000 * SECOND_NS;

    private final Arena arena = Arena.ofShared();
    private final Counters counters = Counters.inMemory();
    private final PacketRing ring = new PacketRing(arena, 1 << 16, 1500);
    private final Pacer pacer = new Pacer();
    private final CoDel codel = new CoDel();
    private final Peer peer = peer(1, "alice");
    private ForwardingState state = new ForwardingState(new Peer[]{peer}, null, SessionTable.EMPTY);
    private long nowNs = START_NS;
    private long bytes;

    @AfterEach
    void free()
    {
        counters.close();
        arena.close();
    }

    @Test
    void pacesToAlmostTheRateThatTheOperatorGives()
    {
        control(new LinkOptions(100_000_000, false, true));
        assertEquals(98_000_000, counters.get(TunnelCounter.PACING_RATE));
        pacer.begin(nowNs);
        assertTrue(pacer.isOn());
    }

    @Test
    void pacesToNothingWhereNoRateIsGiven()
    {
        final LinkControl control = control(LinkOptions.DEFAULT);
        run(control, 50_000_000, 20);
        assertEquals(0, counters.get(TunnelCounter.PACING_RATE));
    }

    @Test
    void pacesToWhatArrivesOnceThePathIsFull()
    {
        final LinkControl control = control(new LinkOptions(0, true, true));
        run(control, 40_000_000, 3);
        assertEquals(0, counters.get(TunnelCounter.PACING_RATE));
        for (int i = 0; i < 6; i++)
        {
            reply(control, 40_000_000, 200_000_000L);
        }
        for (int i = 0; i < 5; i++)
        {
            nowNs += SECOND_NS / 10;
            control.onTick(nowNs);
        }
        assertEquals(40e6 * 0.98, counters.get(TunnelCounter.PACING_RATE), 1e6);
    }

    /** As of one who receives a stream and sends its acknowledgements: the path that is full is the peer's. */
    @Test
    void takesAnswersThatComeLateForNoFullPath()
    {
        final LinkControl control = control(new LinkOptions(0, true, true));
        run(control, 2_000_000, 3);
        for (int i = 0; i < 20; i++)
        {
            lateReply(control, 2_000_000, 100_000_000L, 100_000_000L);
        }
        assertEquals(0, counters.get(TunnelCounter.PACING_RATE));
    }

    @Test
    void countsReportsOfSeveralPeersThatShareALinkAsOne()
    {
        final Peer other = peer(2, "bob");
        state = new ForwardingState(new Peer[]{peer, other}, null, SessionTable.EMPTY);
        final LinkControl control = control(new LinkOptions(0, true, true));
        for (int i = 0; i < 5; i++)
        {
            replyOfEach(control, other, 20_000_000, 100_000_000L);
        }
        for (int i = 0; i < 2; i++)
        {
            replyOfEach(control, other, 20_000_000, 200_000_000L);
        }
        assertEquals(0, counters.get(TunnelCounter.PACING_RATE), "two reports of a full path, not four");
        for (int i = 0; i < 2; i++)
        {
            replyOfEach(control, other, 20_000_000, 200_000_000L);
        }
        for (int i = 0; i < 5; i++)
        {
            nowNs += SECOND_NS / 10;
            control.onTick(nowNs);
        }
        assertEquals(40e6 * 0.98, counters.get(TunnelCounter.PACING_RATE), 1e6);
    }

    @Test
    void waitsForNoPeerThatSeldomReports()
    {
        final Peer other = peer(2, "bob");
        state = new ForwardingState(new Peer[]{peer, other}, null, SessionTable.EMPTY);
        final LinkControl control = control(new LinkOptions(0, true, true));
        run(control, 40_000_000, 10);
        replyOfEach(control, other, 0, 100_000_000L);
        run(control, 40_000_000, 10);
        replyOfEach(control, other, 0, 100_000_000L);
        for (int i = 0; i < 4; i++)
        {
            reply(control, 40_000_000, 200_000_000L);
        }
        for (int i = 0; i < 5; i++)
        {
            nowNs += SECOND_NS / 10;
            control.onTick(nowNs);
        }
        assertTrue(counters.get(TunnelCounter.PACING_RATE) > 0, "four reports of a full path");
    }

    @Test
    void takesTheRoundTripOfThePathForTheIntervalAfterWhichAQueueStands()
    {
        final LinkControl control = control(LinkOptions.DEFAULT);
        control.onTick(nowNs);
        assertEquals(CoDel.INTERVAL_NS, codel.intervalNs());
        reply(control, 0, 500_000_000L);
        assertEquals(500_000_000L, codel.intervalNs());
        assertEquals(25_000_000L, codel.targetNs());
    }

    @Test
    void grantsASlowLinkTheTimeThatTwoPacketsTake()
    {
        final LinkControl control = control(new LinkOptions(1_000_000, false, true));
        control.onTick(nowNs);
        assertEquals(24_000 * SECOND_NS / 980_000, codel.targetNs());
    }

    @Test
    void profilesTimesAndPathsEveryTenSecondsAtDebugLevel()
    {
        try (LogLines log = new LogLines(LinkProfile.class.getName()))
        {
            final LinkControl control = control(LinkOptions.DEFAULT);
            counters.times(TunnelTime.RING_WAIT).record(3_000_000_000L);
            run(control, 50_000_000, 9);
            assertEquals(List.of(), log.all());
            counters.times(TunnelTime.RING_WAIT).record(40_000);
            counters.times(TunnelTime.SEAL).record(150);
            run(control, 50_000_000, 2);
            assertEquals(
                List.of(
                    "FINE [PROFILE-TUN-UDP] ring wait p50 40.96 us, p99 40.96 us, max 40.96 us (1 samples); " +
                    "0 of 520 packets",
                    "FINE [PROFILE-TUN-UDP] seal p50 0.15 us, p99 0.15 us, max 0.15 us (1 samples)",
                    "FINE [PROFILE-TUN-UDP] alice: RTT 100.00 ms (p50 100.35, p99 100.35, least 100.00), loss 0.00 %, " +
                    "50.0 Mbit/s"),
                log.all());
            run(control, 50_000_000, 9);
            assertEquals(3, log.all().size());
            run(control, 50_000_000, 2);
            assertEquals(5, log.all().size(), "nothing was sealed");
        }
    }

    private LinkControl control(final LinkOptions options)
    {
        final LinkControl made = new LinkControl(
            new AdaptiveBuffer(state, ring, counters, options.bandwidth()),
            new PaceControl(state, pacer, codel, counters, options),
            new LinkProfile(state, ring, counters));
        final SessionTerms terms = new SessionTerms(
            1, 7, true, Suite.AES_256_GCM, new byte[32], new byte[12], new byte[32], new byte[12], 0, 1400, nowNs);
        new PeerTimers(new Nothing(), new SplittableRandom(1))
            .onConfirmed(new Session(terms, Aead.named("jdk"), peer, true), nowNs);
        return made;
    }

    private void run(final LinkControl control, final long bitsPerSecond, final int seconds)
    {
        for (int i = 0; i < seconds; i++)
        {
            reply(control, bitsPerSecond, 100_000_000L);
        }
    }

    /** A second passes, and a reply comes. */
    private void reply(final LinkControl control, final long bitsPerSecond, final long rttNs)
    {
        nowNs += SECOND_NS;
        bytes += bitsPerSecond / Byte.SIZE;
        peer.link().onReply(rttNs, nowNs, 1, nowNs - START_NS, bytes / 1000, bytes, 0, 0);
        control.onTick(nowNs);
    }

    /** A second passes, and a reply comes that was under way for longer than the request. */
    private void lateReply(
        final LinkControl control, final long bitsPerSecond, final long rttNs, final long laterNs)
    {
        nowNs += SECOND_NS;
        bytes += bitsPerSecond / Byte.SIZE;
        peer.link().onReply(
            rttNs + laterNs, nowNs, 1, nowNs - laterNs - START_NS, bytes / 1000, bytes, 0, 0);
        control.onTick(nowNs);
    }

    /** A second passes, in which a reply comes from each of two peers, half of it apart. */
    private void replyOfEach(
        final LinkControl control, final Peer other, final long bitsPerSecond, final long rttNs)
    {
        nowNs += SECOND_NS / 2;
        bytes += bitsPerSecond / Byte.SIZE;
        other.link().onReply(rttNs, nowNs, 1, nowNs - START_NS, bytes / 1000, bytes, 0, 0);
        control.onTick(nowNs);
        nowNs += SECOND_NS / 2;
        peer.link().onReply(rttNs, nowNs, 1, nowNs - START_NS, bytes / 1000, bytes, 0, 0);
        control.onTick(nowNs);
    }

    private static Peer peer(final int number, final String name)
    {
        final byte[] hash = new byte[PeerId.LENGTH];
        final PeerId self = PeerId.ofHash(hash);
        hash[0] = (byte)number;
        final Peer made = new Peer(
            new PeerSettings(PeerId.ofHash(hash), name, null, 9443, List.of(), false, 0, null), self, number - 1);
        made.endpoint(Endpoint.ofIpv4(0xC0000201, 9443));
        return made;
    }

    private static final class Nothing implements PeerActions
    {
        @Override
        public void initiate(final Peer peer)
        {
            throw new AssertionError("no handshake is due");
        }

        @Override
        public void keepalive(final Peer peer)
        {
            // It would go at once.
        }

        @Override
        public void retire(final Session session)
        {
            session.destroy();
        }

        @Override
        public void resolve(final Peer peer)
        {
            throw new AssertionError("nothing to resolve");
        }
    }
}
