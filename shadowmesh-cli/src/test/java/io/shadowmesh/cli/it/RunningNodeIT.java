package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.request.RequestClient;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a running node is asked by another process: ping, bench, capture and profile. */
@Timeout(240)
final class RunningNodeIT
{
    private static final String NOTHING = "the data path's 2 threads allocated 0 bytes";
    private static final int LOOKS = 6;
    private static final String WARM_UP = "warm-up";
    private static final String LOW = "nice 10, policy 3";
    private static final String LOWEST = "nice 19, policy 3";

    @RegisterExtension
    private static final Scene SCENE = Scene.perClass("ping", "tshark", "iperf3", "ss");

    private static Node a;
    private static Node b;

    @BeforeAll
    static void start()
    {
        b = SCENE.startListener("--threads", "paired").ready();
        a = SCENE.startInitiator("--threads", "paired").ready();
        SCENE.a().awaitPing(Scene.INSIDE_B, a, b);
    }

    @Test
    void pingsAPeerByItsInnerAddressAndByTheBeginningOfItsId()
    {
        final String byAddress = succeed("ping", Scene.INSIDE_B, "-c", "3", "-i", "0.2");
        assertTrue(byAddress.contains("seq=1 time="), byAddress);
        assertTrue(byAddress.contains("3 sent, 3 answered, 0% lost"), byAddress);
        assertTrue(Pattern.compile("min/avg/max/mdev = \\d+\\.\\d{3}/\\d+\\.\\d{3}/\\d+\\.\\d{3}/\\d+\\.\\d{3} ms")
            .matcher(byAddress).find(), byAddress);

        final String byId = succeed("ping", SCENE.idB().substring(0, 7), "-c", "2", "-i", "0.1", "-json");
        assertTrue(byId.contains("\"sent\": 2, \"answered\": 2, \"loss_percent\": 0.000"), byId);
    }

    @Test
    void aWarmUpLeavesNothingBehindAndSaysNothing()
    {
        awaitEndOfWarmUp();
        final String sockets = SCENE.a().succeed("ss", "-Hulpn");
        final List<String> own = sockets.lines().filter(line -> line.contains("pid=" + a.process().pid() + ",")).toList();
        assertEquals(1, own.size(), sockets);
        assertTrue(own.getFirst().contains(":" + Scene.PORT), sockets);
        assertFalse(a.process().errors().stream().anyMatch(line -> line.contains("127.0.0.1")), a::toString);
    }

    @Test
    void aWarmUpLetsTheCompilersWaitAndIsLeftOutWhereItIsNotWanted()
    {
        try (ChildProcess warm = startAnother("warm"); ChildProcess cold = startAnother("cold", "--no-warm-up"))
        {
            warm.awaitErrors(WARM_UP + ": Carried\\[packets=\\d+");
            Await.passing(Duration.ofSeconds(1));
            // Where the machine is busy it is not enough, and they stay.
            final boolean enough = warm.errors().stream().anyMatch(line -> line.contains(WARM_UP + ": enough"));
            assertEquals(Set.of(enough ? LOWEST : LOW), schedules(warm).get("C1 CompilerThre"), warm::toString);
            cold.awaitOutput("^ready: ");
            Await.passing(Duration.ofSeconds(2));
            assertTrue(cold.isAlive(), cold::toString);
            assertEquals(Set.of(LOW), schedules(cold).get("C1 CompilerThre"), cold::toString);
            assertFalse(cold.errors().stream().anyMatch(line -> line.contains(WARM_UP)), cold::toString);
        }
    }

    @Test
    void theCompilersGiveWayToWhoCarriesPackets()
    {
        awaitEndOfWarmUp();
        final Map<String, Set<String>> schedules = schedules(a.process());
        assertTrue(Set.of(LOW, LOWEST).containsAll(schedules.get("C1 CompilerThre")), schedules::toString);
        assertTrue(Set.of(LOW, LOWEST).containsAll(schedules.get("C2 CompilerThre")), schedules::toString);
        assertEquals(Set.of("policy 0"), schedules.get("VM Thread").stream()
            .map(schedule -> schedule.substring(schedule.indexOf("policy"))).collect(Collectors.toSet()),
            schedules::toString);
    }

