package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.crypto.Suite;

import java.util.Objects;

/**
 * What a handshake settled for one session, as this side sees it.
 *
 * <p><b>Ownership:</b> the arrays stay the caller's, who erases them once the {@link Session} has been made.
 *
 * @param localIndex    the index that selects the session here.
 * @param remoteIndex   the index that selects it at the peer.
 * @param initiator     true if this node began the handshake.
 * @param suite         of both directions.
 * @param sendKey       32 bytes.
 * @param sendIv        12 bytes.
 * @param receiveKey    32 bytes.
 * @param receiveIv     12 bytes.
 * @param capabilities  bits that both sides offered.
 * @param innerMtu      the smaller of the two inner MTUs.
 * @param establishedNs when this side completed its part of the handshake.
 */
public record SessionTerms(
    int localIndex,
    int remoteIndex,
    boolean initiator,
    Suite suite,
    byte[] sendKey,
    byte[] sendIv,
    byte[] receiveKey,
    byte[] receiveIv,
    int capabilities,
    int innerMtu,
    long establishedNs)
{
    /** Checks that nothing is missing; the lengths are checked where the keys are used. */
    public SessionTerms
    {
        Objects.requireNonNull(suite, "suite");
        Objects.requireNonNull(sendKey, "sendKey");
        Objects.requireNonNull(sendIv, "sendIv");
        Objects.requireNonNull(receiveKey, "receiveKey");
        Objects.requireNonNull(receiveIv, "receiveIv");
    }

    /**
     * Names the session without its keys.
     *
     * @return such as {@code session 1f3a77c2 to 0b12ffee (AES_256_GCM, initiator)}.
     */
    @Override
    public String toString()
    {
        return String.format("session %08x to %08x (%s, %s)",
            localIndex, remoteIndex, suite, initiator ? "initiator" : "responder");
    }
}
