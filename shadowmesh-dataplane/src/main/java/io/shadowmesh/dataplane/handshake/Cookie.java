package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.Hmac;
import io.shadowmesh.dataplane.frame.HandshakeHeader;

import java.util.Arrays;

/**
 * A cookie: 16 bytes that a responder under load gives to whoever receives at the address that an M1 came from. Those
 * who have it put mac2 into their M1s: HMAC-SHA256 under the cookie over all bytes before mac2, cut to 16.
 *
 * <p><b>Threading:</b> immutable. Source: wire protocol ShadowMesh/1, section 5.
 */
final class Cookie
{
    /** Bytes of a cookie. */
    static final int LENGTH = 16;

    private final byte[] bytes;

    /**
     * A cookie of the first 16 of some bytes, which are copied.
     */
    Cookie(final byte[] bytes)
    {
        this.bytes = Arrays.copyOf(bytes, LENGTH);
    }

    /**
     * The 16 bytes: a copy.
     */
    byte[] bytes()
    {
        return bytes.clone();
    }

    /**
     * Writes mac2 into a datagram that is complete but for it.
     */
    void writeMac2(final byte[] datagram)
    {
        final int offset = mac2Offset(datagram.length);
        System.arraycopy(
            Hmac.sha256(bytes, datagram, 0, offset), 0, datagram, offset, HandshakeHeader.MAC_LENGTH);
    }

    /**
     * Takes mac2 out of a datagram.
     */
    static void clearMac2(final byte[] datagram)
    {
        Arrays.fill(datagram, mac2Offset(datagram.length), datagram.length, (byte)0);
    }

    /**
     * Checks a datagram's mac2, in a time that does not depend on where it differs.
     */
    boolean matchesMac2(final byte[] datagram, final int length)
    {
        final int offset = mac2Offset(length);
        return Mac1.areEqual(Hmac.sha256(bytes, datagram, 0, offset), datagram, offset);
    }

    private static int mac2Offset(final int length)
    {
        return length - HandshakeHeader.MAC_LENGTH;
    }

    @Override
    public boolean equals(final Object other)
    {
        return other instanceof final Cookie that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode()
    {
        return Arrays.hashCode(bytes);
    }
}