    @Test
    void needsNoPingOfTheHostBehindIt()
    {
        final long echoes = SCENE.b().echoRequests();
        succeed("ping", "-c", "2", "-i", "0.1");
        assertEquals(echoes, SCENE.b().echoRequests());
    }

    @Test
    void endsAPingAtCtrlCWithItsSummary()
    {
        final ChildProcess ping = SCENE.keep(SCENE.a().start(
            "env", "--default-signal=INT", Machine.launcher(), "ping", "-i", "0.1"));
        ping.awaitOutput("seq=2 time=", Await.EVENTUALLY);
        ping.signal("INT");
        assertEquals(0, ping.awaitExit(Await.EVENTUALLY), ping::toString);
        ping.awaitOutput("0% lost");
    }

    @Test
    void recordsWhatTsharkReads() throws IOException
    {
        final Path file = SCENE.a().folder().resolve("tunnel.pcapng");
        final ChildProcess capture = SCENE.keep(SCENE.a().start(
            "env", "--default-signal=INT", Machine.launcher(), "capture", "-w", file.toString()));
        capture.awaitErrors("recording " + Scene.deviceA());
        SCENE.a().succeed("ping", "-n", "-q", "-c", "20", "-i", "0.01", Scene.INSIDE_B);
        Await.until("the pings are in the file", Await.EVENTUALLY, () -> count(file, "icmp") >= 40,
            capture::toString);
        capture.signal("INT");
        assertEquals(0, capture.awaitExit(Await.EVENTUALLY), capture::toString);
        capture.awaitErrors("^\\d+ packets, \\d+ bytes in .*; 0 came too fast");

        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals(20, count(file, "icmp.type==8 && ip.src==" + Scene.INSIDE_A + " && frame.packet_flags_direction==2"));
        assertEquals(20, count(file, "icmp.type==0 && ip.src==" + Scene.INSIDE_B + " && frame.packet_flags_direction==1"));
        assertEquals(0, count(file, "icmp.checksum.status==0 || _ws.malformed"));
        assertTrue(tshark("-r", file.toString(), "-T", "fields", "-e", "frame.interface_name", "-c", "1")
            .contains(Scene.deviceA()));
    }

    @Test
    void recordsTcpInSegmentsWithSoundChecksumsUntilALimit()
    {
        final Path file = SCENE.a().folder().resolve("tcp.pcapng");
        final ChildProcess server = SCENE.keep(SCENE.b().start("iperf3", "-s", "-1", "--forceflush"));
        server.awaitOutput("Server listening");
        final ChildProcess capture = SCENE.keep(SCENE.a().start(
            Machine.launcher(), "capture", "-w", file.toString(), "-c", "2000"));
        capture.awaitErrors("recording ");
        SCENE.a().succeed("iperf3", "-c", Scene.INSIDE_B, "-n", "16M");
        assertEquals(0, capture.awaitExit(Await.EVENTUALLY), capture::toString);
        capture.awaitErrors("^2000 packets, ");
        assertEquals(2000, count(file, "tcp"));
        assertEquals(0, count(file, "tcp.checksum.status==0 || ip.checksum.status==0 || _ws.malformed"));
        assertEquals(0, count(file, "ip.len > 1425"));
        assertTrue(count(file, "ip.len > 1300 && frame.packet_flags_direction==2") > 500, capture::toString);
    }

    @Test
    void endsARecordingByItselfAfterATimeAndBeforeTheFileIsTooLarge() throws IOException
    {
        final ChildProcess pings = SCENE.keep(SCENE.a().start("ping", "-n", "-q", "-i", "0.02", Scene.INSIDE_B));
        final Path timed = SCENE.a().folder().resolve("timed.pcapng");
        final long startNs = System.nanoTime();
        SCENE.a().succeed(Machine.launcher(), "capture", "-w", timed.toString(), "--seconds", "2");
        assertTrue(System.nanoTime() - startNs >= 2_000_000_000L, "sooner than it was told to");
        assertTrue(count(timed, "icmp") > 2);
        final Path small = SCENE.a().folder().resolve("small.pcapng");
        SCENE.a().succeed(Machine.launcher(), "capture", "-w", small.toString(), "--bytes", "3k");
        pings.close();
        assertTrue(Files.size(small) <= 3000 && Files.size(small) > 2500, () -> small.toFile().length() + " bytes");
        assertTrue(count(small, "icmp") > 2);
        assertEquals(0, count(small, "_ws.malformed"));
    }

