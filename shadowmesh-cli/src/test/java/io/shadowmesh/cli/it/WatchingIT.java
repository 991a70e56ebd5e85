package io.shadowmesh.cli.it;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What an operator sees of a node: its status once, for programs, on a live screen and as metrics. */
@Timeout(240)
final class WatchingIT
{
    private static final int PINGS = 20;
    private static final int STRAYS = 3;

    private static final String VALIDATE = """
        import json, sys
        import jsonschema
        schema = json.load(open(sys.argv[1]))
        status = json.load(open(sys.argv[2]))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
        for mistake in validator.iter_errors(status):
            print("mistake:", list(mistake.absolute_path), mistake.message)
        for node in status["nodes"]:
            for name, times in node["times"].items():
                if not (times["count"] > 0 and 0 < times["p50_seconds"] <= times["p99_seconds"] <= times["max_seconds"]):
                    print("mistake:", name, times)
            for peer in node["peers"]:
                print("peer:", node["interface"], peer["endpoint"], peer["received"]["packets"], peer["sent"]["packets"],
                    peer["last_handshake_age_seconds"] >= 0, (peer["rtt_seconds"]["last"] or 0) > 0)
        """;

    private static final String PARSE = """
        import sys, urllib.request
        from prometheus_client import openmetrics, parser
        from prometheus_client.openmetrics import parser as open_parser
        def page(accept):
            request = urllib.request.Request(sys.argv[1], headers={"Accept": accept})
            answer = urllib.request.urlopen(request, timeout=20)
            return answer.headers["Content-Type"], answer.read().decode()
        kind, text = page("application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
        print("type:", kind)
        for family in open_parser.text_string_to_metric_families(text):
            for sample in family.samples:
                print("open:", family.type, family.unit, sample.name, sample.labels.get("tun"), sample.value)
        kind, text = page("text/plain")
        print("type:", kind)
        print("families:", len(list(parser.text_string_to_metric_families(text))))
        """;

    @RegisterExtension
    private static final Scene SCENE = Scene.perClass("ping", "ss", "tmux");
    private static Node a;
    private static Node b;
    private static long startedNs;
    private static int terminals;

    @BeforeAll
    static void aTunnelWithSomeTraffic()
    {
        Machine.requirePython("jsonschema", "prometheus_client");
        SCENE.a().write("validate.py", VALIDATE);
        SCENE.a().write("parse.py", PARSE);
        // A second peer of b, who never comes: by name the first.
        SCENE.b().write("keys/peers/0-nobody.toml",
            "id = \"" + Node.peerId(SCENE.b(), "keys-nobody") + "\"\nallowed_ips = [\"10.10.10.9/32\"]\n");
        startedNs = System.nanoTime();
        b = SCENE.startNode(SCENE.b(), new String[] {"-threads", "dedicated"}, "-keydir", "./keys", "-ip", TwoHosts.B4,
            "-tun", Scene.deviceB(), "-tun-ip", Scene.INSIDE_B, "-allow", SCENE.idA() + "=" + Scene.INSIDE_A + "/32")
            .ready();
        a = SCENE.startInitiator("-no-gro").ready();
        SCENE.a().awaitPing(Scene.INSIDE_B, a, b);
        Pings.allAnswered(SCENE.a(), Scene.INSIDE_B, PINGS, "0.01");
        awaitCopied();
    }

    @Test
    void printsJsonThatItsSchemaDescribes()
    {
        final ChildProcess status = status("--json");
        assertEquals(0, status.awaitExit(Await.SOON), status::toString);
        SCENE.a().write("status.json", String.join("\n", status.output()));
        final String checked = SCENE.a().succeed(Machine.PYTHON, "validate.py",
            Machine.root().resolve("docs/status.schema.json").toString(), "status.json");
        assertFalse(checked.contains("mistake:"), checked);
        final String[] peer = checked.split(" ");
        assertEquals(Scene.deviceA(), peer[1], checked);
        assertEquals(TwoHosts.B4 + ":" + Scene.PORT, peer[2], checked);
        assertTrue(Long.parseLong(peer[3]) >= PINGS && Long.parseLong(peer[4]) >= PINGS, checked);
        assertTrue(checked.endsWith("True True"), checked);
    }

