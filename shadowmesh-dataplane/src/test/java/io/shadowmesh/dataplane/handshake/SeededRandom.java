package io.shadowmesh.dataplane.handshake;

import java.security.SecureRandom;
import java.util.Random;

/**
 * The same "secure" bytes in every run.
 */
final class SeededRandom extends SecureRandom
{
    private static final long serialVersionUID = 1L;

    private final Random random;

    SeededRandom(final long seed)
    {
        super(null, null);
        random = new Random(seed);
    }

    @Override
    public void nextBytes(final byte[] bytes)
    {
        random.nextBytes(bytes);
    }
}
