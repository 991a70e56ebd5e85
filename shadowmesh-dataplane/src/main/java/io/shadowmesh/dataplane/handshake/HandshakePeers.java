package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.identity.PeerId;

/**
 * Who may have a session here.
 */
public interface HandshakePeers
{
    /**
     * Tells whether a peer may have a session.
     *
     * @param id of the peer.
     * @return true if it is configured here.
     */
    boolean isAllowed(PeerId id);

    /**
     * The key that both ends of a pair were given besides their identities.
     *
     * @param id of an allowed peer.
     * @return 32 bytes, all zero where none is set; only read.
     */
    byte[] presharedKey(PeerId id);
}
