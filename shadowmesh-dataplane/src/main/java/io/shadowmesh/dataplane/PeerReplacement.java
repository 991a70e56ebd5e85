package io.shadowmesh.dataplane;

import java.util.List;

/**
 * What {@link Tunnel#replacePeers} has changed, by the peers' names. A peer with another preshared key than before is
 * among both the added and the removed.
 *
 * @param added   peers that are new.
 * @param changed peers of whom something else is said than before; their sessions go on.
 * @param removed peers that have gone.
 */
public record PeerReplacement(List<String> added, List<String> changed, List<String> removed)
{
    /**
     * Copies.
     */
    public PeerReplacement
    {
        added = List.copyOf(added);
        changed = List.copyOf(changed);
        removed = List.copyOf(removed);
    }

    /**
     * Tells whether all is as before.
     *
     * @return true if no peer was added, changed or removed.
     */
    public boolean isEmpty()
    {
        return added.isEmpty() && changed.isEmpty() && removed.isEmpty();
    }
}
