package io.shadowmesh.dataplane.ring;

import java.util.concurrent.TimeUnit;

/**
 * How many packets a ring may hold: the bandwidth-delay product of the link behind it, within bounds.
 *
 * <pre>
 *  packets = floor(bandwidth * round trip / (1200 B * 8)), within 256..8192
 *
 *  satellite    50 Mbit/s  500 ms   2604
 *  terrestrial 100 Mbit/s    5 ms    256  (52 before the bound)
 * </pre>
 *
 * <p>Less would leave the link idle while a sender waits to hear of a loss; more is only delay.
 *
 * <p>Source: ShadowMesh v11.
 */
public final class AdaptiveLimit
{
    /** The least limit: what a burst takes, and what holds before anything is known. */
    public static final int LEAST = 256;

    /** The greatest limit. */
    public static final int GREATEST = 8192;

    private static final long BITS_PER_PACKET = 1200 * Byte.SIZE;
    private static final long DIVISOR = BITS_PER_PACKET * TimeUnit.SECONDS.toNanos(1);

    private AdaptiveLimit()
    {
    }

    /**
     * The limit for a link.
     *
     * @param bitsPerSecond that the link carries; 0 or less where unknown.
     * @param roundTripNs   of the link; 0 or less where unknown.
     * @return packets, {@link #LEAST} to {@link #GREATEST}.
     */
    public static int packets(final long bitsPerSecond, final long roundTripNs)
    {
        if (bitsPerSecond <= 0 || roundTripNs <= 0)
        {
            return LEAST;
        }
        final long product = bitsPerSecond * roundTripNs;
        if (Math.multiplyHigh(bitsPerSecond, roundTripNs) != 0 || product < 0)
        {
            return GREATEST;
        }
        return (int)Math.max(LEAST, Math.min(GREATEST, product / DIVISOR));
    }
}
