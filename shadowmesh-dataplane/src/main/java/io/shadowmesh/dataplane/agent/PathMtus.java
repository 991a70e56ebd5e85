package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.PacketTooBig;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.Session;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How long an inner packet may be that goes to a peer unfragmented, and what becomes of a longer one.
 *
 * <p>Nothing is known of a path until the kernel refuses a datagram (EMSGSIZE); then it is asked for the path's MTU. As
 * long as that is short, it is asked again when the answer matters, at most once a second: the kernel forgets what ICMP
 * told it after ten minutes, and follows a route at once. A peer that moves takes a new path.
 *
 * <pre>
 *   inner packet                     becomes
 *   as long as fits, or shorter      a frame with DF
 *   up to 1280 bytes                 a frame without DF, cut on its way
 *   longer, IPv6 or IPv4 with DF     dropped, its sender told by ICMP
 *   longer, any other                a frame without DF, cut on its way
 * </pre>
 *
 * <p>Where the device's MTU is longer than a standard frame takes, the operator wants packets cut, and all go.
 *
 * <p>A sender is told what fits, and not less than 1280: its host would let none of 1280 bytes pass any more. New TCP
 * connections are kept to what fits uncut, however little that is. IPv4 packets without DF are not cut themselves but
 * their frames are: the far kernel puts these together, the tag vouches that it did so rightly, and the packet arrives
 * as it was sent.
 *
 * <p><b>Threading:</b> the send agent; {@link #innerMtu} any.
 *
 * <p>Source: RFC 1191; RFC 8201; RFC 2003, section 5; RFC 4459.
 */
final class PathMtus
{
    /** The packet goes with DF, as all do. */
    static final int FITS = 0;

    /** The packet goes, but its frame without DF. */
    static final int WITHOUT_DF = 1;

    /** The packet does not go, and its sender is to be told. */
    static final int TOO_BIG = 2;

    /** Inner packets of this many bytes pass whatever the path: the least MTU of IPv6. */
    static final int ALWAYS_PASSES = 1280;

    /** What every IPv4 host takes (RFC 791): TCP is not kept to less. */
    private static final int LEAST = 576;

    private static final int UNLIMITED = SealedFrame.STANDARD_PLAINTEXT_LENGTH;
    private static final int OVERHEAD_IPV4 = 20 + 8 + SealedFrame.OVERHEAD;
    private static final int OVERHEAD_IPV6 = 40 + 8 + SealedFrame.OVERHEAD;
    private static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long ASK_ANEW_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final PathMtuSource source;
    private final ForwardingState state;
    private final int deviceMtu;
    private final boolean tells;
    private final AtomicIntegerArray fitting;
    private final Endpoint[] limitedEndpoints;
    private final long[] askedNs;
    private long nowNs;

    PathMtus(final PathMtuSource source, final ForwardingState state, final int deviceMtu)
    {
        this.source = source;
        this.state = state;
        this.deviceMtu = deviceMtu;
        this.tells = deviceMtu <= UNLIMITED;
        final int peers = state.peerCount();
        this.fitting = new AtomicIntegerArray(peers);
        this.limitedEndpoints = new Endpoint[peers];
        this.askedNs = new long[peers];
        for (int peer = 0; peer < peers; peer++)
        {
            fitting.setPlain(peer, UNLIMITED);
        }
        Arrays.fill(askedNs, -ASK_AGAIN_NS);
    }

    /** The duty cycle's time. */
    void begin(final long cyclesNowNs)
    {
        nowNs = cyclesNowNs;
    }

    /** The longest inner packet that certainly goes to a peer with DF; of a longer one, {@link #rule} decides. */
    int fitting(final int peer)
    {
        return fitting.getPlain(peer);
    }

    /** What becomes of an inner packet longer than {@link #fitting}, or of the segments of one. */
    int rule(final int peer, final Endpoint endpoint, final long packet, final int packetLength, final int segmentLength)
    {
        refresh(peer, endpoint);
        if (null == limitedEndpoints[peer] || segmentLength <= fitting.getPlain(peer))
        {
            return FITS;
        }
        return tells && segmentLength > ALWAYS_PASSES && PacketTooBig.isOwed(packet, packetLength) ? TOO_BIG : WITHOUT_DF;
    }

    /** What the sender of a packet that is too big is to be told. */
    int toldMtu(final int peer)
    {
        return Math.max(fitting.getPlain(peer), ALWAYS_PASSES);
    }

    /** The longest packet that passes unfragmented between this host and the other end of a session. */
    int innerMtu(final Session session)
    {
        final int agreed = null == session ? deviceMtu : Math.min(deviceMtu, session.innerMtu());
        final int path = tells && null != session ? fitting.getOpaque(session.peer().number()) : deviceMtu;
        return Math.max(LEAST, Math.min(agreed, path));
    }

    /** Looks again at a path that was short, if it has not done so for a while, or if it is another path by now. */
    void refresh(final int peer, final Endpoint endpoint)
    {
        final Endpoint limited = limitedEndpoints[peer];
        if (null != limited && (nowNs - askedNs[peer] >= ASK_AGAIN_NS || limited != endpoint && !limited.equals(endpoint)))
        {
            ask(peer, endpoint);
        }
    }

    /** The kernel has refused a datagram to an endpoint for its length. */
    void onTooLong(final Endpoint endpoint)
    {
        for (int peer = 0; peer < limitedEndpoints.length; peer++)
        {
            final Peer owner = state.peer(peer);
            if (null != owner && endpoint.equals(owner.endpoint()) && nowNs - askedNs[peer] >= ASK_ANEW_NS)
            {
                ask(peer, endpoint);
            }
        }
    }

    private void ask(final int peer, final Endpoint endpoint)
    {
        askedNs[peer] = nowNs;
        final int pathMtu = null == endpoint ? 0 : source.pathMtu(endpoint);
        if (pathMtu > 0)
        {
            final int fits = pathMtu - (endpoint.isIpv6() ? OVERHEAD_IPV6 : OVERHEAD_IPV4);
            limitedEndpoints[peer] = fits < UNLIMITED ? endpoint : null;
            fitting.setOpaque(peer, Math.max(0, Math.min(fits, UNLIMITED)));
        }
    }
}
