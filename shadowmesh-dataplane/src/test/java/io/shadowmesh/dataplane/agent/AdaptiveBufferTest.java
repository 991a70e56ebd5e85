package io.shadowmesh.dataplane.agent;

import com.sun.management.ThreadMXBean;
import io.shadowmesh.dataplane.LogLines;
import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.identity.PeerId;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A link of a simulated delay and rate, measured by echoes as a node's control thread does, by a clock that jumps. */
class AdaptiveBufferTest
{
    private static final long MILLISECOND_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SATELLITE_BITS = 50_000_000;
    private static final int SATELLITE = 2604;
    private static final int ATTEMPTS = 20;
    private static final int MEASURED_TICKS = 2000;
    private static final ThreadMXBean THREADS = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private static final long START_NS = TimeUnit.HOURS.toNanos(2);

    private final Arena arena = Arena.ofShared();
    private final Counters counters = Counters.inMemory();
    private final PacketRing ring = new PacketRing(arena, 1 << 20, 1500);
    private final Peer near = peer(1, "near");
    private final Peer far = peer(2, "far");
    private final ForwardingState state = new ForwardingState(new Peer[]{near, far}, null, SessionTable.EMPTY);
    private final ArrayDeque<long[]> replies = new ArrayDeque<>();
    private final PeerTimers timers = new PeerTimers(new Link(), new SplittableRandom(1));

    private AdaptiveBuffer buffer = new AdaptiveBuffer(state, ring, counters, SATELLITE_BITS);
    private long nowNs = START_NS;
    private long bytes;
    private long bytesPerTick;
    private long delayNs = 5 * MILLISECOND_NS;

    @AfterEach
    void free()
    {
        counters.close();
        arena.close();
    }

    @Test
    void isAtItsLeastBeforeAnythingIsKnown()
    {
        run(1);
        assertEquals(256, ring.limit());
        assertEquals(256, counters.get(TunnelCounter.RING_LIMIT));
    }

    @Test
    void isTheSatellitesAndTheTerrestrialLinks()
    {
        establish(near);
        delayNs = 500 * MILLISECOND_NS;
        run(100);
        assertEquals(SATELLITE, ring.limit());
        assertEquals(SATELLITE, counters.get(TunnelCounter.RING_LIMIT));

        buffer = new AdaptiveBuffer(state, ring, counters, 100_000_000);
        delayNs = 5 * MILLISECOND_NS;
        run(100);
        assertEquals(256, ring.limit());
    }

    /** Ten round trips of the longer path are 5 s; to see the shorter one again takes three echoes, whatever it is. */
    @Test
    void followsALinkFromFiveMillisecondsToFiveHundredWithinTenRoundTripsAndBackWithinTwoSeconds()
    {
        establish(near);
        run(50);
        assertEquals(256, ring.limit());

        for (int phase = 0; phase < 10; phase++)
        {
            delayNs = 500 * MILLISECOND_NS;
            run(50);
            assertEquals(SATELLITE, ring.limit(), SATELLITE * 0.05, "after ten round trips of 500 ms");
            run(phase);

            delayNs = 5 * MILLISECOND_NS;
            run(20);
            assertEquals(256, ring.limit(), "two seconds after the way back, " + phase + " ticks later than the first");
        }
    }