    @Test
    void showsPeopleTheSameAndWhyAnOffloadIsOff()
    {
        final String text = String.join("\n", status(Scene.deviceA()).output());
        assertTrue(text.contains("interface: " + Scene.deviceA()), text);
        assertTrue(text.contains("peer ID: " + SCENE.idA()) && text.contains("peer ID: " + SCENE.idB()), text);
        assertTrue(text.contains("UDP receive off (switched off by the operator)"), text);
        assertTrue(text.contains("endpoint: " + TwoHosts.B4 + ":" + Scene.PORT), text);
        assertTrue(Pattern.compile("seal: p50 [0-9.]+ (ns|us|ms), p99 .*, max ").matcher(text).find(), text);
        assertTrue(Pattern.compile("round trip: last \\d+\\.\\d\\d ms, min .* p50 .* p99 ").matcher(text).find(), text);
    }

    @Test
    void keepsTheStatusFileFromOtherUsers() throws IOException
    {
        assertEquals("rw-r-----", PosixFilePermissions.toString(
            Files.getPosixFilePermissions(SCENE.a().statusFile(Scene.deviceA()))));
    }

    @Test
    void saysInOneLineThatThereIsNoSuchNode()
    {
        final ChildProcess status = status("nobody0");
        assertEquals(1, status.awaitExit(Await.SOON), status::toString);
        assertEquals(List.of("shadowmesh: there is no node with the device nobody0; running here: " + Scene.deviceA()),
            status.errors());
    }

    @Test
    void saysThatANodeWasKilledAndLetsItStartAgain()
    {
        final Node c = SCENE.keep(Node.start(SCENE.b(), "up", "-keydir", "./keys-c", "-ip", TwoHosts.B4, "-port", "0",
            "-tun", Scene.deviceC(), "-tun-ip", "10.10.30.1", "-connect", SCENE.idA() + "@" + TwoHosts.A4_OTHER)).ready();
        c.process().killHard();
        final ChildProcess status = SCENE.b().run(Machine.launcher(), "status", Scene.deviceC());
        assertEquals(1, status.awaitExit(Await.SOON), status::toString);
        assertTrue(status.errors().getFirst().startsWith("shadowmesh: the node is not running any more: "),
            status::toString);
        c.startAgain();
        c.ready();
        assertEquals(0, SCENE.b().run(Machine.launcher(), "status", Scene.deviceC()).awaitExit(Await.SOON));
        c.process().signal("TERM");
        assertEquals(0, c.process().awaitExit(Await.SOON), c::toString);
        assertEquals(List.of(),
            SCENE.b().statusFiles().stream().filter(name -> name.startsWith(Scene.deviceC())).toList());
    }

    @Test
    void servesMetricsThatTheParsersOfPrometheusRead()
    {
        final ChildProcess metrics = SCENE.keep(SCENE.a().start(
            "env", "--default-signal=INT,TERM", Machine.launcher(), "metrics", "--listen", "127.0.0.1:0"));
        final String address = metrics.awaitOutput("^listening: (http://127\\.0\\.0\\.1:\\d+/metrics)$").group(1);
        final List<String> read = SCENE.a().succeed(Machine.PYTHON, "parse.py", address).lines().toList();
        assertTrue(read.getFirst().startsWith("type: application/openmetrics-text; version=1.0.0"), read::toString);
        assertTrue(read.stream().anyMatch(line -> line.startsWith("type: text/plain; version=0.0.4")), read::toString);
        assertTrue(value(read, "counter bytes shadowmesh_peer_sent_bytes_total") > PINGS, read::toString);
        assertTrue(value(read, "gauge seconds shadowmesh_peer_rtt_last_seconds") > 0, read::toString);
        assertEquals(1, value(read, "info  shadowmesh_node_info"), read::toString);
        assertTrue(value(read, "histogram seconds shadowmesh_open_seconds_count") > 0, read::toString);
        assertTrue(value(read, "histogram seconds shadowmesh_seal_seconds_sum") > 0, read::toString);
        assertEquals(1, value(read, "gauge  shadowmesh_peer_connected"), read::toString);

        final String taken = address.substring("http://".length(), address.length() - "/metrics".length());
        final ChildProcess second = SCENE.a().run(Machine.launcher(), "metrics", "--listen", taken);
        assertEquals(1, second.awaitExit(Await.SOON), second::toString);
        assertTrue(second.errors().getFirst().startsWith("shadowmesh: cannot listen at " + taken), second::toString);
        metrics.signal("TERM");
        assertEquals(0, metrics.awaitExit(Await.SOON), metrics::toString);
    }

