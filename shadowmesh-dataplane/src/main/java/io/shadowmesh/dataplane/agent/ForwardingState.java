package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.SessionTable;

/**
 * What the cold agents publish and the hot agents read: immutable snapshots, swapped whole. A hot agent reads each
 * once per duty cycle.
 */
final class ForwardingState
{
    private final Peer[] peers;
    private volatile AllowedIps allowedIps;
    private volatile SessionTable sessions;

    ForwardingState(final Peer[] peers, final AllowedIps allowedIps, final SessionTable sessions)
    {
        this.peers = peers;
        this.allowedIps = allowedIps;
        this.sessions = sessions;
    }

    Peer peer(final int number)
    {
        return peers[number];
    }

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
}
