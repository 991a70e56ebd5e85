package io.shadowmesh.cli;

import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.identity.PresharedKeyFile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Joins what {@code -connect}, {@code -allow} and the peer files say into the peers of one tunnel.
 *
 * <p>The command line goes before a file: its endpoint and its CIDRs replace the file's. Whatever cannot be joined is a
 * {@link CommandException} that says what to write.
 */
final class PeerPlan
{
    private static final int V11_ID_LENGTH = 40;
    private static final int SHORTEST_ID = 40;

    private final List<PeerEntry> entries;
    private final Map<PeerId, Draft> drafts = new LinkedHashMap<>();

    PeerPlan(final List<PeerEntry> entries)
    {
        this.entries = entries;
    }

    /** A peer given by {@code -connect}. */
    void connect(final String text)
    {
        final Draft draft = add("-connect", text);
        draft.initiate = true;
        if (draft.endpoint == null && (draft.entry == null || draft.entry.endpoint() == null))
        {
            throw CommandException.usage("-connect " + text + ": no address is known for this peer; write " + text +
                "@HOST[:PORT]" + (draft.entry == null ? ", or save it: shadowmesh peer add NAME --id " + draft.id +
                " --endpoint HOST:PORT" : ", or add endpoint = \"HOST:PORT\" to its file"));
        }
    }

    /** A peer given by {@code -allow}. */
    void allow(final String text)
    {
        add("-allow", text);
    }

    /**
     * The peers of the tunnel; none where nobody has named any.
     *
     * @param tunnelPrefixes   the tunnel's own addresses; a lone peer without CIDRs gets their networks.
     * @param keepaliveSeconds for peers whose file does not say.
     */
    List<TunnelPeer> peers(final List<IpPrefix> tunnelPrefixes, final int keepaliveSeconds)
    {
        for (final PeerEntry entry : entries)
        {
            drafts.computeIfAbsent(entry.id(), id -> new Draft(id, entry));
        }
        final List<TunnelPeer> peers = new ArrayList<>();
        final Map<IpPrefix, Draft> owners = new HashMap<>();
        for (final Draft draft : drafts.values())
        {
            final List<IpPrefix> said = draft.allowedIps();
            final List<IpPrefix> allowedIps = said.isEmpty() ? lonePeer(draft, tunnelPrefixes) : said;
            for (final IpPrefix prefix : allowedIps)
            {
                final Draft other = owners.putIfAbsent(prefix, draft);
                if (other != null && other != draft)
                {
                    throw CommandException.usage(prefix + " is given to both " + other.name() + " and " +
                        draft.name() + ": a prefix belongs to one peer");
                }
            }
            peers.add(draft.toPeer(allowedIps, keepaliveSeconds));
        }
        return peers;
    }

    /** A node without peers. */
    static CommandException nobody()
    {
        return CommandException.usage("there is nobody to talk to: add -connect PEER-ID@HOST or -allow PEER-ID, " +
            "or save a peer: shadowmesh peer add NAME --id PEER-ID");
    }

    /** Refuses a node that is its own peer. */
    static void refuseSelf(final List<TunnelPeer> peers, final PeerId self)
    {
        for (final TunnelPeer peer : peers)
        {
            if (peer.id().equals(self))
            {
                throw CommandException.usage("peer " + peer.name() + " is this node itself: give the other node's " +
                    "Peer ID (shadowmesh id, over there)");
            }
        }
    }

    /** The key that a peer's file names, or null. */
    static byte[] presharedKey(final PeerEntry entry)
    {
        try
        {
            return entry.presharedKeyFile() == null ? null : PresharedKeyFile.load(entry.presharedKeyFile());
        }
        catch (final IOException e)
        {
            throw CommandException.failure("peer " + entry.name() + ": " + Diagnosis.oneLine(e), e);
        }
    }

