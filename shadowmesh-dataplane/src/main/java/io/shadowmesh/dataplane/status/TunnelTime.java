package io.shadowmesh.dataplane.status;

/**
 * What is timed in a tunnel, in the order in which the histograms lie in the status file: see {@link TimeHistogram}.
 *
 * <p><b>Units:</b> nanoseconds. A time that is taken around something has one read of the clock in it, some 20 ns.
 */
public enum TunnelTime
{
    /** How long the first packet of a duty cycle has waited in the ring between device and sender. */
    RING_WAIT("ring wait"),
    /**
     * From when a packet, or super-packet, leaves the ring until it lies sealed in the outbox: peer found, cut, sealed;
     * divided by its datagrams.
     */
    SEAL("seal"),
    /** A flush of the UDP socket, divided by the system calls that it took. */
    SEND_CALL("send call"),
    /** Opening one datagram: replay check, cipher, replay mark. */
    OPEN("open"),
    /** A system call that wrote a packet, or super-packet, to the TUN device. */
    TUN_WRITE_CALL("TUN write call"),
    /** A system call that read a packet, or super-packet, from the TUN device. */
    TUN_READ_CALL("TUN read call");

    private final String text;

    TunnelTime(final String text)
    {
        this.text = text;
    }

    /**
     * What is timed, in words.
     *
     * @return a few words for people.
     */
    public String text()
    {
        return text;
    }
}