    @Test
    void streamsARecordingToStandardOutput()
    {
        final ChildProcess pings = SCENE.keep(SCENE.a().start("ping", "-n", "-i", "0.05", Scene.INSIDE_B));
        final String counted = SCENE.a().succeed("sh", "-c",
            "\"$1\" capture -w - -c 10 | tshark -r - -T fields -e ip.proto", "sh", Machine.launcher());
        pings.close();
        assertEquals(10, counted.lines().filter("1"::equals).count(), counted);
    }

    @Test
    void refusesToRecordOverALink() throws IOException
    {
        final Path target = Files.writeString(SCENE.a().folder().resolve("precious"), "precious");
        final Path link = Files.createSymbolicLink(SCENE.a().folder().resolve("link"), target);
        final ChildProcess capture = SCENE.a().run(Machine.launcher(), "capture", "-w", link.toString());
        assertEquals(1, capture.awaitExit(Await.SOON), capture::toString);
        assertTrue(capture.errors().getFirst().contains("symbolic link"), capture::toString);
        assertEquals("precious", Files.readString(target));
    }

    @Test
    void measuresWhatArrivesWithoutAnythingThatListens()
    {
        final String fixed = succeed("bench", Scene.INSIDE_B, "-t", "2", "-rate", "20M", "-json");
        final double bits = field(fixed, "bits_per_second");
        assertTrue(bits > 10e6 && bits < 30e6, fixed);
        assertTrue(field(fixed, "loss_percent") < 5, fixed);
        assertEquals(1425, field(fixed, "packet_length"), fixed);

        final String searched = succeed("bench", "-t", "2");
        assertTrue(searched.contains("searching"), searched);
        assertTrue(Pattern.compile("(?m)^arrived: +\\S+ [MG]bit/s, .* lost, round trip .* ms, in \\d\\.\\d s with packets")
            .matcher(searched).find(), searched);
    }

