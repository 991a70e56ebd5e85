package io.shadowmesh.cli;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.PeerId;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The text of one peer's file.
 *
 * <table>
 * <caption>Keys</caption>
 * <tr><th>key</th><th>type</th><th>meaning</th></tr>
 * <tr><td>id</td><td>string</td><td>Peer ID; required</td></tr>
 * <tr><td>endpoint</td><td>string</td><td>HOST[:PORT], IPv6 in brackets</td></tr>
 * <tr><td>allowed_ips</td><td>array of strings</td><td>CIDRs</td></tr>
 * <tr><td>allowed_ips_file</td><td>string</td><td>a {@link PrefixFile} with more of them, beside this file</td></tr>
 * <tr><td>keepalive</td><td>integer</td><td>seconds; 0 for none</td></tr>
 * <tr><td>preshared_key_file</td><td>string</td><td>a key that the peer has too, beside this file, of mode 0600</td></tr>
 * </table>
 */
final class PeerToml
{
    /** The longest persistent keepalive, in seconds. */
    static final int MAX_KEEPALIVE = 65535;

    /** Parsing takes some hundred times as much memory as the text has bytes. */
    private static final int MAX_LENGTH = 256 << 10;
    private static final Set<String> KEYS =
        Set.of("id", "endpoint", "allowed_ips", "allowed_ips_file", "keepalive", "preshared_key_file");

    private final Path file;
    private final TomlParseResult toml;
    private final Consumer<Path> named;

    private PeerToml(final Path file, final TomlParseResult toml, final Consumer<Path> named)
    {
        this.named = named;
        this.file = file;
        this.toml = toml;
    }

    /** Reads a file; whatever is wrong with it is said in one line with the file and the line. */
    static PeerEntry read(final Path file, final String name)
    {
        return read(file, name, other -> { });
    }

    /** The same; each other file that this one names is told before it is read. */
    static PeerEntry read(final Path file, final String name, final Consumer<Path> named)
    {
        final String text;
        try
        {
            requireRegular(file);
            if (Files.size(file) > MAX_LENGTH)
            {
                throw tooLong(file, name);
            }
            text = Files.readString(file);
        }
        catch (final MalformedInputException e)
        {
            throw CommandException.failure(file + ": not UTF-8 text", e);
        }
        catch (final NoSuchFileException e)
        {
            throw CommandException.failure(file + ": a link to nothing; remove it", e);
        }
        catch (final IOException e)
        {
            throw CommandException.failure("cannot read " + file + ": " + Diagnosis.oneLine(e), e);
        }
        return parse(file, name, text, named);
    }

    /** A pipe would keep its reader waiting. */
    static void requireRegular(final Path file)
    {
        if (Files.exists(file) && !Files.isRegularFile(file))
        {
            throw CommandException.failure(file + ": not a regular file; remove it");
        }
    }

    static PeerEntry parse(final Path file, final String name, final String text)
    {
        return parse(file, name, text, other -> { });
    }

    private static PeerEntry parse(final Path file, final String name, final String text, final Consumer<Path> named)
    {
        final TomlParseResult toml = Toml.parse(text);
        if (toml.hasErrors())
        {
            final TomlParseError error = toml.errors().getFirst();
            throw CommandException.failure(file + ":" + error.position().line() + ": " +
                Diagnosis.firstLine(error.getMessage()));
        }
        return new PeerToml(file, toml, named).entry(name);
    }

    private static CommandException tooLong(final Path file, final String name)
    {
        return CommandException.failure(file + ": too long for a peer's file; put the prefixes into another, one a " +
            "line, and name that: allowed_ips_file = \"" + name + ".cidrs\"");
    }

    /** What a file looks like; refuses what would be too long to be read. */
    static String write(final Path file, final PeerEntry entry)
    {
        final String text = write(entry);
        if (text.length() > MAX_LENGTH)
        {
            throw tooLong(file, entry.name());
        }
        return text;
    }

