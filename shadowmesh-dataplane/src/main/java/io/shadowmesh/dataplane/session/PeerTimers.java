package io.shadowmesh.dataplane.session;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * When a peer's sessions are renewed, kept alive and erased, when it is contacted, and when it is asked for an echo.
 * Everything follows from stamps that the hot agents leave behind; nothing is scheduled per packet.
 *
 * <p>The control thread calls {@link #tick} for every peer several times a second, and tells of what happened:
 * {@link #onConfirmed}, {@link #onAttemptEnded}, {@link #end}. What follows from it goes to {@link PeerActions}.
 *
 * <p><b>Threading:</b> the control thread.
 *
 * <p><b>Units:</b> nanoseconds of one clock that counts time asleep.
 *
 * <p>Source: wire protocol ShadowMesh/1, section 4 ("States", "Who keeps trying") and section 6.
 */
public final class PeerTimers
{
    /** How far apart the ticks should be: a tenth of the shortest delay that a user could notice. */
    public static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** A keepalive that was asked for, and has not been sent, is asked for again after this time. */
    private static final long KEEPALIVE_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    private final PeerActions actions;
    private final RandomGenerator random;
    private final long renewalAgeNs;

    /**
     * Timers that act through one interface.
     *
     * @param actions to call.
     * @param random  for the jitter, which need not be unpredictable.
     */
    public PeerTimers(final PeerActions actions, final RandomGenerator random)
    {
        this(actions, random, Lifetimes.REKEY_INITIATOR_NS);
    }

    /**
     * Timers that renew sessions earlier than the protocol has it.
     *
     * @param actions      to call.
     * @param random       for the jitter, which need not be unpredictable.
     * @param renewalAgeNs age from which the initiator of a session renews it, 1 s to
     *                     {@link Lifetimes#REKEY_INITIATOR_NS}; its responder comes as much later as ever.
     * @throws IllegalArgumentException if the age is out of range.
     */
    public PeerTimers(final PeerActions actions, final RandomGenerator random, final long renewalAgeNs)
    {
        if (renewalAgeNs < Lifetimes.REKEY_LEAST_NS || renewalAgeNs > Lifetimes.REKEY_INITIATOR_NS)
        {
            throw new IllegalArgumentException("sessions are renewed at an age of 1 to 120 s, not of " +
                renewalAgeNs + " ns");
        }
        this.actions = actions;
        this.random = random;
        this.renewalAgeNs = renewalAgeNs;
    }

    /**
     * Looks at one peer and does what is due.
     *
     * @param peer  to look at.
     * @param nowNs of the duty cycle.
     */
    public void tick(final Peer peer, final long nowNs)
    {
        eraseIfOld(peer, nowNs);
        confirmAgainIfDue(peer, nowNs);
        keepaliveIfDue(peer, nowNs);
        peer.echoes().tick(nowNs, actions);
        peer.attempts().tick(nowNs, actions, random, renewalAgeNs);
    }

    /**
     * Tells that a session is known to be held by both sides: an initiator's once M4 has been read, a responder's once
     * the first frame has been opened on it. Calling again for the same session does nothing.
     *
     * @param session of either kind.
     * @param nowNs   of the duty cycle.
     * @return true if the session has entered a slot now; it is the current one unless one begun by the lower Peer ID
     *         was confirmed within the last 5 s. False if it had a slot or has ended.
     */
    public boolean onConfirmed(final Session session, final long nowNs)
    {
        final Peer peer = session.peer();
        if (!peer.sessions().confirm(session, nowNs, actions))
        {
            return false;
        }
        peer.traffic().handshake(nowNs);
        final boolean wasRunning = peer.attempts().onConfirmed();
        if (session.isInitiator())
        {
            actions.keepalive(session);
        }
        else if (wasRunning)
        {
            actions.cancel(peer);
        }
        return true;
    }

    /**
     * Tells that an attempt ended without a session. What follows, if anything, begins at the next {@link #tick}.
     *
     * @param peer that could not be reached.
     */
    public void onAttemptEnded(final Peer peer)
    {
        peer.attempts().onEnded();
    }

    /**
     * Ends one session, and no other: a CLOSE came for it, or it waited too long to be confirmed. Calling again does
     * nothing.
     *
     * @param session in a slot or not.
     */
    public void end(final Session session)
    {
        session.peer().sessions().end(session, actions);
    }

    /**
     * Ends both sessions of a peer, as when this node leaves or the peer is removed.
     *
     * @param peer to part from.
     */
    public void endAll(final Peer peer)
    {
        peer.sessions().endAll(actions);
    }

    private void eraseIfOld(final Peer peer, final long nowNs)
    {
        final long handshakeNs = peer.traffic().handshakeNs();
        if (handshakeNs != PeerTraffic.NEVER && nowNs - handshakeNs >= Lifetimes.ERASE_NS)
        {
            peer.sessions().endAll(actions);
        }
    }

    /** A responder answers no keepalive, so what tells that it holds the session is any frame on it, if there is one. */
    private void confirmAgainIfDue(final Peer peer, final long nowNs)
    {
        if (peer.sessions().mustConfirmAgain(nowNs))
        {
            actions.keepalive(peer.current());
        }
    }

    private void keepaliveIfDue(final Peer peer, final long nowNs)
    {
        final Session current = peer.current();
        if (current != null && current.isUsable(nowNs) && peer.sessions().mayAskKeepalive(nowNs, KEEPALIVE_AGAIN_NS) &&
            (isPassiveDue(peer, nowNs) || isPersistentDue(peer, current, nowNs)))
        {
            peer.sessions().onKeepaliveAsked(nowNs);
            actions.keepalive(peer);
        }
    }

    private static boolean isPassiveDue(final Peer peer, final long nowNs)
    {
        final long sinceNs = peer.traffic().unacknowledgedSinceNs();
        return sinceNs != PeerTraffic.NEVER && nowNs - sinceNs >= Lifetimes.KEEPALIVE_NS;
    }

    private static boolean isPersistentDue(final Peer peer, final Session current, final long nowNs)
    {
        final int seconds = peer.settings().persistentKeepaliveSeconds();
        final long quietSinceNs = Math.max(peer.traffic().sentNs(), current.confirmedNs());
        return seconds > 0 && nowNs - quietSinceNs >= TimeUnit.SECONDS.toNanos(seconds);
    }
}
