package io.shadowmesh.dataplane.crypto;

import java.security.SecureRandom;

/** Hands out the low bytes of a counter: reproducible, and like the source that made the published pqXX vector. */
public final class CountingRandom extends SecureRandom
{
    private static final long serialVersionUID = 1L;

    private int next;

    /** Starts counting. */
    public CountingRandom(final int first)
    {
        super(null, null);
        next = first;
    }

    @Override
    public void nextBytes(final byte[] bytes)
    {
        for (int i = 0; i < bytes.length; i++)
        {
            bytes[i] = (byte)next++;
        }
    }
}
