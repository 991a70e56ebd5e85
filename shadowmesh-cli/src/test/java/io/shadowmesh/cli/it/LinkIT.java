package io.shadowmesh.cli.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What {@code --bandwidth} and {@code --no-aqm} make of a path with a delay and a rate, and what the log says of it. */
@Timeout(240)
final class LinkIT
{
    private static final double RATE = 20e6;
    /** 20 Mbit/s and 300 ms, in packets of 1200 bytes. */
    private static final long LIMIT = 625;
    private static final long LEAST_LIMIT = 256;
    /** So long the rate is looked at. */
    private static final int LOOK_SECONDS = 2;
    private static final int LARGE = 3000;
    private static final int FULL_RINGS = 10;
    private static final String NOT_ECN_CAPABLE = "0";
    private static final String ECN_CAPABLE = "2";
    private static final Pattern RECEIVED_BY_LO = Pattern.compile("(?m)^ *lo: *(\\d+) ");

    /** Sixty Mbit/s of packets with that type of service, to a port where nobody listens. */
    private static final String FLOOD = """
        import socket, sys, time
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, int(sys.argv[2]))
        packet = bytes(1200)
        start = time.monotonic()
        sent = 0
        while True:
            due = min(sent + 200, int((time.monotonic() - start) * 6250))
            while sent < due:
                s.sendto(packet, (sys.argv[1], 9))
                sent += 1
            time.sleep(0.002)
        """;

    private static final String CHECK_LOG = """
        import json, sys
        for line in open(sys.argv[1]):
            record = json.loads(line)
            assert {"time", "level", "logger", "message"} <= record.keys(), line
            print(record["level"], record["message"])
        """;

    @RegisterExtension
    private static final Scene SCENE = Scene.perClass("ping", "python3");

    private static Relay relay;
    private static Node b;
    private final List<ChildProcess> traffic = new ArrayList<>();
    private Node a;

    @BeforeAll
    static void aPath()
    {
        SCENE.a().write("flood.py", FLOOD);
        SCENE.b().write("check.py", CHECK_LOG);
        relay = SCENE.startRelay("");
        b = SCENE.startListener(
            "--mtu", "9000", "--bandwidth", "20M", "--log-level", "debug", "--log-format", "json").ready();
    }

    @BeforeEach
    void onAGoodPathAtFirst()
    {
        relay.plan("");
    }

    @AfterEach
    void end()
    {
        traffic.forEach(ChildProcess::close);
        a.close();
    }

    @Test
    void theRingFollowsThePathAndTheLogSaysSo()
    {
        relay.plan("delay=150ms");
        start("--bandwidth", "20M", "--log-level", "debug");
        traffic.add(SCENE.a().start("ping", "-n", "-q", "-i", "0.1", Scene.INSIDE_B));
        awaitStatus("limit_packets", LIMIT, Long.MAX_VALUE);
        a.process().awaitErrors(
            " INFO \\S+: \\[ADAPTIVE-BUFFER\\] limit \\d+ packets \\(before: 256\\): .+, 20\\.0 Mbit/s, RTT \\d+\\.\\d ms$");
        a.process().awaitErrors(
            " DEBUG \\S+: \\[PROFILE-TUN-UDP\\] ring wait p50 .* us \\([1-9]\\d* samples\\); \\d+ of \\d+ packets$");
        a.process().awaitErrors(
            " DEBUG \\S+: \\[PROFILE-TUN-UDP\\] .+: RTT \\d+\\.\\d\\d ms \\(p50 .*\\), loss .* Mbit/s$");
        b.process().awaitErrors("\\[ADAPTIVE-BUFFER\\] limit ");
        b.process().awaitErrors("\\[PROFILE-TUN-UDP\\] .*: RTT ");
        relay.plan("");
        awaitStatus("limit_packets", LEAST_LIMIT, LEAST_LIMIT);

        SCENE.b().write("log.json", String.join("\n", b.process().errors()));
        final List<String> records = SCENE.b().succeed("python3", "check.py", "log.json").lines().toList();
        assertTrue(records.stream().anyMatch(record -> record.startsWith("INFO [ADAPTIVE-BUFFER] limit ")), b::toString);
        assertTrue(records.stream().anyMatch(record -> record.startsWith("DEBUG [PROFILE-TUN-UDP] seal ")), b::toString);
    }

