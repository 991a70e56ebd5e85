package io.shadowmesh.dataplane.frame;

/**
 * Why a packet or a datagram was dropped. Each reason has a counter of its own; nothing is ever dropped without one.
 */
public enum DropReason
{
    /** A datagram too short for its header, or a sealed frame too short for index and tag. */
    TRUNCATED_FRAME("datagrams too short for their header"),
    /** A size field that lies, or a non-zero field that must be zero. */
    MALFORMED_FRAME("datagrams whose header breaks a rule"),
    /** A type byte that the protocol does not define. */
    UNKNOWN_FRAME_TYPE("datagrams of an unknown type"),
    /** A receiver index that names no session. */
    UNKNOWN_INDEX("frames for no live session"),
    /** A sequence inside the window that was received before. */
    REPLAY_DUPLICATE("frames received twice"),
    /** A sequence behind the replay window. */
    REPLAY_TOO_OLD("frames older than the replay window"),
    /** A tag that does not match. */
    AUTHENTICATION_FAILED("frames whose tag is wrong"),
    /** A key past its time. */
    KEY_EXPIRED("frames under a key past its lifetime"),
    /** A sequence, byte count or failure count past the key's bounds. */
    KEY_EXHAUSTED("frames past the bounds of a key"),
    /** An inner packet that is no sound IPv4 or IPv6 packet. */
    INNER_MALFORMED("inner packets with a bad header or length"),
    /** An inner source address outside the peer's allowed IPs. */
    INNER_SOURCE_NOT_ALLOWED("inner packets from a source the peer may not use"),
    /** An outbound packet whose destination belongs to no peer. */
    NO_PEER("outbound packets for no peer"),
    /** An outbound packet for a peer without a session and without a known endpoint. */
    NO_ENDPOINT("outbound packets for a peer without an address"),
    /** An outbound packet that is a datagram of this tunnel's own to the very peer that it would go to. */
    ROUTING_LOOP("datagrams that a route led back into the tunnel"),
    /** An outbound packet pushed out of the queue that waits for a handshake. */
    HANDSHAKE_QUEUE_FULL("outbound packets that waited too long for a handshake"),
    /** An outbound packet larger than any frame. */
    OUTBOUND_TOO_LARGE("outbound packets larger than any frame"),
    /** An outbound packet longer than the path takes, of a sender that can send shorter ones and is told to. */
    OUTBOUND_TOO_BIG_FOR_PATH("outbound packets too big for the path, answered by ICMP"),
    /** A datagram that the kernel refused for a passing reason: no buffer, no route, not permitted, too large. */
    SEND_FAILED("datagrams that the kernel refused"),
    /** An outbound packet dropped so that its sender slows down, because packets have been waiting for too long. */
    AQM("outbound packets dropped early because the queue stood"),
    /** A packet that the TUN device refused. */
    TUN_WRITE_FAILED("packets that the TUN device refused"),
    /** A datagram larger than the receive slot. */
    DATAGRAM_TOO_LARGE("datagrams larger than any frame"),
    /** A handshake datagram whose fields or lengths break a rule. */
    HANDSHAKE_MALFORMED("handshake datagrams that break a rule"),
    /** A handshake datagram whose first MAC is wrong: its sender does not know our Peer ID. */
    HANDSHAKE_BAD_MAC("handshake datagrams with a wrong mac1"),
    /** A handshake datagram for no handshake in progress. */
    HANDSHAKE_UNKNOWN("handshake datagrams for no handshake"),
    /** A complete handshake message that does not authenticate. */
    HANDSHAKE_FAILED("handshake messages that do not authenticate"),
    /** A handshake of a peer that is not allowed here, or whose ID is not the wanted one. */
    HANDSHAKE_NOT_ALLOWED("handshakes of peers that are not allowed"),
    /** A handshake beyond a cap of the handshake table. */
    HANDSHAKE_TABLE_FULL("handshakes beyond the table's caps"),
    /** A handshake datagram that came while as many waited as may. */
    HANDSHAKE_BACKLOG_FULL("handshake datagrams beyond the backlog"),
    /** A fragment of M1 that came under load without a valid cookie; its source has got one. */
    HANDSHAKE_COOKIE_MISSING("first handshake datagrams without a cookie under load"),
    /** A fragment of M1 from a source that has sent too many. */
    HANDSHAKE_RATE_LIMITED("first handshake datagrams beyond their source's rate"),
    /** A cookie reply that answers nothing. */
    COOKIE_UNEXPECTED("cookie replies that answer nothing"),
    /** An event that did not fit into the bounded ring to the control agent. */
    CONTROL_RING_FULL("events beyond the control ring");

    private final String text;

    DropReason(final String text)
    {
        this.text = text;
    }

    /**
     * The reason in words, for people.
     *
     * @return what is counted, in the plural.
     */
    public String text()
    {
        return text;
    }

    /**
     * The reason as the negative result of a hot call.
     *
     * @return {@code -(ordinal() + 1)}.
     */
    public int code()
    {
        return -(ordinal() + 1);
    }
}
