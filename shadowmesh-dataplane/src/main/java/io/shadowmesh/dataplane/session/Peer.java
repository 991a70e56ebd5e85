package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.PeerId;

import java.util.List;

/**
 * Another node: what the operator says of it, where it is, the sessions with it, and what went to and fro.
 *
 * <p><b>Threading:</b> {@link #onSent}, {@link #onDataSent} and {@link #countSent} belong to the
 * send agent; {@link #onReceived}, {@link #onDataReceived}, {@link #countReceived} and {@link #mayMoveEndpoint} to the
 * receive agent; {@link #mayAnswerEcho} to the one thread that answers echoes; {@link #endpoint(Endpoint)},
 * {@link #resolved} and {@link #settings(PeerSettings)} to the control thread. Everything else may be read by any.
 */
public final class Peer
{
    /** Returned for a time at which nothing has happened yet. */
    public static final long NEVER = PeerTraffic.NEVER;

    private static final int ECHO_REPLIES_PER_SECOND = 10;

    private final int number;
    private final boolean selfIsLower;
    private final PeerTraffic traffic = new PeerTraffic();
    private final PeerDrops drops = new PeerDrops();
    private final PeerSessions sessions = new PeerSessions(this);
    private final PeerAttempts attempts = new PeerAttempts(this);
    private final PeerEchoes echoes = new PeerEchoes(this);
    private final LinkMeter link = new LinkMeter();
    private final ReplyLimit echoReplies = new ReplyLimit(ECHO_REPLIES_PER_SECOND);

    private volatile PeerSettings settings;
    private volatile Session current;
    private volatile Session previous;
    private volatile Endpoint endpoint;
    private volatile Endpoint resolvedEndpoint;
    private volatile boolean answered;

    /**
     * A peer without sessions and without an endpoint.
     *
     * @param settings of the operator.
     * @param self     this node's own ID, which decides about handshakes begun by both at once.
     * @param number   of the peer among this node's, from 0.
     * @throws IllegalArgumentException if the peer is this node itself.
     */
    public Peer(final PeerSettings settings, final PeerId self, final int number)
    {
        final int order = self.compareTo(settings.id());
        if (order == 0)
        {
            throw new IllegalArgumentException(settings.name() + " is this node's own Peer ID");
        }
        this.settings = settings;
        this.number = number;
        this.selfIsLower = order < 0;
    }

    /**
     * Notes that a sealed frame with an inner packet went out. Stands for {@link #onSent} too.
     *
     * @param nowNs of the duty cycle.
     */
    public void onDataSent(final long nowNs)
    {
        traffic.dataSent(nowNs);
    }

    /**
     * Notes that any other sealed frame went out, such as a keepalive.
     *
     * @param nowNs of the duty cycle.
     */
    public void onSent(final long nowNs)
    {
        traffic.sent(nowNs);
    }

    /**
     * Notes that a packet waits for a session: there is none, or {@link Session#seal} refused its key. The timers see
     * it at their next turn. The send agent calls, and the control thread where somebody asks for the peer.
     *
     * @param nowNs of the duty cycle.
     */
    public void onWanted(final long nowNs)
    {
        traffic.wanted(nowNs);
    }

    /**
     * Counts what was sent.
     *
     * @param packets inner packets.
     * @param bytes   theirs.
     */
    public void countSent(final int packets, final long bytes)
    {
        traffic.countSent(packets, bytes);
    }

    /**
     * Notes that an authentic frame with an inner packet came. Stands for {@link #onReceived} too.
     *
     * @param nowNs of the duty cycle.
     */
    public void onDataReceived(final long nowNs)
    {
        traffic.dataReceived(nowNs);
    }

    /**
     * Notes that any other authentic frame came, such as a keepalive.
     *
     * @param nowNs of the duty cycle.
     */
    public void onReceived(final long nowNs)
    {
        traffic.received(nowNs);
    }

    /**
     * Counts what was received.
     *
     * @param packets inner packets.
     * @param bytes   theirs.
     */
    public void countReceived(final int packets, final long bytes)
    {
        traffic.countReceived(packets, bytes);
    }

    /**
     * Tells whether the frame that a session has just opened may move the endpoint to where it came from: its sequence
     * is the session's highest, and the session is current or about to be confirmed by this very frame.
     *
     * @param session whose {@link Session#open} has just succeeded.
     * @return true if it may.
     */
    public boolean mayMoveEndpoint(final Session session)
    {
        return session.openedHighest() && (session == current || !session.isConfirmed());
    }

    /**
     * Tells whether one more echo request may be answered now, and counts the answer: at most 10 in any second.
     *
     * @param nowNs of the duty cycle.
     * @return true if it may.
     */
    public boolean mayAnswerEcho(final long nowNs)
    {
        return echoReplies.pass(nowNs);
    }

    /**
     * The session that frames are sent on.
     *
     * @return the session, or null.
     */
    public Session current()
    {
        return current;
    }

