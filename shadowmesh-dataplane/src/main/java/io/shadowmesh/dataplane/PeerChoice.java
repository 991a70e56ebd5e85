package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.session.Peer;

import java.util.List;
import java.util.Locale;

/**
 * Which of a tunnel's peers somebody means: by its name, its Peer ID or the beginning of it, or an inner address of its.
 */
final class PeerChoice
{
    private static final int SHORTEST_BEGINNING = 4;

    private PeerChoice()
    {
    }

    /**
     * The peer that a text names.
     *
     * @param peers to choose among.
     * @param text  of somebody; null where he says nothing, which will do when there is only one peer.
     * @return the peer.
     * @throws IllegalArgumentException when it names none or several; the message says what to write.
     */
    static Peer of(final List<Peer> peers, final String text)
    {
        if (null == text)
        {
            if (1 == peers.size())
            {
                return peers.getFirst();
            }
            throw new IllegalArgumentException("say which peer: " + names(peers));
        }
        final List<Peer> named = peers.stream().filter(peer -> peer.name().equals(text)).toList();
        final List<Peer> found = !named.isEmpty() ? named : isAddress(text) ? owners(peers, text) : beginning(peers, text);
        if (found.isEmpty())
        {
            throw new IllegalArgumentException("'" + text + "' is no peer of this node: " + names(peers));
        }
        if (found.size() > 1)
        {
            throw new IllegalArgumentException("'" + text + "' may be any of " + names(found) + ": write more of it");
        }
        return found.getFirst();
    }

    private static List<Peer> beginning(final List<Peer> peers, final String text)
    {
        final String wanted = bare(text);
        return wanted.length() < SHORTEST_BEGINNING ? List.of() :
            peers.stream().filter(peer -> bare(peer.id().toString()).startsWith(wanted)).toList();
    }

    private static String bare(final String id)
    {
        return id.replace("-", "").toUpperCase(Locale.ROOT);
    }

    private static boolean isAddress(final String text)
    {
        return text.indexOf('.') >= 0 || text.indexOf(':') >= 0;
    }

    /** The peer of the longest prefix that holds an address. */
    private static List<Peer> owners(final List<Peer> peers, final String text)
    {
        final IpPrefix address;
        try
        {
            address = IpPrefix.parse(text);
        }
        catch (final IllegalArgumentException e)
        {
            return List.of();
        }
        Peer owner = null;
        int longest = -1;
        for (final Peer peer : peers)
        {
            for (final IpPrefix prefix : peer.allowedIps())
            {
                if (prefix.length() > longest && prefix.isIpv6() == address.isIpv6() && prefix.contains(address.address()))
                {
                    longest = prefix.length();
                    owner = peer;
                }
            }
        }
        return null == owner ? List.of() : List.of(owner);
    }

    private static String names(final List<Peer> peers)
    {
        return String.join(", ", peers.stream().limit(20).map(Peer::name).toList());
    }
}
