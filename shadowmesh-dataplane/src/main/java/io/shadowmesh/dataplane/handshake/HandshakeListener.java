package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.PeerId;

/**
 * What becomes of handshakes. Called on the thread that drives the {@link HandshakeTable}, which has finished its own
 * work by then: calling the table from here is allowed.
 */
public interface HandshakeListener
{
    /**
     * Keys have been agreed. As initiator the session is live: send a keepalive under it at once. As responder it is
     * only claimed: accept frames on it, but send nothing, move no endpoint and retire nothing before the first valid
     * sealed frame, and then call {@link HandshakeTable#confirmed}.
     *
     * <p><b>Ownership:</b> keys and local index are the listener's from now on. It destroys the keys, and releases the
     * index when the session has been retired.
     *
     * @param keys of the session.
     */
    void onSession(SessionKeys keys);

    /**
     * No sealed frame came within 15 s on a session that this node had answered, or before another took its place: it is
     * to be retired.
     *
     * @param localIndex of the session.
     */
    void onUnconfirmedExpired(int localIndex);

    /**
     * An attempt of this node has ended. After {@link HandshakeOutcome#ESTABLISHED} the session has been handed over
     * already.
     *
     * @param peer that was wanted.
     * @param why  it ended.
     */
    void onAttemptEnded(PeerId peer, HandshakeOutcome why);

    /**
     * An M3 was refused that claims to be a peer's. Nothing vouches for the claim: whoever holds the peer's public key
     * can make it.
     *
     * @param claimed whom it claims to be from.
     * @param source  where it came from.
     * @param reason  {@link DropReason#HANDSHAKE_NOT_ALLOWED}, or {@link DropReason#HANDSHAKE_FAILED} where the peer is
     *                allowed and what follows its public key does not authenticate: the preshared keys differ.
     */
    default void onClaimRefused(final PeerId claimed, final Endpoint source, final DropReason reason)
    {
    }

    /**
     * A handshake datagram or message was dropped.
     *
     * @param reason to count it under.
     */
    void onDrop(DropReason reason);
}
