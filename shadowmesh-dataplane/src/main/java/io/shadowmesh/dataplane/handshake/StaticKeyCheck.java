package io.shadowmesh.dataplane.handshake;

import java.security.GeneralSecurityException;

/**
 * Judges the static key that the other side claims, at the moment when it is known and nothing after it has been read,
 * and finds the pre-shared key that goes with it.
 *
 * <p>When it is asked, the claim is not proved: M2's sender proves its key by M4, M3's by its first sealed frame.
 */
@FunctionalInterface
public interface StaticKeyCheck
{
    /**
     * Judges a static key.
     *
     * @param remoteStaticKey that the other side claims; the callee's own copy.
     * @return the pre-shared key for that peer, 32 zero bytes where there is none; or null when the peer is not allowed
     *         or not the one wanted. A refused M2 changes no state; a refused M3 ends the handshake.
     * @throws GeneralSecurityException to leave the message unread for now: it changes no state and ends nothing.
     */
    byte[] presharedKeyFor(byte[] remoteStaticKey) throws GeneralSecurityException;
}
