package io.shadowmesh.dataplane.crypto;

/** The lengths that a session's key must have. */
final class AeadKey
{
    private AeadKey()
    {
    }

    static void check(final byte[] key32, final byte[] iv12)
    {
        if (Suite.KEY_LENGTH != key32.length)
        {
            throw new IllegalArgumentException("a key has 32 bytes, not " + key32.length);
        }
        if (Suite.IV_LENGTH != iv12.length)
        {
            throw new IllegalArgumentException("an iv has 12 bytes, not " + iv12.length);
        }
    }
}
