package io.shadowmesh.cli;

import io.shadowmesh.dataplane.Bandwidth;
import io.shadowmesh.dataplane.ThreadingMode;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.identity.PresharedKeyFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class MainTest
{
    private static final String A = Ids.A.toString();

    @TempDir
    private Path folder;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(strings = {"-", "--"})
    void readsEveryLongOptionWithOneDashAndWithTwo(final String dash)
    {
        final UpOptions options = up((
            "up @keydir ./k @ip 192.0.2.1 @port 1 @tun sm0 @tun-ip 10.10.10.3 @tun-ip fd00::3/48 @connect a @connect b " +
            "@allow c @mtu 1300 @keepalive 25 @suite ChaCha @crypto JDK @threads dedicated @configure-sysctl " +
            "@bandwidth 2.5G @no-aqm @status-dir /x @log-level debug @log-format json @log-file /y").replace("@", dash));
        assertEquals("/192.0.2.1", options.ip().toString());
        assertEquals(1, options.port());
        assertEquals("sm0", options.device());
        assertEquals(List.of(IpPrefix.parse("10.10.10.3/24"), IpPrefix.parse("fd00::3/48")), options.addresses());
        assertEquals(List.of("a", "b"), options.connect());
        assertEquals(List.of("c"), options.allow());
        assertEquals(1300, options.mtu());
        assertEquals(25, options.keepaliveSeconds());
        assertEquals(Suite.CHACHA20_POLY1305, options.suite());
        assertEquals("jdk", options.crypto());
        assertEquals(ThreadingMode.DEDICATED, options.threads());
        assertTrue(options.configureSysctl());
        assertTrue(options.statusFolder().isRequired());
        assertEquals(Bandwidth.of(2_500_000_000L), options.bandwidth());
        assertFalse(options.queueManagement());
        assertEquals(System.Logger.Level.DEBUG, options.logLevel(false));
        assertEquals(LogFormat.JSON, options.logFormat());
        assertEquals(Path.of("/y"), options.logFile());
    }

    @Test
    void readsNoAnnotationsToStartANode()
    {
        final CommandLine root = Main.parser("up");
        for (final CommandLine line : List.of(root, root.getSubcommands().get("up")))
        {
            assertTrue(line.getCommandSpec().mixins().isEmpty());
            line.getCommandSpec().args().forEach(arg -> assertNull(arg.userObject(), "the annotated field"));
        }
    }

    @Test
    void isAsBeforeWhenItIsReadAgain()
    {
        final CommandLine parser = Main.parser("up");
        final UpOptions options = ((UpCommand)parser.getSubcommands().get("up").getCommand()).options();
        parser.parseArgs("up", "-ip", "192.0.2.1", "-port", "1", "-connect", "a", "-no-gso", "-log-file", "x");
        parser.parseArgs("up");
        assertNull(options.ip());
        assertEquals(9443, options.port());
        assertEquals(List.of(), options.connect());
        assertTrue(options.udpSegmentation());
        assertNull(options.logFile());
    }

    @Test
    void leavesRoomForTheLongerHeaderWhereItSendsOverIpv6()
    {
        assertEquals(1425, up("-tun-ip 10.10.10.3 -ip 192.0.2.1").mtu());
        assertEquals(1405, up("-tun-ip 10.10.10.3 -ip 2001:db8::1").mtu());
        assertEquals(1425, up("-tun-ip 10.10.10.3 -ip 2001:db8::1 -mtu 1425").mtu());
    }

    @Test
    void hasTheDefaultsThatTheHelpNames()
    {
        final UpOptions options = up("-tun-ip 10.10.10.3,fd00::3");
        assertNull(options.ip());
        assertEquals(9443, options.port());
        assertEquals("chr001", options.device());
        assertEquals(List.of(IpPrefix.parse("10.10.10.3/24"), IpPrefix.parse("fd00::3/64")), options.addresses());
        assertEquals(1425, options.mtu());
        assertEquals(0, options.keepaliveSeconds());
        assertEquals(Suite.AES_256_GCM, options.suite());
        assertEquals("auto", options.crypto());
        assertNull(options.threads());
        assertEquals(Bandwidth.UNKNOWN, options.bandwidth());
        assertTrue(options.queueManagement());
        assertEquals(System.Logger.Level.INFO, options.logLevel(false));
        assertEquals(System.Logger.Level.DEBUG, options.logLevel(true));
    }

    @Test
    void readsTheCommandLinesOfVersionElevenAsTheyAre()
    {
        final UpOptions listener = up("-keydir ./keys -backbone http://192.0.2.9:8080 -ip 192.0.2.1 -tun chr001 " +
            "-tun-ip 10.10.10.3 -tun-netmask 24 -port 8443 -udp-port 9443 -log-level INFO -log-file /var/log/x.log");
        assertEquals(9443, listener.port());
        assertEquals("chr001", listener.device());
        assertEquals(List.of(IpPrefix.parse("10.10.10.3/24")), listener.addresses());
        assertTrue(listener.hasBackbone());
        assertEquals(System.Logger.Level.INFO, listener.logLevel(false));
        final UpOptions initiator =
            up("-keydir ./keys -ip 192.0.2.2 -tun chr001 -tun-ip 10.10.10.4 -connect " + A + " -port=8443");
        assertEquals(8443, initiator.port());
        assertEquals(List.of(A), initiator.connect());
        assertEquals(List.of(IpPrefix.parse("10.10.10.3/16")),
            up("-tun-ip 10.10.10.3 -tun-netmask 255.255.0.0").addresses());
        assertTrue(up("-generate-keys -keydir ./keys").generateKeys());
    }

    @Test
    void makesKeysTheWayVersionElevenDid()
    {
        assertEquals(0, run("-generate-keys", "-keydir", folder.resolve("k").toString()));
        assertTrue(out.toString().startsWith("Peer ID: "), out::toString);
    }

    static Stream<List<String>> wrong()
    {
        final String good = "-tun-ip 10.10.10.3 -allow " + A;
        return Stream.of(
            List.of("-colour blue " + good, "no option -colour; shadowmesh up --help"),
            List.of("--conect x", "no option --conect, did you mean --connect?"),
            List.of("-prot=7", "did you mean -port?"),
            List.of("stray", "no command 'stray'; shadowmesh --help"),
            List.of("keygn -keydir x", "no command 'keygn', did you mean keygen?"),
            List.of("up stray " + good, "'stray'"),
            List.of("id stray", "'stray'"),
            List.of("peer", "peer add"),
            List.of("peer ad x", "'ad'"),
            List.of("", "-allow PEER-ID"),
            List.of("-tun-ip 10.10.10.3", "-allow PEER-ID"),
            List.of("-connect", "-connect"),
            List.of("-port", "-port"),
            List.of("-port x " + good, "-port: \"x\""),
            List.of("-port 65536 " + good, "0 to 65535"),
            List.of("-port -1 " + good, "-port: \"-1\""),
            List.of("-udp-port 70000 " + good, "-udp-port"),
            List.of("-ip 192.0.2 " + good, "-ip: "),
            List.of("-ip example.org " + good, "-ip: "),
            List.of("-ip 192.0.2.1/24 " + good, "without a prefix"),
            List.of("-tun sixteencharacter " + good, "1 to 15"),
            List.of("-tun a/b " + good, "-tun: 'a/b'"),
            List.of("-tun .. " + good, "-tun: "),
            List.of("-tun-ip 10.10.10 -allow " + A, "-tun-ip: "),
            List.of("-tun-ip 10.10.10.3/33 -allow " + A, "0..32"),
            List.of("-tun-ip 10.10.10.3 " + good, "one IPv4 address"),
            List.of("-tun-netmask 255.0.255.0 " + good, "not a netmask"),
            List.of("-tun-netmask 33 " + good, "-tun-netmask"),
            List.of("-mtu 500 " + good, "576 to"),
            List.of("-mtu big " + good, "-mtu: 'big'"),
            List.of("-mtu 1279 -tun-ip fd00::3 -allow " + A, "at least 1280"),
            List.of("-keepalive 65536 " + good, "seconds from 0"),
            List.of("-suite des " + good, "aes or chacha"),
            List.of("-crypto mbedtls " + good, "auto, libipsec-mb, libcrypto or jdk"),
            List.of("-bandwidth fast " + good, "such as 50M, 2.5G or 800k, or auto"),
            List.of("-bandwidth 1k " + good, "64k to 400G"),
            List.of("-threads many " + good, "shared, paired or dedicated"),
            List.of("-log-level loud " + good, "error, warn, info, debug or trace"),
            List.of("-log-format xml " + good, "plain or json"),
            List.of("-tun-ip 10.10.10.3 -connect " + A, "no address is known"),
            List.of("-tun-ip 10.10.10.3 -connect " + A + "@[::1", "closing bracket"),
            List.of("-tun-ip 10.10.10.3 -connect " + A + "@::1", "in brackets"),
            List.of("-tun-ip 10.10.10.3 -connect " + A + "@h:0", "not a UDP port"),
            List.of("-tun-ip 10.10.10.3 -allow " + A.substring(1), "Peer ID"),
            List.of("-tun-ip 10.10.10.3 -allow nobody", "nor the name of a peer"),
            List.of("-tun-ip 10.10.10.3 -allow " + A + "=10.0.0.0/40", "0..32"),
            List.of("-tun-ip 10.10.10.3 -allow " + A + " -allow " + Ids.B, "each needs its CIDRs"),
            List.of("-allow " + A, "-tun-ip"),
            List.of("peer add", "peer add NAME --id PEER-ID"),
            List.of("peer add b", "say who 'b' is"),
            List.of("peer add b -id ABC", "--id: Peer ID"),
            List.of("peer add b c -id " + A, "'c'"),
            List.of("peer add b/c -id " + A, "cannot be a peer's name"),
            List.of("peer add b -id " + A + " -endpoint ::1", "in brackets"),
            List.of("peer add b -id " + A + " -allowed-ips 10.0.0.0/33", "0..32"),
            List.of("peer add b -id " + A + " -keepalive soon", "seconds from 0"),
            List.of("peer remove", "NAME"),
            List.of("demo --jason", "did you mean --json?"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void saysInOneLineWhatIsWrongWithTheCommandLine(final List<String> row)
    {
        final String[] given = row.get(0).isEmpty() ? new String[0] : row.get(0).split(" ");
        assertEquals(CommandException.USAGE, run(given), err::toString);
        assertEquals("", out.toString());
        assertTrue(err.toString().startsWith("shadowmesh: "), err::toString);
        assertEquals(1, err.toString().lines().count(), err::toString);
        assertTrue(err.toString().contains(row.get(1)), err::toString);
        assertFalse(Files.exists(Path.of("keys")), "nothing is made before the command line is found good");
    }

    @Test
    void showsAStackTraceOnlyWhenAskedTo()
    {
        assertEquals(1, run("id", "-keydir", folder.resolve("none").toString()));
        assertEquals(1, err.toString().lines().count(), err::toString);
        assertEquals(1, run("id", "-debug", "-keydir", folder.resolve("none").toString()));
        assertTrue(err.toString().contains("\tat "), err::toString);
    }

    @Test
    void saysInJsonWhyItEndsWhereTheLogIsJson()
    {
        assertEquals(2, run("-log-format", "json", "-tun-ip", "10.10.10.3", "-mtu", "7", "-allow", A));
        assertEquals(1, err.toString().lines().count(), err::toString);
        assertTrue(err.toString().matches("\\{\"time\":\"[^\"]+Z\",\"level\":\"ERROR\",\"logger\":\"io.shadowmesh\"," +
            "\"message\":\"-mtu: '7': .*\"}\n"), err::toString);
        assertEquals(2, run("-tun-ip", "10.10.10.3", "-mtu", "7", "-allow", A));
        assertTrue(err.toString().startsWith("shadowmesh: -mtu"), err::toString);
    }

    @Test
    void makesAnIdentityOnceAndPrintsItsPeerId() throws Exception
    {
        final Path keys = folder.resolve("k");
        assertEquals(0, run("keygen", "-keydir", keys.toString()));
        final String made = out.toString();
        assertTrue(made.matches("Peer ID: ([A-Z2-7]{7}-){7}[A-Z2-7]{7}\n"), made);
        final String key = Files.readString(keys.resolve("identity.key"));
        assertEquals(1, run("keygen", "--keydir", keys.toString()));
        assertTrue(err.toString().contains("never overwritten"), err::toString);
        assertEquals(key, Files.readString(keys.resolve("identity.key")));
        assertEquals(0, run("id", "--keydir", keys.toString()));
        assertEquals(made.substring("Peer ID: ".length()), out.toString());
    }

    @Test
    void addsListsAndRemovesPeers()
    {
        final String keys = folder.resolve("k").toString();
        assertEquals(0, run("peer", "add", "-keydir", keys, "office", "--id", A, "--endpoint", "192.0.2.2",
            "--allowed-ips", "10.10.10.4/32,fd00::4", "--keepalive", "25"), err::toString);
        assertEquals(0, run("peer", "add", Ids.B + "@[2001:db8::1]:7=10.9.0.0/16", "-keydir", keys), err::toString);
        assertEquals(0, run("peer", "list", "-keydir", keys));
        final List<String> lines = out.toString().lines().toList();
        assertEquals(3, lines.size());
        assertTrue(lines.get(0).matches("NAME +PEER ID +ENDPOINT +ALLOWED IPS +KEEPALIVE +PRESHARED KEY"), lines.get(0));
        assertTrue(lines.get(1).matches(Ids.B.toString().substring(0, 7).toLowerCase(Locale.ROOT) + " +" +
            Ids.B + " +\\[2001:db8::1\\]:7 +10\\.9\\.0\\.0/16 +- +-"), lines.get(1));
        assertTrue(lines.get(2).matches("office +" + A + " +192\\.0\\.2\\.2:9443 +10\\.10\\.10\\.4/32,fd00::4/128 +25 s +-"),
            lines.get(2));
        assertEquals(1, run("peer", "add", "-keydir", keys, "office", "--id", Ids.C.toString()));
        assertEquals(0, run("peer", "remove", "office", "-keydir", keys));
        assertEquals(1, run("peer", "remove", "office", "-keydir", keys));
        assertEquals(0, run("peer", "list", "-keydir", keys));
        assertEquals(2, out.toString().lines().count());
    }

    @Test
    void makesAPresharedKeyAndAPeerThatUsesIt() throws Exception
    {
        assertEquals(0, run("genpsk"));
        assertTrue(out.toString().matches("[A-Za-z0-9+/]{43}=\n"), out::toString);
        final Path file = folder.resolve("b.psk");
        assertEquals(0, run("genpsk", "-o", file.toString()), err::toString);
        assertEquals("", out.toString(), "the key is in the file alone");
        final byte[] key = PresharedKeyFile.load(file);
        assertEquals(1, run("genpsk", "-o", file.toString()), "never over another");

        final Path keys = folder.resolve("k");
        assertEquals(0, run("peer", "add", "-keydir", keys.toString(), "b", "--id", A, "--psk", file.toString()),
            err::toString);
        final PeerPlan plan = new PeerPlan(new PeerFolder(keys).load());
        assertArrayEquals(key, plan.peers(List.of(IpPrefix.parse("10.10.10.3/24")), 0).getFirst().presharedKey());
        assertEquals(0, run("peer", "list", "-keydir", keys.toString()));
        assertTrue(out.toString().contains(file.toString()), out::toString);

        assertEquals(1, run("peer", "add", "-keydir", keys.toString(), "c", "--id", Ids.B.toString(), "--psk",
            folder.resolve("none").toString()));
        assertTrue(err.toString().contains("peer c: no preshared key in "), err::toString);
        assertFalse(Files.exists(keys.resolve("peers/c.toml")));
    }

    @Test
    void showsHelpAndVersion()
    {
        for (final String help : List.of("-h", "-help", "--help"))
        {
            assertEquals(0, run(help));
            assertTrue(out.toString().contains("demo"), out::toString);
            assertEquals(0, run("help", "up"));
            assertTrue(out.toString().contains("-connect"), out::toString);
            assertEquals(0, run("up", help));
            assertTrue(out.toString().contains("-connect"), out::toString);
        }
        for (final String version : List.of("-v", "-V", "-version", "--version"))
        {
            assertEquals(0, run(version));
            assertTrue(out.toString().matches("shadowmesh \\S+, JDK " + Runtime.version().feature() +
                "\\S+ \\(.*\\), AES-256-GCM by " + Pattern.quote(Aead.best().description()) + "\n"), out::toString);
        }
        assertEquals("", err.toString());
    }

    private int run(final String... args)
    {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.run(args, new PrintWriter(out, true), new PrintWriter(err, true));
    }

    private static UpOptions up(final String line)
    {
        final CommandLine parser = Main.parser("up");
        parser.parseArgs(Main.withCommand(line.split(" ")));
        return ((UpCommand)parser.getSubcommands().get("up").getCommand()).options();
    }
}
