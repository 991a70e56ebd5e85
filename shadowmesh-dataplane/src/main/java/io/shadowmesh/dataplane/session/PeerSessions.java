package io.shadowmesh.dataplane.session;

/**
 * Which sessions fill a peer's two slots. Only confirmed sessions do; frames are accepted on both and sent on the
 * current one, so that the old session stays in use until the new one is confirmed.
 *
 * <p><b>Threading:</b> the control thread.
 *
 * <p>Source: wire protocol ShadowMesh/1, section 4.
 */
final class PeerSessions
{
    private final Peer peer;
    private long keepaliveAskedNs = PeerTraffic.NEVER;
    private int confirmRepeats;

    PeerSessions(final Peer peer)
    {
        this.peer = peer;
    }

    /**
     * Puts a confirmed session into a slot, and ends the oldest one if there is no room.
     *
     * @return false if the session has a slot already or has ended, and nothing changed.
     */
    boolean confirm(final Session session, final long nowNs, final PeerActions actions)
    {
        final Session current = peer.current();
        final Session previous = peer.previous();
        if (session == current || session == previous || session.isEnded())
        {
            return false;
        }

        session.confirm(nowNs);
        final Session left;
        if (current != null && yieldsTo(current, session, nowNs))
        {
            left = previous;
            peer.slots(current, session);
        }
        else if (current == null)
        {
            left = null;
            confirmRepeats = 0;
            peer.slots(session, previous);
        }
        else
        {
            left = previous;
            confirmRepeats = 0;
            peer.slots(session, current);
        }
        retire(left, actions);
        return true;
    }

    /** Takes one session, and no other, out of its slot if it has one, and ends it. */
    void end(final Session session, final PeerActions actions)
    {
        if (session == peer.current())
        {
            peer.slots(null, peer.previous());
        }
        else if (session == peer.previous())
        {
            peer.slots(peer.current(), null);
        }
        retire(session, actions);
    }

    void endAll(final PeerActions actions)
    {
        final Session current = peer.current();
        final Session previous = peer.previous();
        peer.slots(null, null);
        retire(current, actions);
        retire(previous, actions);
    }

    /** False for a while after {@link #onKeepaliveAsked}: what was asked for may be on its way. */
    boolean mayAskKeepalive(final long nowNs, final long againNs)
    {
        return keepaliveAskedNs == PeerTraffic.NEVER || nowNs - keepaliveAskedNs >= againNs;
    }

    void onKeepaliveAsked(final long nowNs)
    {
        keepaliveAskedNs = nowNs;
    }

    /**
     * True each time the frame that confirms the current session to its responder is to be sent once more: it may have
     * been lost, for nothing has come on the session yet. It counts: true so often for one session, and no oftener.
     */
    boolean mustConfirmAgain(final long nowNs)
    {
        final Session current = peer.current();
        if (current == null || !current.isInitiator() || !current.isUsable(nowNs) || current.packetsReceived() > 0 ||
            confirmRepeats == Lifetimes.CONFIRM_REPEATS)
        {
            return false;
        }
        final long dueNs = Lifetimes.CONFIRM_AGAIN_NS * ((2L << confirmRepeats) - 1);
        if (nowNs - current.confirmedNs() < dueNs)
        {
            return false;
        }
        confirmRepeats++;
        return true;
    }

    /** True if a newly confirmed session leaves the current one its place: begun at once, and not by the lower ID. */
    private boolean yieldsTo(final Session current, final Session session, final long nowNs)
    {
        return nowNs - current.confirmedNs() < Lifetimes.SIMULTANEOUS_NS && !current.isEnded() &&
            isBegunByLower(current) && !isBegunByLower(session);
    }

    private boolean isBegunByLower(final Session session)
    {
        return session.isInitiator() == peer.selfIsLower();
    }

    private static void retire(final Session session, final PeerActions actions)
    {
        if (session != null && !session.isEnded())
        {
            session.end();
            actions.retire(session);
        }
    }
}
