package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.Hkdf;
import io.shadowmesh.dataplane.crypto.Sha256;
import io.shadowmesh.dataplane.frame.CookieFrame;
import io.shadowmesh.dataplane.frame.HandshakeHeader;
import io.shadowmesh.dataplane.identity.PeerId;

import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

/**
 * Seals and opens the cookie in a cookie reply: AES-256-GCM with nonce 0 under a key that is new for each salt, HKDF of
 * salt and the responder's Peer ID, with the mac1 that drew the reply as associated data. So only those can make or read
 * one who know the responder, and it answers one M1 and no other.
 *
 * <p><b>Threading:</b> one thread. Source: wire protocol ShadowMesh/1, section 5.
 */
final class CookieCipher
{
    private static final byte[] LABEL = "shadowmesh cookie".getBytes(StandardCharsets.US_ASCII);
    private static final int KEY_LENGTH = 32;
    private static final GCMParameterSpec NONCE = new GCMParameterSpec(128, new byte[12]);

    private final byte[] keyMaterial;
    private final Cipher cipher;

    CookieCipher(final PeerId responder)
    {
        keyMaterial = Sha256.hash(LABEL, responder.bytes());
        try
        {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
        }
        catch (final GeneralSecurityException ex)
        {
            throw new IllegalStateException("this JVM has no AES-GCM", ex);
        }
    }

    /**
     * Seals a cookie in answer to a datagram.
     *
     * @return {@link CookieFrame#SEALED_LENGTH} bytes.
     */
    byte[] seal(final Cookie cookie, final byte[] salt, final byte[] datagram, final int length)
    {
        try
        {
            return crypt(Cipher.ENCRYPT_MODE, salt, datagram, length, cookie.bytes());
        }
        catch (final GeneralSecurityException ex)
        {
            throw new IllegalStateException("a cookie cannot be sealed", ex);
        }
    }

    /**
     * Opens a cookie that answers a datagram.
     *
     * @return the cookie, or null when it answers another, or is from somebody else.
     */
    Cookie open(final byte[] sealed, final byte[] salt, final byte[] datagram)
    {
        try
        {
            return new Cookie(crypt(Cipher.DECRYPT_MODE, salt, datagram, datagram.length, sealed));
        }
        catch (final AEADBadTagException ex)
        {
            return null;
        }
        catch (final GeneralSecurityException ex)
        {
            throw new IllegalStateException("a cookie cannot be opened", ex);
        }
    }

    private byte[] crypt(
        final int mode, final byte[] salt, final byte[] datagram, final int length, final byte[] input)
        throws GeneralSecurityException
    {
        final byte[] key = Hkdf.expand(Hkdf.extract(salt, keyMaterial), LABEL, KEY_LENGTH);
        cipher.init(mode, new SecretKeySpec(key, "AES"), NONCE);
        cipher.updateAAD(datagram, Mac1.offset(length), HandshakeHeader.MAC_LENGTH);
        return cipher.doFinal(input);
    }
}
