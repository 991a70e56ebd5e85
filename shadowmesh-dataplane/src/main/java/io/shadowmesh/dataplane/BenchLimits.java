package io.shadowmesh.dataplane;

/**
 * How a measurement of throughput goes.
 *
 * @param seconds       that are measured, 1 to 3600; the search for the rate comes before.
 * @param bitsPerSecond of inner packets that are offered; 0 to search for the most that arrives with less than 1 % loss.
 * @param packetLength  of the inner packets, bytes, 64 to the device's MTU; 0 for that.
 */
public record BenchLimits(int seconds, long bitsPerSecond, int packetLength)
{
    /** The longest measurement, in seconds. */
    public static final int MAX_SECONDS = 3600;
    /** The greatest rate that can be asked for, in bit/s. */
    public static final long MAX_RATE = 1_000_000_000_000L;
    /** The least rate that can be asked for, in bit/s. */
    public static final long MIN_RATE = 10_000;
    /** The shortest packet. */
    public static final int MIN_PACKET = 64;
    /** The longest packet. */
    public static final int MAX_PACKET = 65_000;

    /**
     * Checks.
     *
     * @throws IllegalArgumentException if a number is out of range.
     */
    public BenchLimits
    {
        if (seconds < 1 || seconds > MAX_SECONDS || 0 != bitsPerSecond && bitsPerSecond < MIN_RATE ||
            bitsPerSecond > MAX_RATE || 0 != packetLength && packetLength < MIN_PACKET || packetLength > MAX_PACKET)
        {
            throw new IllegalArgumentException("a measurement takes 1 to " + MAX_SECONDS + " s, at 10 kbit/s to 1 Tbit/s, " +
                "with packets of " + MIN_PACKET + " to " + MAX_PACKET + " bytes");
        }
    }
}