    @Test
    void followsTheLinkWithoutAllocation()
    {
        establish(near);
        long least = Long.MAX_VALUE;
        long changes = 0;
        for (int attempt = 0; attempt < ATTEMPTS && least > 0; attempt++)
        {
            int before = ring.limit();
            final long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < MEASURED_TICKS; i++)
            {
                // Five echoes over each path; the limit never rests for long enough to be worth a line in the log.
                reply(near, (i / 5 % 2 == 0 ? 500 : 5) * MILLISECOND_NS);
                buffer.onTick(nowNs);
                nowNs += MILLISECOND_NS;
                changes += ring.limit() == before ? 0 : 1;
                before = ring.limit();
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore);
        }
        assertTrue(changes > MEASURED_TICKS / 10, changes + " changes");
        assertEquals(0, least);
    }

    @Test
    void losesNoQueuedPacketWhenTheLinkChanges()
    {
        establish(near);
        delayNs = 500 * MILLISECOND_NS;
        run(100);
        int queued = 0;
        for (long claim = ring.claim(); 0 != claim; claim = ring.claim())
        {
            ring.commit(100, 1, queued++);
        }
        assertEquals(SATELLITE, queued);

        delayNs = 5 * MILLISECOND_NS;
        run(50);
        assertEquals(256, ring.limit());
        assertEquals(SATELLITE, counters.get(TunnelCounter.RING_FILL));
        final int[] next = {0};
        ring.poll((address, length) -> assertEquals(next[0]++, PacketRing.committedNs(address)), queued + 1);
        assertEquals(queued, next[0]);
    }

    @Test
    void goesByWhatIsDeliveredWhereTheOperatorGivesNoBandwidth()
    {
        buffer = new AdaptiveBuffer(state, ring, counters, 0);
        establish(near);
        delayNs = 500 * MILLISECOND_NS;
        bytesPerTick = 50_000_000 / 8 / 10;
        run(100);
        assertEquals(SATELLITE, ring.limit(), SATELLITE * 0.03);
    }

    @Test
    void isTheLargestOfThePeersThatThereIsASessionWith()
    {
        establish(near);
        run(20);
        reply(far, 900 * MILLISECOND_NS);
        run(1);
        assertEquals(256, ring.limit(), "no session with the far one");
        establish(far);
        run(1);
        assertEquals(4687, ring.limit());
        timers.endAll(far);
        run(1);
        assertEquals(256, ring.limit());
    }

    @Test
    void saysSoWhenTheLimitHasMovedAndNotMoreOftenThanEveryTenSeconds()
    {
        try (LogLines log = new LogLines(AdaptiveBuffer.class.getName()))
        {
            establish(near);
            run(30);
            assertEquals(List.of(), log.all());
            delayNs = 500 * MILLISECOND_NS;
            run(60);
            assertEquals(
                List.of("INFO [ADAPTIVE-BUFFER] limit 2604 packets (before: 256): near, 50.0 Mbit/s, RTT 500.0 ms"),
                log.all());
            delayNs = 5 * MILLISECOND_NS;
            run(60);
            assertEquals(1, log.all().size());
            run(100);
            assertEquals("INFO [ADAPTIVE-BUFFER] limit 256 packets (before: 2604)", log.all().getLast());
            run(300);
            assertEquals(2, log.all().size());
        }
    }

    private Peer peer(final int number, final String name)
    {
        final byte[] hash = new byte[PeerId.LENGTH];
        final PeerId self = PeerId.ofHash(hash);
        hash[0] = (byte)number;
        final Peer made = new Peer(
            new PeerSettings(PeerId.ofHash(hash), name, null, 9443, List.of(), false, 0, null), self, number);
        made.endpoint(Endpoint.ofIpv4(0xC0000201, 9443));
        return made;
    }

    private void establish(final Peer peer)
    {
        final SessionTerms terms = new SessionTerms(
            peer.number(), 7, true, Suite.AES_256_GCM, new byte[32], new byte[12], new byte[32], new byte[12], 0, 1400,
            nowNs);
        assertTrue(timers.onConfirmed(new Session(terms, Aead.named("jdk"), peer, true), nowNs));
    }

    private void reply(final Peer peer, final long rttNs)
    {
        peer.link().onReply(rttNs, nowNs, peer.number(), nowNs - START_NS, bytes / 1000, bytes, 0, 0);
    }

    /** Lets ticks of 100 ms pass, with traffic; what has come back by then is taken in first. */
    private void run(final int ticks)
    {
        for (int i = 0; i < ticks; i++)
        {
            while (!replies.isEmpty() && replies.peek()[0] <= nowNs)
            {
                final long[] reply = replies.remove();
                reply(near, reply[1]);
            }
            near.countSent(1, 1000);
            bytes += bytesPerTick;
            timers.tick(near, nowNs);
            buffer.onTick(nowNs);
            nowNs += PeerTimers.TICK_NS;
        }
    }

    /** Echoes come back after the delay that the link has when they leave; nothing else is asked for. */
    private final class Link implements PeerActions
    {
        @Override
        public void echo(final Session session)
        {
            replies.add(new long[]{nowNs + delayNs, delayNs});
        }

        @Override
        public void initiate(final Peer peer)
        {
            throw new AssertionError("no handshake is due");
        }

        @Override
        public void keepalive(final Peer peer)
        {
            throw new AssertionError("no keepalive is due");
        }

        @Override
        public void keepalive(final Session session)
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
