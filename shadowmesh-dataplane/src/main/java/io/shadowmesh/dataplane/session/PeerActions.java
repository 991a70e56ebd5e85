package io.shadowmesh.dataplane.session;

/**
 * What the timers ask of whoever owns the handshakes, the socket and the session table.
 *
 * <p><b>Threading:</b> called on the control thread, from within the methods of {@link PeerTimers}. None may block for
 * long.
 */
public interface PeerActions
{
    /**
     * Begin one handshake attempt with a peer, at its endpoint. When the attempt ends without a session,
     * {@link PeerTimers#onAttemptEnded} is to be called.
     *
     * @param peer whose endpoint is known.
     */
    void initiate(Peer peer);

    /**
     * Send an empty DATA frame on a peer's current session.
     *
     * @param peer that has one.
     */
    void keepalive(Peer peer);

    /**
     * Send an empty DATA frame on one session: the initiator's first frame, which confirms the session to the
     * responder, or its like once more, if the first may have been lost.
     *
     * @param session that has been confirmed here; the peer's current one but for rare cases.
     */
    default void keepalive(final Session session)
    {
        keepalive(session.peer());
    }

    /**
     * Send an echo request on one session.
     *
     * @param session that is current and can be sent on.
     */
    default void echo(final Session session)
    {
    }

    /**
     * Take a session out of the table, and destroy it once both agents have let go of it.
     *
     * @param session that has ended.
     */
    void retire(Session session);

    /**
     * Resolve a peer's host again and call {@link Peer#resolved} with what is found, now or later; on failure do
     * nothing.
     *
     * @param peer that has a host.
     */
    void resolve(Peer peer);

    /**
     * Stop the attempt that runs for a peer, if one still does: a session with it has been confirmed meanwhile.
     *
     * @param peer that this node has tried to reach.
     */
    default void cancel(final Peer peer)
    {
    }

    /**
     * Drop what waits for a session with a peer: trying has come to an end until there is new traffic.
     *
     * @param peer that could not be reached.
     */
    default void giveUp(final Peer peer)
    {
    }
}
