package io.shadowmesh.cli.doctor;

import io.shadowmesh.dataplane.HandshakeProbe;
import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.PathMtuProbe;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.ffi.SystemCalls;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One peer: its name, the way to it, and whether it answers a handshake. */
public final class PeerCheck implements Check
{
    private static final int UDP_IPV4 = 28;
    private static final int UDP_IPV6 = 48;

    private final Identity identity;
    private final TunnelPeer peer;
    private final InetSocketAddress local;
    private final int mtu;
    private final Duration patience;
    private final String check;

    /**
     * Looks at a peer.
     *
     * @param identity of this node, or null to leave out the handshake.
     * @param peer     to look at.
     * @param local    where the node's socket would be bound.
     * @param mtu      of the node's device.
     * @param patience for how long to wait for an answer.
     */
    public PeerCheck(final Identity identity, final TunnelPeer peer, final InetSocketAddress local, final int mtu,
        final Duration patience)
    {
        this.identity = identity;
        this.peer = peer;
        this.local = local;
        this.mtu = mtu;
        this.patience = patience;
        this.check = "peer " + peer.name();
    }

    @Override
    public List<Finding> run()
    {
        if (peer.host() == null)
        {
            return List.of(Finding.ok(check, "has no endpoint here: it must call"));
        }
        final InetAddress address;
        try
        {
            address = InetAddress.getByName(peer.host());
        }
        catch (final UnknownHostException e)
        {
            return List.of(Finding.problem(check, "the name " + peer.host() + " cannot be resolved",
                "check its spelling and this machine's name server (/etc/resolv.conf)"));
        }
        final InetSocketAddress at = new InetSocketAddress(address, peer.port());
        final List<Finding> findings = new ArrayList<>();
        pathMtu(at, findings);
        if (identity != null)
        {
            findings.add(handshake(at));
        }
        return findings;
    }

    private void pathMtu(final InetSocketAddress at, final List<Finding> findings)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final Endpoint endpoint = Endpoint.of(at);
            final int path = new PathMtuProbe(arena, local).pathMtu(new SystemCalls(arena), endpoint);
            final int fits = path - SealedFrame.OVERHEAD - (endpoint.isIpv6() ? UDP_IPV6 : UDP_IPV4);
            if (path > 0)
            {
                findings.add(fits >= mtu ? Finding.ok(check, "the route takes packets of " + path + " bytes") :
                    Finding.warning(check, "the route takes packets of " + path + " bytes, so inner ones of " + fits +
                    ", and the device sends up to " + mtu, "start with -mtu " + Math.max(576, fits)));
            }
        }
    }

    private Finding handshake(final InetSocketAddress at)
    {
        final String where = Endpoint.of(at).toString();
        try
        {
            final InetAddress from = local.getAddress().isAnyLocalAddress() ? null : local.getAddress();
            final HandshakeProbe.Result result = HandshakeProbe.reach(identity, peer, at, from, patience);
            return switch (result.outcome())
            {
                case REACHED -> Finding.ok(check, "answers a handshake at " + where + " in " +
                    result.elapsed().toMillis() + " ms");
                case NO_ROUTE -> Finding.problem(check, "no datagram gets to " + where + " (" + result.detail() + ")",
                    "look at ip route get " + at.getAddress().getHostAddress() + ", and at this machine's firewall");
                case REFUSED -> Finding.problem(check, where + " refuses: nothing is bound to that UDP port there",
                    "start the node there, or correct the endpoint's port");
                case SILENT -> Finding.problem(check, "silence from " + where + " for " + patience.toSeconds() + " s",
                    "a firewall on the way, a wrong address, or a node there with another Peer ID than " + peer.id() +
                    " (shadowmesh id, over there), which does not answer");
                case WRONG_IDENTITY -> Finding.problem(check, "who answers at " + where + " is not " + peer.id(),
                    "it knows that Peer ID and lacks its key, as no honest node does: see who has that address");
                case NOT_ACCEPTED -> Finding.problem(check, "answers at " + where + " and does not accept this node",
                    "over there, allow " + identity.peerId() + "; and see that both have the same preshared key, or none; " +
                    "after four looks in 15 s try again 15 s later");
            };
        }
        catch (final IOException e)
        {
            return Finding.problem(check, "no socket to call it from (" + e.getMessage() + ")",
                "see that " + local.getAddress().getHostAddress() + " is an address of this machine");
        }
    }
}
