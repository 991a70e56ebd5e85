package io.shadowmesh.dataplane.crypto;

import javax.crypto.Mac;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;
import java.security.GeneralSecurityException;

/**
 * A key of HMAC-SHA256 that authenticates again and again: it is set up once, and what follows allocates nothing.
 *
 * <p><b>Threading:</b> one thread. Source: RFC 2104.
 */
public final class HmacKey
{
    private final Mac mac;

    /**
     * Sets a key up.
     *
     * @param key of at least one byte; copied, and the caller's to erase.
     */
    public HmacKey(final byte[] key)
    {
        try
        {
            mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
        }
        catch (final GeneralSecurityException ex)
        {
            throw new IllegalStateException("this JVM has no HMAC-SHA256", ex);
        }
    }

    /**
     * Authenticates a range.
     *
     * @param data     that holds the range.
     * @param offset   of the range's first byte.
     * @param length   of the range in bytes.
     * @param output32 receives the {@link Hmac#LENGTH} bytes of the code.
     */
    public void authenticate(final byte[] data, final int offset, final int length, final byte[] output32)
    {
        try
        {
            mac.update(data, offset, length);
            mac.doFinal(output32, 0);
        }
        catch (final ShortBufferException ex)
        {
            throw new IllegalArgumentException("no room for the code", ex);
        }
    }
}