    @Test
    void pacesAndMarksOrDropsWhatStandsInTheQueue()
    {
        start("--bandwidth", "20M");
        flood(NOT_ECN_CAPABLE);
        awaitStatus("aqm", 1, Long.MAX_VALUE);
        assertPaced();
        assertEquals(0, status("aqm_marks"), a::toString);
        flood(ECN_CAPABLE);
        awaitStatus("aqm_marks", 1, Long.MAX_VALUE);
    }

    @Test
    void letsPacketsWaitWithoutQueueManagement()
    {
        start("--bandwidth", "20M", "--no-aqm");
        flood(NOT_ECN_CAPABLE);
        flood(ECN_CAPABLE);
        final long before = status("udp_datagrams_sent");
        assertPaced();
        Await.until("the ring has been full many times over", Await.SOON,
            () -> status("udp_datagrams_sent") - before > FULL_RINGS * LEAST_LIMIT, a::toString);
        assertEquals(0, status("aqm"), a::toString);
        assertEquals(0, status("aqm_marks"), a::toString);
    }

    @Test
    void findsTheRateOfThePathByItself()
    {
        relay.plan("rate=20/50ms delay=5ms");
        start("--bandwidth", "auto");
        assertEquals(0, status("pacing_rate"), "nothing is known yet");
        flood(NOT_ECN_CAPABLE);
        awaitStatus("pacing_rate", (long)(RATE / 2), (long)(RATE * 2));
    }

    @Test
    void warnsOfFramesThatAStandardOneCannotHold()
    {
        start("--mtu", "9000");
        SCENE.a().succeed("ping", "-n", "-c", "3", "-i", "0.2", "-s", Integer.toString(LARGE), Scene.INSIDE_B);
        final Matcher warning =
            a.process().awaitErrors(" WARN \\S+: \\[UDP-SEND-WARNING\\] Oversized frame: (\\d+) bytes$");
        assertTrue(Integer.parseInt(warning.group(1)) > LARGE, a::toString);
    }

    /** Without a warm-up, which passes lo as well. */
    private void start(final String... options)
    {
        final List<String> all = new ArrayList<>(List.of(options));
        all.add("--no-warm-up");
        a = SCENE.startInitiatorViaRelay(all.toArray(String[]::new)).ready();
        SCENE.a().awaitPing(Scene.INSIDE_B, a, b, relay);
    }

    private void flood(final String typeOfService)
    {
        traffic.add(SCENE.a().start("python3", "flood.py", Scene.INSIDE_B, typeOfService));
    }

    /** Three times as much wants to go. The relay is on a's own host, so that a and what comes for it pass lo alone. */
    private static void assertPaced()
    {
        final long startNs = System.nanoTime();
        final long before = bytes();
        final long readNs = System.nanoTime();
        Await.passing(Duration.ofSeconds(LOOK_SECONDS));
        final long againNs = System.nanoTime();
        final long bits = Byte.SIZE * (bytes() - before);
        final double most = bits / ((againNs - readNs) / 1e9);
        final double least = bits / ((System.nanoTime() - startNs) / 1e9);
        System.out.printf("between %.1f and %.1f Mbit/s%n", least / 1e6, most / 1e6);
        assertTrue(least < RATE * 1.4, () -> least + " bit/s");
        assertTrue(most > RATE / 4, () -> most + " bit/s");
    }

    private static long bytes()
    {
        final Matcher matcher = RECEIVED_BY_LO.matcher(SCENE.a().succeed("cat", "/proc/net/dev"));
        assertTrue(matcher.find());
        return Long.parseLong(matcher.group(1));
    }

    private void awaitStatus(final String name, final long least, final long greatest)
    {
        Await.until(name + " from " + least + " to " + greatest, Await.EVENTUALLY, () ->
        {
            final long value = status(name);
            return value >= least && value <= greatest;
        }, () -> name + " is " + status(name) + "\n" + a);
    }

    /** A number of the node's own in its JSON; 0 if it is not there, as are drops for reasons that have not been. */
    private static long status(final String name)
    {
        final Matcher matcher = Pattern.compile("\"" + name + "\": (\\d+)")
            .matcher(SCENE.a().succeed(Machine.launcher(), "status", "--json", Scene.deviceA()));
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }
}
