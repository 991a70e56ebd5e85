package io.shadowmesh.dataplane.session;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Who keeps trying: whether a peer needs a new session, and when the next attempt at one begins.
 *
 * <p>A series begins with the first attempt. For 90 s each attempt follows the last at once; after that the attempts of
 * a peer that is contacted for ever, or that traffic still waits for, begin 15 s ± 33 % apart, its host resolved again
 * each time. Any other peer is given up until there is new traffic. A confirmed session ends the series.
 *
 * <p><b>Threading:</b> the control thread.
 *
 * <p>Source: wire protocol ShadowMesh/1, section 4 ("Who keeps trying") and section 6.
 */
final class PeerAttempts
{
    /** An attempt that ends in no time, as when nothing can be sent, is not followed by another sooner than this. */
    private static final long MINIMUM_NS = TimeUnit.SECONDS.toNanos(1);

    /** A host that could not be resolved is tried again after this time. */
    private static final long RESOLVE_NS = TimeUnit.SECONDS.toNanos(5);

    /** No attempt runs this long: 15 s without an M2, 9 s after one. One that seems to was lost track of. */
    private static final long LOST_NS = TimeUnit.SECONDS.toNanos(30);

    private static final long NEVER = PeerTraffic.NEVER;

    private final Peer peer;

    private boolean running;
    private boolean unresolved;
    private long seriesNs = NEVER;
    private long attemptNs = NEVER;
    private long slowIntervalNs;
    private long givenUpNs = NEVER;

    PeerAttempts(final Peer peer)
    {
        this.peer = peer;
    }

    /** The age is the one from which a session that was begun here is renewed. */
    void tick(final long nowNs, final PeerActions actions, final RandomGenerator random, final long renewalAgeNs)
    {
        if (running && nowNs - attemptNs < LOST_NS)
        {
            return;
        }
        running = false;

        final boolean needed = isNeeded(nowNs, renewalAgeNs);
        if (!needed || !mayTry(nowNs))
        {
            endSeries(needed, nowNs, actions);
            return;
        }
        if (seriesNs != NEVER && !isDue(nowNs))
        {
            return;
        }
        begin(nowNs, actions, random);
    }

    /** An attempt came to nothing. */
    void onEnded()
    {
        running = false;
    }

    /** A session was confirmed. @return true if an attempt was still running. */
    boolean onConfirmed()
    {
        final boolean wasRunning = running;
        running = false;
        unresolved = false;
        seriesNs = NEVER;
        attemptNs = NEVER;
        givenUpNs = NEVER;
        return wasRunning;
    }

    /** True if there is no session to send on though one is wanted, or if the one there is should be renewed. */
    private boolean isNeeded(final long nowNs, final long renewalAgeNs)
    {
        final Session current = peer.current();
        if (current != null && current.isUsable(nowNs))
        {
            return isRenewalDue(current, nowNs, renewalAgeNs) || isDead(nowNs);
        }
        return peer.isContactedForEver() || seriesNs != NEVER || isWaitedFor(nowNs);
    }

    /** True for ever for some; for others in the first 90 s of a series, and while there is new traffic. */
    private boolean mayTry(final long nowNs)
    {
        if (peer.isContactedForEver())
        {
            return true;
        }
        if (seriesNs == NEVER)
        {
            return givenUpNs == NEVER || hasTrafficSince(givenUpNs);
        }
        return !isSlow(nowNs) || hasTrafficSince(attemptNs);
    }

    private boolean isRenewalDue(final Session current, final long nowNs, final long renewalAgeNs)
    {
        if (!current.hasCarriedData() && peer.settings().persistentKeepaliveSeconds() == 0)
        {
            return false;
        }
        final long ageNs = nowNs - current.establishedNs();
        return ageNs >= renewalAgeNs + (current.isInitiator() ? 0 : Lifetimes.REKEY_LATER_NS) ||
            current.framesSealed() >= Lifetimes.REKEY_FRAMES || current.bytesSealed() >= Lifetimes.REKEY_BYTES;
    }

    private boolean isDead(final long nowNs)
    {
        final long sinceNs = peer.traffic().unansweredSinceNs();
        return sinceNs != NEVER && nowNs - sinceNs >= Lifetimes.DEAD_PEER_NS;
    }

    /** True if a packet has asked for a session since the last one, and not too long ago. */
    private boolean isWaitedFor(final long nowNs)
    {
        final long wantedNs = peer.traffic().wantedNs();
        return wantedNs != NEVER && wantedNs > peer.traffic().handshakeNs() && nowNs - wantedNs < Lifetimes.TRYING_NS;
    }

    private boolean hasTrafficSince(final long sinceNs)
    {
        return peer.traffic().wantedNs() > sinceNs || peer.traffic().dataSentNs() > sinceNs;
    }

    private boolean isSlow(final long nowNs)
    {
        return nowNs - seriesNs >= Lifetimes.TRYING_NS;
    }

    private boolean isDue(final long nowNs)
    {
        if (unresolved && peer.endpoint() != null)
        {
            return true;
        }
        final long intervalNs = isSlow(nowNs) ? slowIntervalNs : unresolved ? RESOLVE_NS : MINIMUM_NS;
        return nowNs - attemptNs >= intervalNs;
    }

    private void begin(final long nowNs, final PeerActions actions, final RandomGenerator random)
    {
        final boolean first = seriesNs == NEVER;
        final boolean hasHost = peer.settings().host() != null;
        if (peer.endpoint() == null && !hasHost)
        {
            return;
        }
        if (first)
        {
            seriesNs = nowNs;
        }

        final boolean learned = peer.endpoint() != null && !peer.endpoint().equals(peer.resolvedEndpoint());
        final boolean lateAnswer = unresolved && peer.endpoint() != null;
        if (hasHost && !lateAnswer && (peer.endpoint() == null || !first && (!learned || isSlow(nowNs))))
        {
            actions.resolve(peer);
        }
        attemptNs = nowNs;
        slowIntervalNs = jitter(Lifetimes.SLOW_ATTEMPT_NS, random);
        unresolved = peer.endpoint() == null;
        if (!unresolved)
        {
            running = true;
            actions.initiate(peer);
        }
    }

    private void endSeries(final boolean inVain, final long nowNs, final PeerActions actions)
    {
        if (seriesNs == NEVER)
        {
            return;
        }
        seriesNs = NEVER;
        attemptNs = NEVER;
        unresolved = false;
        if (inVain)
        {
            givenUpNs = nowNs;
            actions.giveUp(peer);
        }
    }

    /** A time within ± 33 % of a mean. */
    static long jitter(final long meanNs, final RandomGenerator random)
    {
        return (long)(meanNs * (1 + Lifetimes.JITTER * (2 * random.nextDouble() - 1)));
    }
}
