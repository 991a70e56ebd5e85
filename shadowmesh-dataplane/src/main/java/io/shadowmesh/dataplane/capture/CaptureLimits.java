package io.shadowmesh.dataplane.capture;

/**
 * Where a recording ends by itself, and how much of each packet it keeps.
 *
 * @param packets    that it holds at most.
 * @param bytes      of the file that it is at most; the packet that would pass this is left out.
 * @param seconds    that it takes at most.
 * @param snapLength bytes of a packet that are kept.
 */
public record CaptureLimits(long packets, long bytes, long seconds, int snapLength)
{
    /** A minute, 100 MB, packets whole. */
    public static final CaptureLimits USUAL = new CaptureLimits(Long.MAX_VALUE, 100_000_000, 60, 65_535);
    /** The longest packet that there is. */
    public static final int MAX_SNAP_LENGTH = 65_535;
    /** The longest recording, in seconds: a day. */
    public static final long MAX_SECONDS = 86_400;
    /** The largest file, in bytes: 1 TB. */
    public static final long MAX_BYTES = 1_000_000_000_000L;

    /**
     * Checks.
     *
     * @throws IllegalArgumentException if a limit is out of range.
     */
    public CaptureLimits
    {
        if (packets < 1 || bytes < 1 || bytes > MAX_BYTES || seconds < 1 || seconds > MAX_SECONDS || snapLength < 1 ||
            snapLength > MAX_SNAP_LENGTH)
        {
            throw new IllegalArgumentException("a recording has at least 1 packet, 1 to " + MAX_BYTES +
                " bytes, 1 to " + MAX_SECONDS + " s and 1 to " + MAX_SNAP_LENGTH + " bytes of each packet");
        }
    }
}
