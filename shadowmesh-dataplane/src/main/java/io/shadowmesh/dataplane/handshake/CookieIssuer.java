package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Hmac;
import io.shadowmesh.dataplane.frame.CookieFrame;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.identity.PeerId;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;

/**
 * The responder's end of cookies. A cookie is HMAC-SHA256 over the source's address and port under a secret that is
 * renewed every 120 s, so that nothing has to be remembered of anybody; those of the secret before are still good.
 *
 * <p><b>Units:</b> ns. <b>Threading:</b> one thread. Source: wire protocol ShadowMesh/1, section 5.
 */
final class CookieIssuer
{
    /** How long a secret makes cookies. It checks them for as long again. */
    static final long RENEWAL_NS = TimeUnit.SECONDS.toNanos(120);

    private static final int SECRET_LENGTH = 32;

    private final CookieCipher cipher;
    private final SecureRandom random;
    private byte[] secret;
    private byte[] previousSecret;
    private long renewedNs;

    CookieIssuer(final PeerId self, final SecureRandom random)
    {
        cipher = new CookieCipher(self);
        this.random = random;
    }

    /**
     * The cookie that a source gets now.
     */
    Cookie cookieOf(final Endpoint source, final long nowNs)
    {
        renew(nowNs);
        return make(secret, source);
    }

    /**
     * Tells whether a datagram's mac2 was made with a cookie that its source has got.
     */
    boolean accepts(final HandshakeDatagram datagram, final Endpoint source, final long nowNs)
    {
        if (datagram.hasZeroMac2())
        {
            return false;
        }
        renew(nowNs);
        return make(secret, source).matchesMac2(datagram.bytes(), datagram.length()) ||
            previousSecret != null &&
            make(previousSecret, source).matchesMac2(datagram.bytes(), datagram.length());
    }

    /**
     * Makes the reply that brings a datagram's source its cookie.
     *
     * @return the frame, {@link CookieFrame#LENGTH} bytes.
     */
    byte[] reply(final HandshakeDatagram datagram, final Endpoint source, final long nowNs)
    {
        final byte[] salt = new byte[CookieFrame.SALT_LENGTH];
        random.nextBytes(salt);
        final byte[] sealed = cipher.seal(cookieOf(source, nowNs), salt, datagram.bytes(), datagram.length());

        final byte[] frame = new byte[CookieFrame.LENGTH];
        final UnsafeBuffer buffer = new UnsafeBuffer(frame);
        FrameHeader.encode(buffer, 0, 0, FrameType.COOKIE, 0, frame.length - FrameHeader.LENGTH);
        buffer.putInt(CookieFrame.RECEIVER_INDEX_OFFSET, datagram.senderIndex(), ByteOrder.BIG_ENDIAN);
        buffer.putBytes(CookieFrame.SALT_OFFSET, salt);
        buffer.putBytes(CookieFrame.SEALED_OFFSET, sealed);
        return frame;
    }

    private void renew(final long nowNs)
    {
        if (secret == null || nowNs - renewedNs >= RENEWAL_NS)
        {
            previousSecret = secret != null && nowNs - renewedNs < 2 * RENEWAL_NS ? secret : null;
            secret = new byte[SECRET_LENGTH];
            random.nextBytes(secret);
            renewedNs = nowNs;
        }
    }

    private static Cookie make(final byte[] key, final Endpoint source)
    {
        final ByteBuffer address = ByteBuffer.allocate(2 * Long.BYTES + Short.BYTES);
        if (source.isIpv6())
        {
            address.putLong(source.high()).putLong(source.low());
        }
        else
        {
            address.putInt(source.ipv4());
        }
        address.putShort((short)source.port());
        return new Cookie(Hmac.sha256(key, address.array(), 0, address.position()));
    }
}