    /**
     * The session before it, which frames are still accepted on.
     *
     * @return the session, or null.
     */
    public Session previous()
    {
        return previous;
    }

    /**
     * Where frames are sent to.
     *
     * @return the endpoint, or null if none is known.
     */
    public Endpoint endpoint()
    {
        return endpoint;
    }

    /**
     * Sets where frames are sent to, as learned from a handshake or from an authentic frame.
     *
     * @param learned endpoint.
     */
    public void endpoint(final Endpoint learned)
    {
        endpoint = learned;
    }

    /**
     * Sets where frames are sent to, as found by resolving the peer's host.
     *
     * @param found endpoint.
     */
    public void resolved(final Endpoint found)
    {
        resolvedEndpoint = found;
        endpoint = found;
    }

    /**
     * Notes whether this node has answered a handshake that claims to be the peer's and is not confirmed yet. The
     * handshake thread says that it has, the control thread that nothing came of it.
     *
     * @param isAnswered true from the answer on, false when it has come to nothing.
     */
    public void answered(final boolean isAnswered)
    {
        answered = isAnswered;
    }

    /**
     * Tells whether a packet for the peer should wait: a session may be near, by the peer's doing or by this node's.
     *
     * @return false when nobody will ever make one, as far as this node knows.
     */
    public boolean mayGetSession()
    {
        return answered || null != endpoint || null != settings.host();
    }

    /**
     * The peer's ID.
     *
     * @return the ID.
     */
    public PeerId id()
    {
        return settings.id();
    }

    /**
     * The peer's number among this node's peers.
     *
     * @return 0 or more.
     */
    public int number()
    {
        return number;
    }

    /**
     * The peer's name, for people.
     *
     * @return the name.
     */
    public String name()
    {
        return settings.name();
    }

    /**
     * What the operator says of the peer.
     *
     * @return the settings.
     */
    public PeerSettings settings()
    {
        return settings;
    }

    /**
     * Replaces what the operator says of the peer; its sessions go on. Control thread.
     *
     * @param said the new settings, of the same ID and preshared key.
     */
    public void settings(final PeerSettings said)
    {
        settings = said;
    }

    /**
     * Inner addresses that are the peer's.
     *
     * @return an immutable list.
     */
    public List<IpPrefix> allowedIps()
    {
        return settings.allowedIps();
    }

    /**
     * When the last session was confirmed.
     *
     * @return ns, or {@link #NEVER}.
     */
    public long lastHandshakeNs()
    {
        return traffic.handshakeNs();
    }

    /**
     * When a frame last went out.
     *
     * @return ns, or {@link #NEVER}.
     */
    public long lastSentNs()
    {
        return traffic.sentNs();
    }

    /**
     * When an authentic frame last came.
     *
     * @return ns, or {@link #NEVER}.
     */
    public long lastReceivedNs()
    {
        return traffic.receivedNs();
    }

    /**
     * Inner packets sent.
     *
     * @return the count.
     */
    public long packetsSent()
    {
        return traffic.packetsSent();
    }

    /**
     * Bytes of the inner packets sent.
     *
     * @return the bytes.
     */
    public long bytesSent()
    {
        return traffic.bytesSent();
    }

    /**
     * Inner packets received.
     *
     * @return the count.
     */
    public long packetsReceived()
    {
        return traffic.packetsReceived();
    }

    /**
     * Bytes of the inner packets received.
     *
     * @return the bytes.
     */
    public long bytesReceived()
    {
        return traffic.bytesReceived();
    }

    /**
     * What was dropped on the way to the peer and from it.
     *
     * @return the counts, always the same.
     */
    public PeerDrops drops()
    {
        return drops;
    }

    /**
     * What the path to the peer is like.
     *
     * @return the meter, always the same.
     */
    public LinkMeter link()
    {
        return link;
    }

    /** True for a peer that is contacted at start and for ever. */
    boolean isContactedForEver()
    {
        return settings.initiate() || settings.persistentKeepaliveSeconds() > 0;
    }

    /** True if this node's own ID is the lower of the two. */
    boolean selfIsLower()
    {
        return selfIsLower;
    }

    /** What the last resolving found, or null. */
    Endpoint resolvedEndpoint()
    {
        return resolvedEndpoint;
    }

    PeerTraffic traffic()
    {
        return traffic;
    }

    PeerSessions sessions()
    {
        return sessions;
    }

    PeerEchoes echoes()
    {
        return echoes;
    }

    PeerAttempts attempts()
    {
        return attempts;
    }

    /** Fills the slots. Control thread. */
    void slots(final Session newCurrent, final Session newPrevious)
    {
        previous = newPrevious;
        current = newCurrent;
    }

    /**
     * Names the peer.
     *
     * @return its name.
     */
    @Override
    public String toString()
    {
        return name();
    }
}