    static String write(final PeerEntry entry)
    {
        final StringBuilder text = new StringBuilder();
        text.append("id = \"").append(entry.id()).append("\"\n");
        if (entry.endpoint() != null)
        {
            text.append("endpoint = \"").append(entry.endpoint()).append("\"\n");
        }
        if (!entry.allowedIps().isEmpty())
        {
            text.append("allowed_ips = [\"").append(PeerFolder.text(entry.allowedIps(), "\", \"")).append("\"]\n");
        }
        if (entry.keepaliveSeconds() != PeerEntry.KEEPALIVE_UNSET)
        {
            text.append("keepalive = ").append(entry.keepaliveSeconds()).append('\n');
        }
        if (entry.presharedKeyFile() != null)
        {
            text.append("preshared_key_file = ").append(TomlText.quoted(entry.presharedKeyFile().toString())).append('\n');
        }
        return text.toString();
    }

    private PeerEntry entry(final String name)
    {
        for (final String key : new TreeSet<>(toml.keySet()))
        {
            if (!KEYS.contains(key))
            {
                throw wrong(toml.inputPositionOf(List.of(key)), "unknown key '" + key +
                    "'; a peer has id, endpoint, allowed_ips, allowed_ips_file, keepalive and preshared_key_file");
            }
        }
        final String id = string("id");
        if (id == null)
        {
            throw CommandException.failure(file + ": the peer's id is missing: add id = \"PEER-ID\"");
        }
        final String endpoint = string("endpoint");
        final PeerId peerId = at("id", () -> PeerId.parse(id));
        final HostPort hostPort = endpoint == null ? null : at("endpoint", () -> HostPort.parse(endpoint));
        final String key = string("preshared_key_file");
        final Path keyFile = key == null ? null : at("preshared_key_file", () -> file.resolveSibling(key));
        if (keyFile != null)
        {
            named.accept(keyFile);
        }
        return new PeerEntry(name, peerId, hostPort, allowedIps(), keepalive(), keyFile);
    }

    private List<IpPrefix> allowedIps()
    {
        final Set<IpPrefix> prefixes = new LinkedHashSet<>();
        final Object value = toml.get(List.of("allowed_ips"));
        if (value != null)
        {
            if (!(value instanceof final TomlArray array))
            {
                throw wrongType("allowed_ips", "an array of strings: allowed_ips = [\"10.10.10.4/32\"]");
            }
            add(array, prefixes);
        }
        final String more = string("allowed_ips_file");
        if (more != null)
        {
            final Path list = at("allowed_ips_file", () -> file.resolveSibling(more));
            named.accept(list);
            PrefixFile.read(list, prefixes);
        }
        return List.copyOf(prefixes);
    }

    private void add(final TomlArray array, final Set<IpPrefix> prefixes)
    {
        for (int i = 0; i < array.size(); i++)
        {
            final TomlPosition position = array.inputPositionOf(i);
            if (!(array.get(i) instanceof final String cidr))
            {
                throw wrong(position, "allowed_ips must be an array of strings: [\"10.10.10.4/32\"]");
            }
            try
            {
                prefixes.add(IpPrefix.parse(cidr.strip()).network());
            }
            catch (final IllegalArgumentException e)
            {
                throw wrong(position, e.getMessage());
            }
        }
    }

    private int keepalive()
    {
        final Object value = toml.get(List.of("keepalive"));
        if (value == null)
        {
            return PeerEntry.KEEPALIVE_UNSET;
        }
        if (!(value instanceof final Long seconds) || seconds < 0 || seconds > MAX_KEEPALIVE)
        {
            throw wrongType("keepalive", "a number of seconds from 0 (none) to " + MAX_KEEPALIVE);
        }
        return seconds.intValue();
    }

    private String string(final String key)
    {
        final Object value = toml.get(List.of(key));
        if (value == null)
        {
            return null;
        }
        if (!(value instanceof final String text))
        {
            throw wrongType(key, "a string in quotes");
        }
        return text.strip();
    }

    private <T> T at(final String key, final Supplier<T> value)
    {
        try
        {
            return value.get();
        }
        catch (final IllegalArgumentException e)
        {
            throw wrong(toml.inputPositionOf(List.of(key)), key + ": " + e.getMessage());
        }
    }

    private CommandException wrongType(final String key, final String wanted)
    {
        return wrong(toml.inputPositionOf(List.of(key)), key + " must be " + wanted);
    }

    private CommandException wrong(final TomlPosition position, final String what)
    {
        return CommandException.failure(file + ":" + (position == null ? "" : position.line() + ":") + " " + what);
    }
}
