package io.shadowmesh.dataplane.handshake;

import java.util.Arrays;

/**
 * What a complete handshake gives: one key for each direction, and the hash of all that was said.
 *
 * @param initiatorKey   32 bytes, k_i: the initiator sends with what is derived from it.
 * @param responderKey   32 bytes, k_r: the responder sends with what is derived from it.
 * @param handshakeHash  32 bytes, h, the same on both sides only if they saw the same handshake.
 */
public record TransportKeys(byte[] initiatorKey, byte[] responderKey, byte[] handshakeHash)
{
    /** Erases both keys. */
    public void destroy()
    {
        Arrays.fill(initiatorKey, (byte)0);
        Arrays.fill(responderKey, (byte)0);
    }

    @Override
    public String toString()
    {
        return "TransportKeys";
    }
}
