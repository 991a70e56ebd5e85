package io.shadowmesh.dataplane.crypto;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import java.security.GeneralSecurityException;

/** HMAC-SHA256. Source: RFC 2104. */
public final class Hmac
{
    /** Bytes of an authentication code. */
    public static final int LENGTH = 32;

    private Hmac()
    {
    }

    /**
     * Authenticates the parts, one after the other.
     *
     * @param key   of at least one byte.
     * @param parts to authenticate.
     * @return 32 bytes.
     */
    public static byte[] sha256(final byte[] key, final byte[]... parts)
    {
        final Mac mac = keyed(key);
        for (final byte[] part : parts)
        {
            mac.update(part);
        }
        return mac.doFinal();
    }

    /**
     * Authenticates a range.
     *
     * @param key    of at least one byte.
     * @param data   that holds the range.
     * @param offset of the range's first byte.
     * @param length of the range in bytes.
     * @return 32 bytes.
     */
    public static byte[] sha256(final byte[] key, final byte[] data, final int offset, final int length)
    {
        final Mac mac = keyed(key);
        mac.update(data, offset, length);
        return mac.doFinal();
    }

    private static Mac keyed(final byte[] key)
    {
        try
        {
            final Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac;
        }
        catch (final GeneralSecurityException ex)
        {
            throw new IllegalStateException("this JVM has no HMAC-SHA256", ex);
        }
    }
}
