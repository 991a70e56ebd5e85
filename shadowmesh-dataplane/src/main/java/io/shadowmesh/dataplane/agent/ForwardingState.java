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
    private volatile AllowedIps allowedIps;
    private volatile SessionTable sessions;

    ForwardingState(final Peer[] peers, final AllowedIps allowedIps, final SessionTable sessions)
    {
        this.peers = peers;
        this.allowedIps = allowedIps;
        this.sessions = sessions;
    }

    /** The peer of a number, or null. */
    Peer peer(final int number)
    {
        return (Peer)PEER.getAcquire(peers, number);
    }

    /** How many places there are for peers. */
    int peerCount()
    {
        return peers.length;
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
    }
}
