package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.session.InnerPacket;
import io.shadowmesh.dataplane.session.Peer;
import org.agrona.DirectBuffer;

/**
 * Knows this tunnel's own datagrams when they come back out of the device: where the route to a peer's endpoint leads
 * into the tunnel, and the endpoint is among the peer's allowed IPs. Sealed once more, and longer each time, they would
 * go round for ever.
 *
 * <p>A datagram is known by its UDP ports and its destination, so what else goes to the peer's machine passes. A fragment
 * other than the first has no ports and passes too: its next round is a datagram of its own.
 *
 * <p><b>Threading:</b> the send agent; {@link #take} is the control agent's.
 */
final class RoutingLoop
{
    private final int localPort;
    private volatile Peer seen;

    /** Datagrams leave from this UDP port. */
    RoutingLoop(final int localPort)
    {
        this.localPort = localPort;
    }

    /** Tells whether a packet for a peer, which {@link InnerPacket#validate} has accepted, is a datagram to that peer. */
    boolean isOwn(final DirectBuffer packet, final int length, final int version, final Peer peer)
    {
        final int ports = InnerPacket.udpOffset(packet, 0, length, version);
        if (ports < 0 || InnerPacket.unsignedShort(packet, ports) != localPort)
        {
            return false;
        }

        final Endpoint endpoint = peer.endpoint();
        final boolean own = null != endpoint &&
            InnerPacket.unsignedShort(packet, ports + Short.BYTES) == endpoint.port() &&
            goesTo(packet, version, endpoint);
        if (own)
        {
            seen = peer;
        }

        return own;
    }

    /** The control agent: the peer whose datagrams came back since the last call, or null. */
    Peer take()
    {
        final Peer peer = seen;
        seen = null;
        return peer;
    }

    private static boolean goesTo(final DirectBuffer packet, final int version, final Endpoint endpoint)
    {
        if (InnerPacket.IPV4 == version)
        {
            return !endpoint.isIpv6() && InnerPacket.ipv4Destination(packet, 0) == endpoint.ipv4();
        }

        return endpoint.isIpv6() && InnerPacket.ipv6DestinationHigh(packet, 0) == endpoint.high() &&
            InnerPacket.ipv6DestinationLow(packet, 0) == endpoint.low();
    }
}
