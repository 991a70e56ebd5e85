package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.Hmac;
import io.shadowmesh.dataplane.crypto.HmacKey;
import io.shadowmesh.dataplane.crypto.Sha256;
import io.shadowmesh.dataplane.frame.HandshakeHeader;
import io.shadowmesh.dataplane.identity.PeerId;

import java.nio.charset.StandardCharsets;

/**
 * The first MAC of a handshake datagram: HMAC-SHA256 over all bytes before it, cut to 16. It shows that the sender
 * knows whom it talks to (M1, M3) or what it answers (M2, M4), so that a node is silent to everybody else.
 *
 * <p>A check costs one pass over the datagram and allocates nothing: it is what most of a flood comes to.
 *
 * <p><b>Threading:</b> one thread. Source: wire protocol ShadowMesh/1, section 4.
 */
final class Mac1
{
    private static final byte[] LABEL = "shadowmesh mac1".getBytes(StandardCharsets.US_ASCII);

    private final byte[] code = new byte[Hmac.LENGTH];
    private final HmacKey key;

    private Mac1(final byte[] bound)
    {
        key = new HmacKey(Sha256.hash(LABEL, bound));
    }

    /**
     * The MAC of M1 and M3: bound to the responder.
     */
    static Mac1 toResponder(final PeerId responder)
    {
        return new Mac1(responder.bytes());
    }

    /**
     * The MAC of M2 and M4: bound to the message that they answer, M1 or M3, as reassembled.
     */
    static Mac1 inAnswerTo(final byte[] message)
    {
        return new Mac1(message);
    }

    /**
     * Writes the MAC into a datagram that is complete but for its two MACs.
     */
    void write(final byte[] datagram, final int length)
    {
        final int offset = offset(length);
        key.authenticate(datagram, 0, offset, code);
        System.arraycopy(code, 0, datagram, offset, HandshakeHeader.MAC_LENGTH);
    }

    /**
     * Checks a datagram's MAC, in a time that does not depend on where it differs.
     */
    boolean matches(final byte[] datagram, final int length)
    {
        final int offset = offset(length);
        key.authenticate(datagram, 0, offset, code);
        return areEqual(code, datagram, offset);
    }

    /**
     * Compares the first 16 bytes of a code with those at an offset, in a time that does not depend on where they
     * differ.
     */
    static boolean areEqual(final byte[] code, final byte[] datagram, final int offset)
    {
        int difference = 0;
        for (int i = 0; i < HandshakeHeader.MAC_LENGTH; i++)
        {
            difference |= code[i] ^ datagram[offset + i];
        }
        return difference == 0;
    }

    /**
     * Where mac1 is in a datagram of some length.
     */
    static int offset(final int length)
    {
        return length - 2 * HandshakeHeader.MAC_LENGTH;
    }
}
