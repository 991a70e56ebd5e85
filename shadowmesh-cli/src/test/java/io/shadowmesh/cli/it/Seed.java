package io.shadowmesh.cli.it;

import java.util.concurrent.ThreadLocalRandom;

/** Where a test's chance comes from: another number in each run, unless {@code -Dshadowmesh.seed=N} repeats one. */
final class Seed
{
    private Seed()
    {
    }

    /** @return a seed, which has been printed. */
    static long print()
    {
        final long seed = Long.getLong("shadowmesh.seed", ThreadLocalRandom.current().nextInt(1_000_000_000));
        System.out.println("seed " + seed);
        return seed;
    }
}