    @Test
    void listensAtTheLoopbackAddressAloneUnlessItIsToldOtherwise()
    {
        final ChildProcess metrics =
            SCENE.keep(SCENE.b().start("env", "--default-signal=INT,TERM", Machine.launcher(), "metrics"));
        metrics.awaitOutput("^listening: http://127\\.0\\.0\\.1:9586/metrics$");
        final List<String> sockets = SCENE.b().succeed("ss", "-H", "-l", "-t", "-n").lines()
            .map(line -> line.trim().split(" +")[3].replaceFirst("^\\[::ffff:(.*)\\]", "$1")).toList();
        assertEquals(List.of("127.0.0.1:9586"), sockets);
        metrics.signal("TERM");
        assertEquals(0, metrics.awaitExit(Await.SOON), metrics::toString);
    }

    @Test
    void countsTheTimeSinceTheStartAndWhatIsDroppedAndWhy()
    {
        SCENE.b().ip("route", "add", "10.66.0.1", "dev", Scene.deviceB());
        for (int i = 0; i < STRAYS; i++)
        {
            SCENE.b().canPing("10.66.0.1");
        }
        final Pattern dropped = Pattern.compile("(?m)^  dropped: ([3-9]|\\d\\d+) outbound packets for no peer$");
        Await.until("what is dropped is counted", Await.SOON,
            () -> dropped.matcher(SCENE.b().succeed(Machine.launcher(), "status")).find(), b::toString);
        final String first = SCENE.b().succeed(Machine.launcher(), "status", "--json");
        assertTrue(number(first, "no_peer") >= STRAYS, first);
        assertTrue(first.contains("\"threading\": \"dedicated\""), first);
        final double uptime = number(first, "uptime_seconds");
        final long runsNs = System.nanoTime() - startedNs;
        assertTrue(uptime > 0 && uptime < runsNs / 1e9, () -> uptime + " s of " + runsNs + " ns: " + first);
        Await.until("the uptime grows", Await.SOON,
            () -> number(SCENE.b().succeed(Machine.launcher(), "status", "--json"), "uptime_seconds") >= uptime + 1);
    }

    private static double number(final String json, final String name)
    {
        final Matcher matcher = Pattern.compile("\"" + name + "\": ([0-9.]+)").matcher(json);
        assertTrue(matcher.find(), json);
        return Double.parseDouble(matcher.group(1));
    }

    @Test
    void sortsByNameAndByWhatTheKeySays()
    {
        openTerminal();
        try
        {
            tmux("send-keys", Machine.launcher() + " status --watch --status-dir " + SCENE.b().statusFolder(), "Enter");
            awaitScreen("(?s)PEER +ENDPOINT.*0-nobody.*192\\.0\\.2\\.1:9443");
            tmux("send-keys", "d");
            awaitScreen("(?s)PEER +ENDPOINT.*192\\.0\\.2\\.1:9443.*0-nobody.*d \\[rtt\\]");
            tmux("send-keys", "n");
            awaitScreen("(?s)PEER +ENDPOINT.*0-nobody.*192\\.0\\.2\\.1:9443.*n \\[name\\]");
        }
        finally
        {
            tmux("kill-server");
        }
    }

    @Test
    void drawsALiveScreenAndPutsTheTerminalBack()
    {
        openTerminal();
        try
        {
            tmux("send-keys", "stty -a | grep -c -- -icanon; echo before", "Enter");
            awaitScreen("(?m)^0\\s*\nbefore");
            tmux("send-keys", Machine.launcher() + " status --watch; echo status $?", "Enter");
            awaitScreen("PEER +ENDPOINT +RX +TX");
            awaitScreen("q quit, sort by n \\[name\\]");
            awaitScreen("rx\\+tx [_.:=+*#-]{2,} +RTT [_.:=+*#-]{2,}");
            assertFalse(screen().contains("before"), WatchingIT::screen);
            tmux("send-keys", "d");
            awaitScreen("d \\[rtt\\]");
            tmux("resize-window", "-x", "60", "-y", "20");
            awaitScreen("(?m)^PEER {9}ENDPOINT.{0,40}$");
            tmux("send-keys", "q");
            awaitScreen("status 0");
            assertTrue(screen().contains("before"), WatchingIT::screen);
            assertFalse(screen().contains("ENDPOINT"), WatchingIT::screen);
            tmux("send-keys", "stty -a | grep -c -- -icanon; echo after", "Enter");
            awaitScreen("(?m)^0\\s*\nafter");
        }
        finally
        {
            tmux("kill-server");
        }
    }

