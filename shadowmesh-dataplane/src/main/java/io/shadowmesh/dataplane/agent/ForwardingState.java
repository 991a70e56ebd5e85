package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.SessionTable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What the cold agents publish and the hot agents read: immutable snapshots, swapped whole. A hot agent reads each
 * once per duty cycle.
 *
 * <p>A peer has a place, and so a number, for as long as an agent may hold it; places without a peer are null.
 */
final class ForwardingState
{
    private static final VarHandle PEER = MethodHandles.arrayElementVarHandle(Peer[].class);

    private final Peer[] peers;
    private volatile int placesInUse;
    private volatile AllowedIps allowedIps;
    private volatile SessionTable sessions;

    ForwardingState(final Peer[] peers, final AllowedIps allowedIps, final SessionTable sessions)
    {
        this.peers = peers;
        this.placesInUse = upToLast(peers.length);
        this.allowedIps = allowedIps;
        this.sessions = sessions;
    }

    /** The peer of a number, or null. */
    Peer peer(final int number)
    {
        return (Peer)PEER.getAcquire(peers, number);
    }

    /** How many places there are for peers: a number is less than this. */
    int capacity()
    {
        return peers.length;
    }

    /** How many places, from the first on, hold all peers that there are. */
    int peerCount()
    {
        return placesInUse;
    }

    AllowedIps allowedIps()
    {
        return allowedIps;
    }

    SessionTable sessions()
    {
        return sessions;
    }

    /** The {@link SessionRegistry} alone. */
    void publish(final SessionTable newSessions)
    {
        sessions = newSessions;
    }

    /** The control thread alone. */
    void publish(final AllowedIps newAllowedIps)
    {
        allowedIps = newAllowedIps;
    }

    /** The control thread alone: gives a place to a peer, or takes it back. */
    void place(final int number, final Peer peer)
    {
        PEER.setRelease(peers, number, peer);
        placesInUse = upToLast(Math.max(placesInUse, number + 1));
    }

    private int upToLast(final int end)
    {
        int places = end;
        while (places > 0 && null == peer(places - 1))
        {
            places--;
        }
        return places;
    }
}
