package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class ConfigFileTest
{
    private static final Path FILE = Path.of("/etc/shadowmesh/c.toml");
    private static final String A = Ids.A.toString();

    @TempDir
    private Path folder;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void hasAKeyForEveryLongOptionOfUp()
    {
        final ParseResult parsed = parse();
        final Set<String> withoutKey = new TreeSet<>();
        for (final OptionSpec option : parsed.commandSpec().options())
        {
            final String name = option.longestName();
            if (option.hidden() || !ConfigFile.keys(parsed.commandSpec()).containsKey(name.substring(2).replace('-', '_')))
            {
                withoutKey.add(name);
                continue;
            }
            final String key = name.substring(2).replace('-', '_');
            final boolean flag = option.type() == boolean.class;
            final boolean list = option.type() == List.class;
            ConfigFile.parse(FILE, key + " = " + (flag ? "true" : list ? "[\"7\", \"8\"]" : "\"7\"")).setOptions(parsed);
            assertEquals(
                flag ? true : list ? List.of("7", "8") : option.type() == Path.class ? Path.of("/etc/shadowmesh/7") : "7",
                option.getValue(), key);
        }
        assertEquals(Set.of("--help", "--config", "--check", "--udp-port", "--tun-netmask", "--backbone",
            "--generate-keys", "--until-input-ends"), withoutKey);
    }

    @Test
    void leavesWhatTheCommandLineSays()
    {
        final ParseResult parsed = parse("-port", "1", "-connect", "b", "--no-gso");
        ConfigFile.parse(FILE, "port = 2\nmtu = 1300\nconnect = [\"c\"]\nallow = \"d\"\nno-gso = false\nno_gro = true")
            .setOptions(parsed);
        final UpOptions options = ((UpCommand)parsed.commandSpec().userObject()).options();
        assertEquals(1, options.port());
        assertEquals(1300, options.mtu());
        assertEquals(List.of("b"), options.connect());
        assertEquals(List.of("d"), options.allow());
        assertFalse(options.udpSegmentation());
        assertFalse(options.udpCoalescing());
        assertTrue(options.warmUp());
    }

    static Stream<List<String>> wrong()
    {
        return Stream.of(
            List.of("prot = 1", "c.toml:1: unknown key 'prot', did you mean port?"),
            List.of("\nno_tun_ofload = true", "c.toml:2: unknown key 'no_tun_ofload', did you mean no_tun_offload?"),
            List.of("colour = 1", "c.toml:1: unknown key 'colour'; the long options"),
            List.of("check = true", "unknown key 'check'"),
            List.of("backbone = \"x\"", "unknown key 'backbone'"),
            List.of("[peers]\nport = 1", "c.toml:1: unknown key 'peers'"),
            List.of("tun-ip = \"a\"\ntun_ip = \"b\"", "tun_ip is there twice"),
            List.of("no_gso = 1", "c.toml:1: no_gso must be true or false"),
            List.of("connect = [1]", "c.toml:1: connect must be an array of strings"),
            List.of("port = true", "c.toml:1: port must be a string in quotes or a number"),
            List.of("port = ", "c.toml:1: "),
            List.of("log_file = \"a\\u0000\"", "c.toml:1: log_file: "));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void namesFileAndLineOfWhatIsWrong(final List<String> row)
    {
        final ParseResult parsed = parse();
        final CommandException e =
            assertThrows(CommandException.class, () -> ConfigFile.parse(FILE, row.get(0)).setOptions(parsed));
        assertEquals(CommandException.FAILURE, e.exitStatus());
        assertTrue(e.getMessage().startsWith(FILE + ":"), e.getMessage());
        assertTrue(e.getMessage().contains(row.get(1)), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    }

    @Test
    void namesFileAndLineOfAValueThatMeansNothing() throws IOException
    {
        final Path file = Files.writeString(folder.resolve("c.toml"),
            "tun_ip = [\"10.10.10.3\"]\nallow = [\"" + A + "\"]\nmtu = 99\n");
        assertEquals(1, run("up", "--check", "--config", file.toString()));
        assertEquals("shadowmesh: " + file + ":3: mtu: '99': give bytes from 576 to 64980\n", err.toString());
        assertEquals(0, run("up", "--check", "--config", file.toString(), "-mtu", "1300"), "the flag goes before the key");
        assertEquals(2, run("up", "--check", "--config", file.toString(), "-mtu", "98"));
        assertTrue(err.toString().startsWith("shadowmesh: -mtu: '98'"), err::toString);
        assertEquals(1, run("up", "--check", "--config", folder.resolve("none.toml").toString()));
        assertTrue(err.toString().contains("none.toml: no such file"), err::toString);
    }

    @Test
    void readsTheKeyFoldersOwnFileWhereNoOtherIsNamed() throws IOException
    {
        final Path keys = Files.createDirectories(folder.resolve("k"));
        Files.writeString(keys.resolve(ConfigFile.NAME),
            "tun_ip = \"10.10.10.3\"\nallow = \"" + A + "\"\nport = 7777\n");
        assertEquals(0, run("up", "--check", "-keydir", keys.toString()), err::toString);
        assertTrue(out.toString().contains("\nport = 7777\n"), out::toString);
    }

    @Test
    void printsWhatCanBeReadAgain() throws IOException
    {
        final Path keys = folder.resolve("k");
        assertEquals(0, run("peer", "add", "-keydir", keys.toString(), "office", "--id", A, "--endpoint",
            "192.0.2.2", "--allowed-ips", "10.9.0.0/16"), err::toString);
        assertEquals(0, run("up", "--check", "-keydir", keys.toString(), "-tun-ip", "10.10.10.3,fd00::3", "-connect",
            "office", "-allow", Ids.B + "=10.8.0.0/16", "-udp-port", "07", "-log-file", "x\"y", "-no-gso",
            "-threads", "shared"), err::toString);
        final String printed = out.toString();
        for (final String line : List.of("tun_ip = [\"10.10.10.3/24\", \"fd00::3/64\"]", "port = 7", "no_gso = true",
            "no_gro = false", "threads = \"shared\"", "# peer office, called", "#   endpoint = \"192.0.2.2:9443\"",
            "#   allowed_ips = [\"10.9.0.0/16\"]"))
        {
            assertTrue(printed.contains("\n" + line + "\n"), line + " in " + printed);
        }
        assertTrue(printed.contains("\n# not set: ip, "), printed);
        final Path file = Files.writeString(folder.resolve("c.toml"), printed);
        assertEquals(0, run("up", "--check", "--config", file.toString()), err::toString);
        assertEquals(withoutOrigin(printed), withoutOrigin(out.toString()));
        assertEquals(Set.of("c.toml", "k"), names(folder), "nothing is made");
        assertEquals(Set.of("peers"), names(keys), "no identity either");
    }

    @Test
    void checksThePeersToo() throws IOException
    {
        final Path peers = Files.createDirectories(folder.resolve("k/peers"));
        Files.writeString(peers.resolve("b.toml"), "id = \"" + A + "\"\nkeepalive = -1\n");
        assertEquals(1, run("up", "--check", "-keydir", folder.resolve("k").toString(), "-tun-ip", "10.10.10.3"));
        assertTrue(err.toString().contains("b.toml:2: keepalive"), err::toString);
    }

    private static String withoutOrigin(final String text)
    {
        return text.lines().skip(1).collect(Collectors.joining("\n"));
    }

    private static Set<String> names(final Path of) throws IOException
    {
        try (Stream<Path> files = Files.list(of))
        {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private static ParseResult parse(final String... more)
    {
        final String[] words = Stream.concat(Stream.of("up"), Stream.of(more)).toArray(String[]::new);
        final CommandLine line = Main.parser(words);
        final Map<String, CommandLine> commands = line.getSubcommands();
        line.parseArgs(words);
        return commands.get("up").getParseResult();
    }

    private int run(final String... args)
    {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.run(args, new PrintWriter(out, true), new PrintWriter(err, true));
    }
}
