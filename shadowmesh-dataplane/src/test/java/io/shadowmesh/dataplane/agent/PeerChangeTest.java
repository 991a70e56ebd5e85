package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerSettings;
import io.shadowmesh.dataplane.session.SessionTable;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class PeerChangeTest
{
    private static final int PLACES = 3;
    private static final PeerId SELF = id(9);

    private final Peer alice = new Peer(said(1, "alice", "10.0.1.0/24", null), SELF, 0);
    private final Peer bob = new Peer(said(2, "bob", "10.0.2.0/24", null), SELF, 1);
    private final ForwardingState state = new ForwardingState(
        Arrays.copyOf(new Peer[] {alice, bob}, PLACES), AllowedIps.of(List.of(alice, bob)), SessionTable.EMPTY);

    @Test
    void findsNothingWhereNothingIsNew()
    {
        assertTrue(change(said(2, "bob", "10.0.2.0/24", null), said(1, "alice", "10.0.1.0/24", null)).isEmpty());
    }

    @Test
    void keepsAPeerOfWhomSomethingElseIsSaid()
    {
        final PeerSettings moved = new PeerSettings(id(1), "anna", "192.0.2.1", 7, prefixes("10.0.9.0/24"), true, 5, null);
        final PeerChange change = change(moved, said(2, "bob", "10.0.2.0/24", null));
        assertEquals(Map.of(alice, moved), change.changed());
        assertEquals(List.of(), change.added());
        assertEquals(List.of(), change.removed());
        assertSame(alice, change.allowedIps().lookupIpv4(0x0A000901));
        assertNull(change.allowedIps().lookupIpv4(0x0A000101));
        assertSame(bob, change.allowedIps().lookupIpv4(0x0A000201));
        assertEquals("alice", alice.name(), "nothing is changed yet");
    }

    @Test
    void givesANewPeerAFreePlaceAndTakesNoneFromOneThatLeaves()
    {
        final PeerChange change = change(said(1, "alice", "10.0.1.0/24", null), said(3, "carol", "10.0.2.0/24", null));
        assertEquals(List.of(bob), change.removed());
        assertEquals(2, change.added().getFirst().number());
        assertSame(change.added().getFirst(), change.allowedIps().lookupIpv4(0x0A000201));
    }

    @Test
    void takesAPeerWithAnotherPresharedKeyForAnother()
    {
        final PeerChange change =
            change(said(1, "alice", "10.0.1.0/24", new byte[32]), said(2, "bob", "10.0.2.0/24", null));
        assertEquals(List.of(alice), change.removed());
        assertEquals(alice.id(), change.added().getFirst().id());
        assertEquals(Map.of(), change.changed());
    }

    @Test
    void takesAPeerThatLeavesAndComesBackForAnother()
    {
        final PeerChange change = PeerChange.of(
            state, Set.of(alice), SELF, List.of(said(1, "alice", "10.0.1.0/24", null), said(2, "bob", "10.0.2.0/24", null)));
        assertEquals(List.of(), change.removed());
        assertEquals(2, change.added().getFirst().number());
    }

    @Test
    void refusesWhatCannotBeHadTogether()
    {
        refuses("same Peer ID", said(1, "alice", "10.0.1.0/24", null), said(1, "anna", "10.0.3.0/24", null));
        refuses("given to two peers", said(1, "alice", "10.0.1.0/24", null), said(2, "bob", "10.0.1.0/24", null));
        refuses("own Peer ID", said(9, "self", "10.0.1.0/24", null));
        refuses("no more than 3 peers", said(1, "alice", "10.0.1.0/24", null), said(2, "bob", "10.0.2.0/24", null),
            said(3, "carol", "10.0.3.0/24", null), said(4, "dave", "10.0.4.0/24", null));
    }

    private void refuses(final String why, final PeerSettings... wanted)
    {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> change(wanted));
        assertTrue(e.getMessage().contains(why), e.getMessage());
    }

    private PeerChange change(final PeerSettings... wanted)
    {
        return PeerChange.of(state, Set.of(), SELF, List.of(wanted));
    }

    private static PeerSettings said(final int number, final String name, final String prefix, final byte[] key)
    {
        return new PeerSettings(id(number), name, null, 0, prefixes(prefix), false, 0, key);
    }

    private static List<IpPrefix> prefixes(final String prefix)
    {
        return List.of(IpPrefix.parse(prefix));
    }

    private static PeerId id(final int number)
    {
        final byte[] hash = new byte[PeerId.LENGTH];
        hash[0] = (byte)number;
        return PeerId.ofHash(hash);
    }
}
