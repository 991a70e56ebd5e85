package io.shadowmesh.dataplane;

/**
 * What a peer has received in a time, as its own reports say. All traffic to the peer counts, not only that of the
 * measurement.
 *
 * @param ns            the time, on the peer's clock.
 * @param packets       frames that came.
 * @param bytes         of the inner packets in them.
 * @param lost          frames that did not come.
 * @param rttNs         the longest round trip of an echo in that time.
 * @param offeredPackets that this host sent into the device for the measurement.
 * @param packetLength  of these.
 */
public record BenchResult(
    long ns, long packets, long bytes, long lost, long rttNs, long offeredPackets, int packetLength)
{
    private static final double NS_PER_SECOND = 1e9;

    /**
     * The rate at which inner bytes arrived.
     *
     * @return bit/s; 0 where no time was measured.
     */
    public double bitsPerSecond()
    {
        return 0 == ns ? 0 : bytes * Byte.SIZE * NS_PER_SECOND / ns;
    }

    /**
     * The rate at which packets arrived.
     *
     * @return packets a second; 0 where no time was measured.
     */
    public double packetsPerSecond()
    {
        return 0 == ns ? 0 : packets * NS_PER_SECOND / ns;
    }

    /**
     * The part of the frames sent that did not come.
     *
     * @return 0 to 1.
     */
    public double loss()
    {
        return 0 == packets + lost ? 0 : (double)lost / (packets + lost);
    }

    /** Two times of one measurement as one. */
    BenchResult plus(final BenchResult other)
    {
        return new BenchResult(
            ns + other.ns,
            packets + other.packets,
            bytes + other.bytes,
            lost + other.lost,
            Math.max(rttNs, other.rttNs),
            offeredPackets + other.offeredPackets,
            packetLength);
    }
}