    @Test
    void drawsBarsWhereTheTerminalHasThemAndNothingButAsciiElsewhere() throws IOException
    {
        openTerminal();
        try
        {
            tmux("pipe-pane", "-o", "cat >ascii");
            watchIn("C", "rx\\+tx [_.:=+*#-]{2,} +RTT [_.:=+*#-]{2,}");
            tmux("pipe-pane");
            tmux("pipe-pane", "-o", "cat >bars");
            watchIn("C.UTF-8", "rx\\+tx [\u2581-\u2588]{2,} +RTT [\u2581-\u2588]{2,}");
            tmux("pipe-pane");
        }
        finally
        {
            tmux("kill-server");
        }
        assertTrue(drawn("ascii").contains("RTT"));
        assertTrue(drawn("ascii").chars().allMatch(character -> character < 0x80), () -> drawn("ascii"));
        assertTrue(drawn("bars").chars().anyMatch(character -> character >= 0x2581 && character <= 0x2588));
    }

    private static void watchIn(final String locale, final String regex)
    {
        tmux("send-keys", "clear; LC_ALL=" + locale + " " + Machine.launcher() + " status --watch; echo $? in " + locale,
            "Enter");
        awaitScreen(regex);
        tmux("send-keys", "q");
        awaitScreen("(?m)^0 in " + Pattern.quote(locale) + "$");
    }

    private static String drawn(final String file)
    {
        try
        {
            return Files.readString(SCENE.a().folder().resolve(file));
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void putsTheTerminalBackWhenItIsToldToStop()
    {
        openTerminal();
        try
        {
            tmux("send-keys", "sh -c 'echo $$ >watch.pid; exec " + Machine.launcher() + " status --watch'; " +
                "stty -a | grep -c -- -icanon; echo ended", "Enter");
            awaitScreen("PEER +ENDPOINT");
            SCENE.a().succeed("sh", "-c", "kill -TERM $(cat watch.pid)");
            awaitScreen("(?m)^0\\s*\nended");
            assertFalse(screen().contains("ENDPOINT"), WatchingIT::screen);
        }
        finally
        {
            tmux("kill-server");
        }
    }

    @Test
    void writesPlainLinesWhereThereIsNoTerminal()
    {
        final ChildProcess watch = SCENE.keep(SCENE.a().start(Machine.launcher(), "status", "--watch"));
        watch.awaitOutput("^\\d{4}-\\d\\d-\\d\\dT[0-9:]+Z " + Scene.deviceA() +
            " \\S+ rx \\S+ k?bit/s tx \\S+ k?bit/s rtt \\d+\\.\\d\\d ms loss \\d+\\.\\d\\d %$");
        assertTrue(watch.output().stream().noneMatch(line -> line.indexOf('\033') >= 0), watch::toString);
    }

    private static ChildProcess status(final String... words)
    {
        final String[] command = new String[words.length + 2];
        command[0] = Machine.launcher();
        command[1] = "status";
        System.arraycopy(words, 0, command, 2, words.length);
        return SCENE.a().run(command);
    }

    /** The control thread copies once a second. */
    private static void awaitCopied()
    {
        final Pattern all = Pattern.compile("(?s)received: \\d{2,} packets.*round trip: last ");
        Await.until("the status shows the pings and a round trip", Await.EVENTUALLY,
            () -> all.matcher(String.join("\n", status().output())).find(), () -> a + "\n" + b);
    }

    private static double value(final List<String> read, final String sample)
    {
        return read.stream().filter(line -> line.startsWith("open: " + sample + " " + Scene.deviceA() + " "))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ')))).findFirst().orElse(-1);
    }

    /** Of a server of its own: the one before may not be gone yet. */
    private static void openTerminal()
    {
        terminals++;
        tmux("-u", "new-session", "-d", "-x", "120", "-y", "30", "sh");
    }

    private static String tmux(final String... words)
    {
        final String socket = "smit" + ProcessHandle.current().pid() + "-" + terminals;
        final String[] command = new String[words.length + 5];
        System.arraycopy(new String[] {"tmux", "-L", socket, "-f", "/dev/null"}, 0, command, 0, 5);
        System.arraycopy(words, 0, command, 5, words.length);
        return SCENE.a().succeed(command);
    }

    private static String screen()
    {
        return tmux("-u", "capture-pane", "-p");
    }

    private static void awaitScreen(final String regex)
    {
        final Pattern pattern = Pattern.compile(regex);
        Await.until("the screen shows " + regex, Await.SOON, () -> pattern.matcher(screen()).find(), WatchingIT::screen);
    }
}
