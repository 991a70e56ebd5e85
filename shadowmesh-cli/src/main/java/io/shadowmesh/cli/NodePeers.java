package io.shadowmesh.cli;

import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.PeerId;

import java.nio.file.Path;
import java.util.List;

/**
 * The peers of one node, as its options and its key folder have them now. Each call reads the files anew.
 */
final class NodePeers
{
    private final PeerFolder folder;
    private final UpOptions options;
    private final List<IpPrefix> tunnelPrefixes;

    NodePeers(final Path keydir, final UpOptions options, final List<IpPrefix> tunnelPrefixes)
    {
        this.folder = new PeerFolder(keydir);
        this.options = options;
        this.tunnelPrefixes = tunnelPrefixes;
    }

    /** The peers to start with: one at least. */
    List<TunnelPeer> load()
    {
        final List<TunnelPeer> peers = loadAny();
        if (peers.isEmpty())
        {
            throw PeerPlan.nobody();
        }
        return peers;
    }

    /** The peers, which may have become none. */
    List<TunnelPeer> loadAny()
    {
        return plan().peers(tunnelPrefixes, options.keepaliveSeconds());
    }

    /** The same without this node itself. */
    List<TunnelPeer> loadAny(final PeerId self)
    {
        final List<TunnelPeer> peers = loadAny();
        PeerPlan.refuseSelf(peers, self);
        return peers;
    }

    /** Where the peers' files are. */
    PeerFolder folder()
    {
        return folder;
    }

    private PeerPlan plan()
    {
        final PeerPlan plan = new PeerPlan(folder.load());
        options.connect().forEach(plan::connect);
        options.allow().forEach(plan::allow);
        return plan;
    }
}