    private List<IpPrefix> lonePeer(final Draft draft, final List<IpPrefix> tunnelPrefixes)
    {
        if (drafts.size() > 1)
        {
            throw CommandException.usage("with several peers each needs its CIDRs, and " + draft.name() +
                " has none: " + (draft.entry == null ? "write " + draft.id + "=10.10.10.4/32" :
                "add allowed_ips = [\"10.10.10.4/32\"] to " + draft.entry.name() + ".toml"));
        }
        if (tunnelPrefixes.isEmpty())
        {
            throw CommandException.usage("without -tun-ip the peer needs its CIDRs: write " + draft.id +
                "=10.10.10.4/32, or give the tunnel an address: -tun-ip 10.10.10.3");
        }
        final List<IpPrefix> networks = new ArrayList<>();
        for (final IpPrefix prefix : tunnelPrefixes)
        {
            if (!networks.contains(prefix.network()))
            {
                networks.add(prefix.network());
            }
        }
        return networks;
    }

    private Draft add(final String option, final String text)
    {
        final PeerSpec spec;
        try
        {
            spec = PeerSpec.parse(text);
        }
        catch (final IllegalArgumentException e)
        {
            throw CommandException.usage(option + ": " + e.getMessage());
        }
        final PeerEntry named = named(spec.who());
        final PeerId id = named == null ? id(option, spec.who()) : named.id();
        final PeerEntry entry = named == null ? known(id) : named;
        final Draft draft = drafts.computeIfAbsent(id, key -> new Draft(key, entry));
        if (spec.endpoint() != null)
        {
            if (draft.endpoint != null && !draft.endpoint.equals(spec.endpoint()))
            {
                throw CommandException.usage(option + ": " + draft.name() + " has two addresses, " + draft.endpoint +
                    " and " + spec.endpoint() + ": give one");
            }
            draft.endpoint = spec.endpoint();
        }
        draft.given.addAll(spec.allowedIps());
        return draft;
    }

    private PeerEntry named(final String name)
    {
        return entries.stream().filter(entry -> entry.name().equals(name)).findFirst().orElse(null);
    }

    private PeerEntry known(final PeerId id)
    {
        return entries.stream().filter(entry -> entry.id().equals(id)).findFirst().orElse(null);
    }

    /** Reads a Peer ID, and says what else the text may have been meant to be. */
    static PeerId id(final String option, final String text)
    {
        try
        {
            return PeerId.parse(text);
        }
        catch (final IllegalArgumentException e)
        {
            if (text.length() == V11_ID_LENGTH && text.matches("[0-9a-fA-F]+"))
            {
                throw CommandException.usage(option + ": " + text + " is a Peer ID of v11; ask the other node for " +
                    "its new one: shadowmesh id -keydir ./keys");
            }
            if (text.replace("-", "").length() < SHORTEST_ID && !option.equals("--id"))
            {
                throw CommandException.usage(option + ": '" + text + "' is neither a Peer ID nor the name of a peer " +
                    "in the key folder (shadowmesh peer list)");
            }
            throw CommandException.usage(option + ": " + e.getMessage());
        }
    }

    /** What is known so far of one peer. */
    private static final class Draft
    {
        private final PeerId id;
        private final PeerEntry entry;
        private final Set<IpPrefix> given = new LinkedHashSet<>();
        private HostPort endpoint;
        private boolean initiate;

        Draft(final PeerId id, final PeerEntry entry)
        {
            this.id = id;
            this.entry = entry;
        }

        String name()
        {
            return entry == null ? id.toString().substring(0, id.toString().indexOf('-')) : entry.name();
        }

        List<IpPrefix> allowedIps()
        {
            return given.isEmpty() && entry != null ? entry.allowedIps() : List.copyOf(given);
        }

        TunnelPeer toPeer(final List<IpPrefix> allowedIps, final int keepaliveSeconds)
        {
            final HostPort where = endpoint == null && entry != null ? entry.endpoint() : endpoint;
            final boolean unset = entry == null || entry.keepaliveSeconds() == PeerEntry.KEEPALIVE_UNSET;
            return new TunnelPeer(id, name(), where == null ? null : where.host(), where == null ? 0 : where.port(),
                allowedIps, initiate, unset ? keepaliveSeconds : entry.keepaliveSeconds(),
                entry == null ? null : presharedKey(entry));
        }
    }
}
