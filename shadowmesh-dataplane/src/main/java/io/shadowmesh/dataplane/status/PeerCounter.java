package io.shadowmesh.dataplane.status;

/**
 * What is kept of each peer, in the order of its keys. The control thread copies them about once a second.
 */
public enum PeerCounter
{
    /** Inner packets sent to the peer. */
    PACKETS_SENT("packets sent"),
    /** Bytes of the inner packets sent to the peer. */
    BYTES_SENT("bytes sent"),
    /** Inner packets received from the peer. */
    PACKETS_RECEIVED("packets received"),
    /** Bytes of the inner packets received from the peer. */
    BYTES_RECEIVED("bytes received"),
    /** When the last session was confirmed: ns of the node's clock, {@link Long#MIN_VALUE} for never. */
    LAST_HANDSHAKE("clock at the last handshake"),
    /** When the current session was confirmed: ns of the node's clock, {@link Long#MIN_VALUE} for no session. */
    SESSION_START("clock at the session's start"),
    /** When an authentic frame last came: ns of the node's clock, {@link Long#MIN_VALUE} for never. */
    LAST_RECEIVED("clock at the last frame received"),
    /** When a frame last went out: ns of the node's clock, {@link Long#MIN_VALUE} for never. */
    LAST_SENT("clock at the last frame sent"),
    /** The last round trip of an echo in ns, -1 for unknown. */
    RTT_LAST("last round trip, ns"),
    /** The smoothed round trip in ns, -1 for unknown. Source: RFC 6298. */
    RTT_SMOOTHED("smoothed round trip, ns"),
    /** The shortest round trip of late in ns, -1 for unknown. */
    RTT_MINIMUM("shortest round trip, ns"),
    /** The median of the round trips in ns, -1 for unknown. */
    RTT_P50("median round trip, ns"),
    /** The 99th percentile of the round trips in ns, -1 for unknown. */
    RTT_P99("99th percentile of the round trips, ns"),
    /** Frames to the peer that were lost, parts per million, -1 for unknown. */
    LOSS_PPM("frames lost, parts per million"),
    /** The rate at which frames have reached the peer in bit/s, windowed maximum, -1 for unknown. */
    DELIVERED_RATE("delivered rate, bit/s"),
    /** Echo requests sent. */
    ECHOES_SENT("echo requests sent"),
    /** Echo requests answered. */
    ECHOES_ANSWERED("echo requests answered");

    private final String text;

    PeerCounter(final String text)
    {
        this.text = text;
    }

    /**
     * The counter in words, for people.
     *
     * @return what is kept.
     */
    public String text()
    {
        return text;
    }
}
