package io.shadowmesh.cli;

import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What {@code up --check} prints: all options as they would be used, as a {@link ConfigFile}, and the peers. */
final class EffectiveConfig
{
    private static final Set<String> NUMBERS = Set.of("port", "mtu", "keepalive");
    private static final int SHOWN_PREFIXES = 16;

    private final PrintWriter out;

    EffectiveConfig(final PrintWriter out)
    {
        this.out = out;
    }

    /** The options of the command, read from a file or not. */
    void options(final CommandSpec command)
    {
        final List<String> unset = new ArrayList<>();
        for (final Map.Entry<String, OptionSpec> entry : ConfigFile.keys(command).entrySet())
        {
            final Object value = entry.getValue().getValue();
            if (value == null)
            {
                unset.add(entry.getKey());
            }
            else
            {
                out.println(entry.getKey() + " = " + text(entry.getKey(), value));
            }
        }
        if (!unset.isEmpty())
        {
            out.println("# not set: " + String.join(", ", unset));
        }
    }

    /** Who the peers are, in comments: they come from the options above and from files of their own. */
    void peers(final List<TunnelPeer> peers, final PeerFolder folder)
    {
        for (final TunnelPeer peer : peers)
        {
            out.println();
            out.println("# peer " + peer.name() + (peer.initiate() ? ", called" : ", may call"));
            out.println("#   id = " + TomlText.quoted(peer.id().toString()));
            if (peer.host() != null)
            {
                out.println("#   endpoint = " +
                    TomlText.quoted(new HostPort(peer.host(), peer.port()).toString()));
            }
            out.println("#   allowed_ips = " + prefixes(peer.allowedIps()));
            out.println("#   keepalive = " + peer.persistentKeepaliveSeconds());
            out.println("#   preshared key: " + (peer.presharedKey() == null ? "no" : "yes"));
        }
        out.println();
        out.println("# " + peers.size() + (peers.size() == 1 ? " peer" : " peers") + "; files in " + folder.path());
    }

    private static String prefixes(final List<IpPrefix> prefixes)
    {
        final List<String> shown = new ArrayList<>();
        prefixes.stream().limit(SHOWN_PREFIXES).forEach(prefix -> shown.add(TomlText.quoted(prefix.toString())));
        final int more = prefixes.size() - shown.size();
        return "[" + String.join(", ", shown) + "]" + (more > 0 ? " and " + more + " more" : "");
    }

    private static String text(final String key, final Object value)
    {
        if (value instanceof final List<?> list)
        {
            final List<String> items = new ArrayList<>();
            list.forEach(item -> items.add(TomlText.quoted(item.toString())));
            return "[" + String.join(", ", items) + "]";
        }
        if (value instanceof Boolean)
        {
            return value.toString();
        }
        if (NUMBERS.contains(key))
        {
            return Integer.toString(Integer.parseInt(value.toString()));
        }
        return TomlText.quoted(value instanceof final Path path ? path.toAbsolutePath().normalize().toString() :
            value.toString());
    }
}
