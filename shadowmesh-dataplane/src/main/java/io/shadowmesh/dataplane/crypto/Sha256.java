package io.shadowmesh.dataplane.crypto;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256. Source: FIPS 180-4. */
public final class Sha256
{
    /** Bytes of a hash. */
    public static final int LENGTH = 32;

    private Sha256()
    {
    }

    /**
     * Hashes the parts, one after the other.
     *
     * @param parts to hash.
     * @return 32 bytes.
     */
    public static byte[] hash(final byte[]... parts)
    {
        try
        {
            final MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (final byte[] part : parts)
            {
                digest.update(part);
            }
            return digest.digest();
        }
        catch (final NoSuchAlgorithmException ex)
        {
            throw new IllegalStateException("this JVM has no SHA-256", ex);
        }
    }
}
