package io.shadowmesh.dataplane.handshake;

/**
 * How an attempt to reach a peer ended. Every attempt ends with exactly one.
 */
public enum HandshakeOutcome
{
    /** M4 was read: the session has been handed over. */
    ESTABLISHED("established"),
    /** A session that the peer began was confirmed while this attempt ran. */
    SUPERSEDED("superseded by a session that the peer began"),
    /** No M2 within 15 s: the peer is away, the path is broken, or it has another Peer ID. */
    NO_ANSWER("no answer"),
    /** All that answered within 15 s had another identity than the wanted one. */
    WRONG_RESPONDER("answered by another identity"),
    /** M2 came but no M4 within 9 s: not allowed there, another preshared key, or the path broke. */
    NOT_COMPLETED("answered, but not accepted: this node is not allowed there, or the preshared keys differ"),
    /** Called off on this side. */
    CANCELLED("cancelled");

    private final String text;

    HandshakeOutcome(final String text)
    {
        this.text = text;
    }

    /**
     * The outcome in words, for people.
     *
     * @return what to put behind "handshake with X: ".
     */
    public String text()
    {
        return text;
    }
}