    @Test
    void profilesANodeWhoseAgentsAllocateNothing() throws IOException
    {
        final Path file = SCENE.a().folder().resolve("node.jfr");
        final ChildProcess pings = SCENE.keep(SCENE.a().start("ping", "-n", "-q", "-i", "0.002", Scene.INSIDE_B));
        // Classes that are loaded and code that is compiled for the first time show as some bytes of whoever came by, once.
        String report = "";
        for (int look = 0; look < LOOKS && !report.contains(NOTHING); look++)
        {
            report = succeed("profile", "-seconds", "2", "-o", file.toString());
        }
        pings.close();
        assertTrue(report.contains(NOTHING), report);
        assertTrue(Pattern.compile("(?m)^\\[tun,send\\] +0 +[1-9]\\d*$").matcher(report).find(), report);
        assertTrue(Pattern.compile("(?m)^receive +0 +[1-9]\\d*$").matcher(report).find(), report);
        assertTrue(Pattern.compile("(?m)^control +[1-9]\\d* +\\d+$").matcher(report).find(), report);
        assertTrue(Files.size(file) > 10_000);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void readsItsPeersAgainWhenItIsAskedTo() throws IOException
    {
        final Path socket = SCENE.a().statusFile(Scene.deviceA()).resolveSibling(Scene.deviceA() + ".sock");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
        try (RequestClient client = RequestClient.ask(socket, Request.of("reload"), Await.EVENTUALLY))
        {
            assertNull(client.next());
        }
        a.process().awaitErrors("peers: nothing has changed$");
    }

    @Test
    void saysWhatIsWrongInOneLine()
    {
        assertRefused(1, "is no peer of this node", "ping", "nobody");
        assertRefused(1, "no node with the device nothere runs here", "ping", "-tun", "nothere");
        assertRefused(2, "--interval: '0.01': give seconds from 0.1", "ping", "-i", "0.01");
        assertRefused(2, "--rate: 'fast': give a whole number", "bench", "-rate", "fast");
    }

    /** A node that nobody speaks with. */
    private static ChildProcess startAnother(final String name, final String... more)
    {
        final List<String> command = new ArrayList<>(List.of(Machine.launcher(), "up", "-keydir", "./" + name, "-tun", "t%d",
            "-tun-ip", "10.99.0.9", "-port", "0", "-allow", SCENE.idB(), "-log-level", "debug"));
        command.addAll(List.of(more));
        return SCENE.a().start(command.toArray(String[]::new));
    }

    private static void awaitEndOfWarmUp()
    {
        final Path threads = Path.of("/proc/" + a.process().pid() + "/task");
        Await.until("the warm-up ends", Await.SOON, () ->
        {
            try (Stream<Path> numbers = Files.list(threads))
            {
                return numbers.noneMatch(thread -> WARM_UP.equals(nameOf(thread)));
            }
            catch (final IOException e)
            {
                throw new UncheckedIOException(e);
            }
        }, a::toString);
    }

    /** How the threads of each name are scheduled. */
    private static Map<String, Set<String>> schedules(final ChildProcess process)
    {
        final Map<String, Set<String>> schedules = new TreeMap<>();
        try (Stream<Path> numbers = Files.list(Path.of("/proc/" + process.pid() + "/task")))
        {
            for (final Path thread : numbers.toList())
            {
                try
                {
                    // Fields 19 and 41 of proc_pid_stat(5); what follows the name begins with the third.
                    final String stat = Files.readString(thread.resolve("stat"));
                    final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                    schedules.computeIfAbsent(Files.readString(thread.resolve("comm")).strip(), name -> new TreeSet<>())
                        .add("nice " + fields[19 - 3] + ", policy " + fields[41 - 3]);
                }
                catch (final IOException e)
                {
                    assertFalse(Files.exists(thread), () -> "a thread that has not ended: " + e);
                }
            }
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
        return schedules;
    }

    private static String nameOf(final Path thread)
    {
        try
        {
            return Files.readString(thread.resolve("comm")).strip();
        }
        catch (final IOException e)
        {
            return "it has ended: " + e;
        }
    }

    private static void assertRefused(final int status, final String why, final String... command)
    {
        final ChildProcess process = run(command);
        assertEquals(status, process.awaitExit(Await.EVENTUALLY), process::toString);
        assertEquals(1, process.errors().size(), process::toString);
        assertTrue(process.errors().getFirst().contains(why), process::toString);
    }

    private static String succeed(final String... command)
    {
        final List<String> line = new ArrayList<>(List.of(Machine.launcher()));
        line.addAll(List.of(command));
        return SCENE.a().succeed(line.toArray(String[]::new));
    }

    private static ChildProcess run(final String... command)
    {
        final List<String> line = new ArrayList<>(List.of(Machine.launcher()));
        line.addAll(List.of(command));
        return SCENE.a().run(line.toArray(String[]::new));
    }

    private static long count(final Path file, final String filter)
    {
        return tshark("-r", file.toString(), "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
            "-Y", filter, "-T", "fields", "-e", "frame.number").lines().filter(line -> !line.isBlank()).count();
    }

    /** While a file is being written its last block may be cut short, which tshark says and goes on from. */
    private static String tshark(final String... arguments)
    {
        final List<String> line = new ArrayList<>(List.of("tshark"));
        line.addAll(List.of(arguments));
        final ChildProcess process = SCENE.a().start(line.toArray(String[]::new));
        process.awaitExit(Duration.ofMinutes(1));
        assertFalse(process.errors().stream().anyMatch(error -> error.matches(".*(is not a valid|isn't a valid).*")),
            process::toString);
        return String.join("\n", process.output());
    }

    private static double field(final String json, final String name)
    {
        final Matcher matcher = Pattern.compile("\"" + name + "\": ([0-9.]+)").matcher(json);
        assertTrue(matcher.find(), json);
        return Double.parseDouble(matcher.group(1));
    }
}
