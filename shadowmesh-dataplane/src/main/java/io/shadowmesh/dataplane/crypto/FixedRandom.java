package io.shadowmesh.dataplane.crypto;

import java.security.SecureRandom;
import java.util.Arrays;

/** Hands out given bytes once: the way to have a key generator derive the pair of a known seed. */
final class FixedRandom extends SecureRandom
{
    private static final long serialVersionUID = 1L;

    private final byte[] bytes;
    private int position;

    FixedRandom(final byte[] source, final int offset, final int length)
    {
        super(null, null);
        bytes = Arrays.copyOfRange(source, offset, offset + length);
    }

    @Override
    public void nextBytes(final byte[] destination)
    {
        if (destination.length > bytes.length - position)
        {
            throw new IllegalStateException("the key generator draws more than the " + bytes.length + "-byte seed");
        }
        System.arraycopy(bytes, position, destination, 0, destination.length);
        position += destination.length;
    }

    boolean isUsedUp()
    {
        return bytes.length == position;
    }

    void erase()
    {
        Arrays.fill(bytes, (byte)0);
        position = bytes.length;
    }
}
