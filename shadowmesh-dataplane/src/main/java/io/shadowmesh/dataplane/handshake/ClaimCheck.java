package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.PeerId;

import java.security.GeneralSecurityException;

/**
 * Judges whom an M3 claims to be from, before anything more is spent on it. Used for one message.
 */
final class ClaimCheck implements StaticKeyCheck
{
    /**
     * Why the M3 of an allowed peer is left unread for now.
     */
    @FunctionalInterface
    interface Obstacle
    {
        /**
         * Looks for a reason not to answer a peer now.
         *
         * @return null to answer it.
         */
        DropReason of(PeerId peer);
    }

    private final HandshakePeers peers;
    private final Obstacle obstacle;
    private PeerId claimed;
    private DropReason refusal = DropReason.HANDSHAKE_FAILED;

    ClaimCheck(final HandshakePeers peers, final Obstacle obstacle)
    {
        this.peers = peers;
        this.obstacle = obstacle;
    }

    @Override
    public byte[] presharedKeyFor(final byte[] remoteStaticKey) throws GeneralSecurityException
    {
        claimed = PeerId.of(remoteStaticKey);
        if (!peers.isAllowed(claimed))
        {
            refusal = DropReason.HANDSHAKE_NOT_ALLOWED;
            return null;
        }

        final DropReason found = obstacle.of(claimed);
        if (found != null)
        {
            refusal = found;
            throw new GeneralSecurityException("not now");
        }
        return peers.presharedKey(claimed);
    }

    /**
     * Who sent M3, if it is who it claims to be.
     */
    PeerId claimed()
    {
        return claimed;
    }

    /**
     * Why the message was dropped, when it was.
     */
    DropReason refusal()
    {
        return refusal;
    }
}
