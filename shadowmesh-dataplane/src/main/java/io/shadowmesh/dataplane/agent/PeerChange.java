package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerSettings;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The difference between the peers that a node has and those that it is to have.
 *
 * <p>A peer whose ID and preshared key stay is the same one, whatever else is said of it: its sessions go on. With another
 * preshared key it is another, which takes a place of its own while the old one leaves.
 *
 * @param added      with their places.
 * @param changed    what is said anew of peers that stay.
 * @param removed    that are to leave.
 * @param allowedIps of all peers together.
 */
public record PeerChange(List<Peer> added, Map<Peer, PeerSettings> changed, List<Peer> removed, AllowedIps allowedIps)
{
    /**
     * Computes the difference; nothing is changed yet. No other change may be under way.
     *
     * @throws IllegalArgumentException if the wanted peers cannot be had together; the message says why.
     */
    static PeerChange of(final ForwardingState state, final Set<Peer> leaving, final PeerId self,
        final List<PeerSettings> wanted)
    {
        refuseTwins(wanted);
        final Map<PeerId, Peer> present = new HashMap<>();
        final List<Integer> free = new ArrayList<>();
        for (int number = 0; number < state.peerCount(); number++)
        {
            final Peer peer = state.peer(number);
            if (null == peer)
            {
                free.add(number);
            }
            else if (!leaving.contains(peer))
            {
                present.put(peer.id(), peer);
            }
        }

        final List<Peer> added = new ArrayList<>();
        final Map<Peer, PeerSettings> changed = new LinkedHashMap<>();
        final Set<Peer> removed = new LinkedHashSet<>(present.values());
        final Map<Peer, PeerSettings> all = new LinkedHashMap<>();
        for (final PeerSettings settings : wanted)
        {
            final Peer known = present.get(settings.id());
            if (null != known && hasSameKey(known.settings(), settings))
            {
                removed.remove(known);
                all.put(known, settings);
                if (!isSame(known.settings(), settings))
                {
                    changed.put(known, settings);
                }
                continue;
            }
            if (added.size() == free.size())
            {
                throw new IllegalArgumentException("no more than " + state.peerCount() +
                    " peers at a time have room; restart the node to have more");
            }
            final Peer peer = new Peer(settings, self, free.get(added.size()));
            added.add(peer);
            all.put(peer, settings);
        }
        return new PeerChange(added, changed, List.copyOf(removed), allowedIps(all));
    }

    boolean isEmpty()
    {
        return added.isEmpty() && changed.isEmpty() && removed.isEmpty();
    }

    private static AllowedIps allowedIps(final Map<Peer, PeerSettings> peers)
    {
        final Map<Peer, List<IpPrefix>> prefixes = new LinkedHashMap<>();
        peers.forEach((peer, settings) -> prefixes.put(peer, settings.allowedIps()));
        return AllowedIps.ofPrefixes(prefixes);
    }

    private static void refuseTwins(final List<PeerSettings> wanted)
    {
        final Map<PeerId, PeerSettings> seen = new HashMap<>();
        for (final PeerSettings settings : wanted)
        {
            final PeerSettings other = seen.put(settings.id(), settings);
            if (null != other)
            {
                throw new IllegalArgumentException(
                    other + " and " + settings + " have the same Peer ID; keep one of them");
            }
        }
    }

    private static boolean hasSameKey(final PeerSettings one, final PeerSettings other)
    {
        return Arrays.equals(one.presharedKey(), other.presharedKey());
    }

    private static boolean isSame(final PeerSettings one, final PeerSettings other)
    {
        return one.name().equals(other.name()) && one.hasSameHost(other) &&
            one.allowedIps().equals(other.allowedIps()) && one.initiate() == other.initiate() &&
            one.persistentKeepaliveSeconds() == other.persistentKeepaliveSeconds();
    }
}
