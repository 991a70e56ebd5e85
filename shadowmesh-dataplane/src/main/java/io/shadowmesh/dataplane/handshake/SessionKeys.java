package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Hkdf;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.identity.PeerId;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a handshake leaves behind: all that a session needs.
 *
 * <p><b>Ownership:</b> whoever receives it, who calls {@link #destroy()} when the ciphers have been made.
 *
 * @param localIndex    names the session in datagrams that come here.
 * @param remoteIndex   names it in datagrams that go to the peer.
 * @param peer          at the other end.
 * @param initiator     true where this node began the handshake.
 * @param suite         that the initiator chose.
 * @param sendKey       32 bytes.
 * @param sendIv        12 bytes.
 * @param receiveKey    32 bytes.
 * @param receiveIv     12 bytes.
 * @param capabilities  that both ends offer.
 * @param innerMtu      the smaller of both ends'.
 * @param endpoint      where the peer is: where M1 went to, or where M3 came from.
 * @param establishedNs when the keys were agreed, on the clock that drives the handshakes.
 */
public record SessionKeys(
    int localIndex,
    int remoteIndex,
    PeerId peer,
    boolean initiator,
    Suite suite,
    byte[] sendKey,
    byte[] sendIv,
    byte[] receiveKey,
    byte[] receiveIv,
    int capabilities,
    int innerMtu,
    Endpoint endpoint,
    long establishedNs)
{
    private static final byte[] KEY_LABEL = "shadowmesh v1 key".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] IV_LABEL = "shadowmesh v1 iv".getBytes(StandardCharsets.US_ASCII);

    /**
     * Derives both directions' keys from what the handshake gives, and erases that.
     */
    static SessionKeys derive(
        final TransportKeys transport,
        final boolean initiator,
        final int localIndex,
        final int remoteIndex,
        final PeerId peer,
        final Suite suite,
        final Hello agreed,
        final Endpoint endpoint,
        final long nowNs)
    {
        final byte[] sending = initiator ? transport.initiatorKey() : transport.responderKey();
        final byte[] receiving = initiator ? transport.responderKey() : transport.initiatorKey();
        final byte[] keyInfo = concatenate(KEY_LABEL, transport.handshakeHash());
        final byte[] ivInfo = concatenate(IV_LABEL, transport.handshakeHash());
        final SessionKeys keys = new SessionKeys(
            localIndex,
            remoteIndex,
            peer,
            initiator,
            suite,
            Hkdf.expand(sending, keyInfo, Suite.KEY_LENGTH),
            Hkdf.expand(sending, ivInfo, Suite.IV_LENGTH),
            Hkdf.expand(receiving, keyInfo, Suite.KEY_LENGTH),
            Hkdf.expand(receiving, ivInfo, Suite.IV_LENGTH),
            agreed.capabilities(),
            agreed.innerMtu(),
            endpoint,
            nowNs);
        transport.destroy();
        return keys;
    }

    private static byte[] concatenate(final byte[] first, final byte[] second)
    {
        final byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /**
     * Overwrites keys and initialisation vectors with zeros.
     */
    public void destroy()
    {
        Arrays.fill(sendKey, (byte)0);
        Arrays.fill(sendIv, (byte)0);
        Arrays.fill(receiveKey, (byte)0);
        Arrays.fill(receiveIv, (byte)0);
    }

    /**
     * Names the session without its keys.
     *
     * @return indices, peer, role, suite and endpoint.
     */
    @Override
    public String toString()
    {
        return "session " + Integer.toHexString(localIndex) + '/' + Integer.toHexString(remoteIndex) + " with " + peer +
            " at " + endpoint + (initiator ? ", initiator, " : ", responder, ") + suite;
    }
}
