package io.shadowmesh.dataplane.session;

/**
 * When a peer is sent an echo request: as soon as there is a session, then every second in which there was traffic, and
 * every 10 s without. While round trips have changed all of a sudden, or the rate is looked for, more often.
 *
 * <p>An echo is no data: it renews no key and asks for no session, so that echoes end when the key of an idle peer does.
 * The times are from one echo of this node to its next: what else is sent, replies to the peer's echoes among it, puts none
 * off, so that both ends measure, whichever asks first.
 *
 * <p><b>Threading:</b> the control thread.
 */
final class PeerEchoes
{
    private final Peer peer;
    private long packetsAtEcho;

    PeerEchoes(final Peer peer)
    {
        this.peer = peer;
    }

    void tick(final long nowNs, final PeerActions actions)
    {
        final Session current = peer.current();
        if (null != current && current.isUsable(nowNs) && null != peer.endpoint() && isDue(nowNs))
        {
            packetsAtEcho = packets();
            peer.link().onEcho(nowNs);
            actions.echo(current);
        }
    }

    private boolean isDue(final long nowNs)
    {
        final long lastNs = peer.link().lastEchoNs();
        if (PeerTraffic.NEVER == lastNs)
        {
            return true;
        }
        if (peer.link().isUnsettled())
        {
            return nowNs - lastNs >= Lifetimes.ECHO_UNSETTLED_NS;
        }
        if (packets() != packetsAtEcho)
        {
            return nowNs - lastNs >=
                (peer.link().isHurried() ? Lifetimes.ECHO_UNSETTLED_NS : Lifetimes.ECHO_TRAFFIC_NS);
        }
        return nowNs - lastNs >= Lifetimes.ECHO_IDLE_NS;
    }

    private long packets()
    {
        return peer.packetsSent() + peer.packetsReceived();
    }
}
