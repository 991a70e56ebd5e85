package io.shadowmesh.cli;

import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class PeerPlanTest
{
    private static final List<IpPrefix> TUNNEL =
        List.of(IpPrefix.parse("10.10.10.3/24"), IpPrefix.parse("fd00::3/64"));
    private static final List<IpPrefix> NETWORKS =
        List.of(IpPrefix.parse("10.10.10.0/24"), IpPrefix.parse("fd00::/64"));
    private static final PeerEntry OFFICE = new PeerEntry("office", Ids.B, new HostPort("192.0.2.2", 1),
        List.of(IpPrefix.parse("10.9.0.0/16")), 25, null);
    private static final PeerEntry CALLER =
        new PeerEntry("caller", Ids.C, null, List.of(), PeerEntry.KEEPALIVE_UNSET, null);

    private final PeerPlan plan = new PeerPlan(List.of());
    private final PeerPlan planWithFiles = new PeerPlan(List.of(OFFICE, CALLER));

    @Test
    void givesALonePeerTheTunnelsOwnPrefixes()
    {
        plan.allow(Ids.A.toString());
        final TunnelPeer peer = only(plan);
        assertEquals(NETWORKS, peer.allowedIps());
        assertFalse(peer.initiate());
        assertNull(peer.host());
        assertEquals(5, peer.persistentKeepaliveSeconds());
    }

    @Test
    void callsAConnectedPeer()
    {
        plan.connect(Ids.A + "@192.0.2.2");
        final TunnelPeer peer = only(plan);
        assertTrue(peer.initiate());
        assertEquals("192.0.2.2", peer.host());
        assertEquals(9443, peer.port());
    }

    @Test
    void findsTheAddressInTheFile()
    {
        planWithFiles.connect(Ids.B.toString());
        planWithFiles.allow(Ids.C + "=10.10.10.4");
        final List<TunnelPeer> peers = planWithFiles.peers(TUNNEL, 5);
        assertEquals(2, peers.size());
        assertEquals("office", peers.get(0).name());
        assertTrue(peers.get(0).initiate());
        assertEquals("192.0.2.2", peers.get(0).host());
        assertEquals(OFFICE.allowedIps(), peers.get(0).allowedIps());
        assertEquals(25, peers.get(0).persistentKeepaliveSeconds());
        assertEquals(5, peers.get(1).persistentKeepaliveSeconds());
        assertFalse(peers.get(1).initiate());
    }

    @Test
    void findsAPeerByItsName()
    {
        planWithFiles.connect("office");
        planWithFiles.allow("caller=10.10.10.4");
        assertEquals(List.of(Ids.B, Ids.C), planWithFiles.peers(TUNNEL, 0).stream().map(TunnelPeer::id).toList());
    }

    @Test
    void prefersTheCommandLineToTheFile()
    {
        planWithFiles.connect("office@192.0.2.99:7=10.8.0.0/16");
        planWithFiles.allow("caller=10.10.10.4");
        final TunnelPeer peer = planWithFiles.peers(TUNNEL, 0).getFirst();
        assertEquals("192.0.2.99", peer.host());
        assertEquals(7, peer.port());
        assertEquals(List.of(IpPrefix.parse("10.8.0.0/16")), peer.allowedIps());
    }

    @Test
    void takesPeersFromFilesAlone()
    {
        final TunnelPeer peer = only(new PeerPlan(List.of(OFFICE)));
        assertFalse(peer.initiate());
        assertEquals("192.0.2.2", peer.host());
    }

    @Test
    void joinsWhatIsSaidOfOnePeer()
    {
        plan.connect(Ids.A + "@192.0.2.2");
        plan.allow(Ids.A + "=10.0.0.1");
        plan.allow(Ids.A + "=10.0.0.1,10.0.0.2");
        final TunnelPeer peer = only(plan);
        assertTrue(peer.initiate());
        assertEquals(List.of(IpPrefix.parse("10.0.0.1/32"), IpPrefix.parse("10.0.0.2/32")), peer.allowedIps());
    }

    @Test
    void hasNoPeersWhereNobodyHasNamedAny()
    {
        assertEquals(List.of(), plan.peers(TUNNEL, 0));
    }

    @Test
    void refusesAConnectedPeerWithoutAnAddress()
    {
        refused("no address is known", () -> plan.connect(Ids.A.toString()));
        refused("add endpoint", () -> planWithFiles.connect("caller"));
    }

    @Test
    void refusesTwoAddressesOfOnePeer()
    {
        plan.connect(Ids.A + "@192.0.2.2");
        refused("has two addresses", () -> plan.connect(Ids.A + "@192.0.2.3"));
    }

    @Test
    void refusesSeveralPeersWithoutPrefixes()
    {
        plan.allow(Ids.A + "=10.10.10.4");
        plan.allow(Ids.B.toString());
        refused("each needs its CIDRs", () -> plan.peers(TUNNEL, 0));
        refused("caller.toml", () -> planWithFiles.peers(TUNNEL, 0));
    }

    @Test
    void refusesAPrefixOfTwoPeers()
    {
        plan.allow(Ids.A + "=10.10.10.4");
        plan.allow(Ids.B + "=10.10.10.4/32");
        refused("a prefix belongs to one peer", () -> plan.peers(TUNNEL, 0));
    }

    @Test
    void refusesALonePeerWithoutPrefixesWhereTheTunnelHasNone()
    {
        plan.allow(Ids.A.toString());
        refused("-tun-ip", () -> plan.peers(List.of(), 0));
    }

    @Test
    void refusesItself()
    {
        plan.allow(Ids.A.toString());
        refused("is this node itself", () -> PeerPlan.refuseSelf(plan.peers(TUNNEL, 0), Ids.A));
        PeerPlan.refuseSelf(plan.peers(TUNNEL, 0), Ids.B);
    }

    @Test
    void namesTheGroupsOfAMistypedPeerId()
    {
        final char[] text = Ids.A.toString().toCharArray();
        text[19] = text[19] == 'A' ? 'B' : 'A';
        refused("groups 3 and 4", () -> plan.allow(new String(text)));
    }

    @Test
    void saysWhatElseItMayHaveBeen()
    {
        refused("nor the name of a peer", () -> plan.connect("ofice"));
        refused("Peer ID of v11", () -> plan.connect("0123456789abcdef0123456789abcdef01234567"));
    }

    private static TunnelPeer only(final PeerPlan plan)
    {
        final List<TunnelPeer> peers = plan.peers(TUNNEL, 5);
        assertEquals(1, peers.size());
        return peers.getFirst();
    }

    private static void refused(final String part, final Executable action)
    {
        final CommandException e = assertThrows(CommandException.class, action);
        assertEquals(CommandException.USAGE, e.exitStatus());
        assertTrue(e.getMessage().contains(part), e.getMessage());
        assertFalse(e.getMessage().contains("\n"), e.getMessage());
    }
}
