package io.shadowmesh.dataplane.session;

import java.util.concurrent.TimeUnit;

/**
 * How long keys, sessions and attempts live, and how often what is done. Source: wire protocol ShadowMesh/1, sections 4
 * and 6; the bounds on one key follow RFC 9001, appendix B.
 */
public final class Lifetimes
{
    static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    /** Age from which the initiator of a session renews it. */
    public static final long REKEY_INITIATOR_NS = TimeUnit.SECONDS.toNanos(120);

    /** Age from which its responder does, if the initiator has not. */
    public static final long REKEY_RESPONDER_NS = TimeUnit.SECONDS.toNanos(130);

    /** How much longer a responder waits than an initiator. */
    static final long REKEY_LATER_NS = REKEY_RESPONDER_NS - REKEY_INITIATOR_NS;

    /** Least age at which an operator may have a session renewed. */
    public static final long REKEY_LEAST_NS = TimeUnit.SECONDS.toNanos(1);

    /** Frames sealed under a key from which it is renewed. */
    public static final long REKEY_FRAMES = 1L << 26;

    /** Bytes sealed under a key from which it is renewed. */
    public static final long REKEY_BYTES = 1L << 37;

    /** Age from which a key is neither sealed nor opened with. */
    public static final long REFUSE_NS = TimeUnit.SECONDS.toNanos(180);

    /** Sequences below this one are sent and accepted, no others. */
    public static final long SEQUENCE_LIMIT = 1L << 28;

    /** Bytes that a key may seal or open. */
    public static final long BYTE_LIMIT = 1L << 39;

    /** Failed tags from which a key is not opened with any more. */
    public static final long FAILED_TAG_LIMIT = 1L << 36;

    /** Time after the last handshake at which a peer's keys are erased. */
    public static final long ERASE_NS = TimeUnit.SECONDS.toNanos(540);

    /** Time after the frame that confirms a session to its responder at which it is first sent again. */
    public static final long CONFIRM_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(250);

    /** How often it is sent again, each time after twice the time before: the last is 7.75 s after the first. */
    public static final int CONFIRM_REPEATS = 5;

    /** Time from one echo to the next while there is traffic. */
    public static final long ECHO_TRAFFIC_NS = TimeUnit.SECONDS.toNanos(1);

    /** Time from one echo to the next while there is none. */
    public static final long ECHO_IDLE_NS = TimeUnit.SECONDS.toNanos(10);

    /** Time from one echo to the next while the round trip has just changed: half as often as a peer answers. */
    public static final long ECHO_UNSETTLED_NS = TimeUnit.MILLISECONDS.toNanos(200);

    /** Time after receiving data, with nothing sent since, at which a keepalive is. */
    public static final long KEEPALIVE_NS = TimeUnit.SECONDS.toNanos(4);

    /** Time after the first unanswered data at which a peer counts as dead. */
    public static final long DEAD_PEER_NS = TimeUnit.SECONDS.toNanos(8);

    /** Time between two confirmed sessions within which the lower Peer ID decides which one is current. */
    public static final long SIMULTANEOUS_NS = TimeUnit.SECONDS.toNanos(5);

    /** Length of a series of attempts in which each follows the last at once. */
    public static final long TRYING_NS = TimeUnit.SECONDS.toNanos(90);

    /** Mean time from the begin of one attempt to that of the next, once a series has lasted so long. */
    public static final long SLOW_ATTEMPT_NS = TimeUnit.SECONDS.toNanos(15);

    /** How far a time with jitter may be from its mean, in both directions. */
    public static final double JITTER = 0.33;

    private Lifetimes()
    {
    }
}
