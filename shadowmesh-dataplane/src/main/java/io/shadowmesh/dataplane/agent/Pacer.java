package io.shadowmesh.dataplane.agent;

/**
 * Has datagrams leave no faster than a rate, so that the queue before a bottleneck is this node's own: a bucket that
 * fills with bytes at that rate. Sending is allowed while there is anything in it, and may overdraw it by one packet or
 * super-packet; then sending waits until it is filled again.
 *
 * <p>A bucket holds what the rate brings in 2 ms, so that a thread which is woken late catches up.
 *
 * <p><b>Threading:</b> {@link #rate} is for any one thread, {@link #heldNs} for any, the others belong to the send agent.
 *
 * <p><b>Units:</b> bit/s and bytes of whole IP packets, UDP and IP headers included.
 */
final class Pacer
{
    /** A rate for no pacing at all. */
    static final long UNLIMITED = 0;

    private static final double NS_PER_SECOND = 1e9;
    private static final long BURST_NS = 2_000_000L;
    private static final long LEAST_BURST = 3_000;

    /** A sleep that is not worth its while any shorter. */
    private static final long SHORTEST_WAIT_NS = 200_000L;

    private volatile long bitsPerSecond;
    private volatile long heldNs;

    private long rateSeen;
    private double bytesPerNs;
    private double burst;
    private double bytes;
    private long filledNs;
    private boolean holds;
    private long heldSinceNs;

    /** Sets the rate, {@link #UNLIMITED} or more. */
    void rate(final long newBitsPerSecond)
    {
        bitsPerSecond = newBitsPerSecond;
    }

    /** First thing in each duty cycle: what time it is. */
    void begin(final long nowNs)
    {
        if (holds)
        {
            holds = false;
            heldNs += nowNs - heldSinceNs;
        }
        final long rate = bitsPerSecond;
        if (rate != rateSeen)
        {
            changeRate(rate, nowNs);
        }
        if (UNLIMITED != rate)
        {
            bytes = Math.min(burst, bytes + bytesPerNs * (nowNs - filledNs));
            filledNs = nowNs;
        }
    }

    /** What has been saved up at the old rate, or overdrawn, stays so. */
    private void changeRate(final long rate, final long nowNs)
    {
        if (UNLIMITED == rateSeen)
        {
            bytes = 0;
            filledNs = nowNs;
        }
        rateSeen = rate;
        bytesPerNs = rate / (Byte.SIZE * NS_PER_SECOND);
        burst = Math.max(LEAST_BURST, bytesPerNs * BURST_NS);
    }

    boolean isOn()
    {
        return UNLIMITED != rateSeen;
    }

    /** True when another packet may go. */
    boolean maySend()
    {
        return UNLIMITED == rateSeen || bytes >= 0;
    }

    /** Notes that so many bytes have been sealed to go. */
    void charge(final long sealedBytes)
    {
        bytes -= sealedBytes;
    }

    /** Packets wait for nothing but the bucket, until the next duty cycle. */
    void onHold(final long nowNs)
    {
        holds = true;
        heldSinceNs = nowNs;
    }

    /** Any thread: for how long packets have waited for the bucket in all. */
    long heldNs()
    {
        return heldNs;
    }

    /** How long to wait until another packet may go; 0 when it may now. */
    long waitNs(final long nowNs)
    {
        if (maySend())
        {
            return 0;
        }
        final long dueNs = filledNs + (long)Math.ceil(-bytes / bytesPerNs);
        return Math.max(dueNs - nowNs, SHORTEST_WAIT_NS);
    }
}
