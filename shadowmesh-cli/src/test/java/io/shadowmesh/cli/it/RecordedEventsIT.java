package io.shadowmesh.cli.it;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.status.TunnelCounter;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the flight recorder hears of a running node to which everything happens that there is an event for. */
@Timeout(300)
final class RecordedEventsIT
{
    private static final int DROPS = 300;
    private static final String STRAY = "10.99.0.1";
    private static final Duration ROUND_TRIP = Duration.ofMillis(90);
    private static final int MUCH = 1000;
    private static final String SEND_STRAYS = """
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for i in range(%d):
            s.sendto(bytes(100), ("%s", 9))
        """.formatted(DROPS, STRAY);

    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "iperf3", "python3", "strace");

    @Test
    void tellOfHandshakesRoamingTheRingDropsAndOffloads() throws IOException
    {
        final Relay relay = scene.startRelay("");
        final Node b = scene.startListener("--bandwidth", "100M", "--threads", "paired").ready();
        final Node a = scene.startInitiatorViaRelay().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
        // The flight recorder takes its time to wake up; the second time it is there at once.
        scene.b().succeed(Machine.launcher(), "profile", "-seconds", "1");
        final Path file = scene.b().folder().resolve("events.jfr");
        final ChildProcess profile = scene.keep(scene.b().start("env", "--default-signal=INT", Machine.launcher(),
            "profile", "-seconds", "200", "-o", file.toString()));
        profile.awaitErrors("^watching " + Scene.deviceB());

        a.process().signal("TERM");
        assertEquals(0, a.process().awaitExit(Await.SOON), a::toString);
        a.startAgain();
        a.ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
        scene.keep(scene.a().start("ping", "-n", "-q", "-i", "0.05", Scene.INSIDE_B));
        relay.plan("delay=50ms");
        Await.until("more may wait", Await.SOON, () -> b.count(TunnelCounter.RING_LIMIT) > MUCH, b::toString);
        final int port = relay.rebind(TwoHosts.A4_OTHER);
        Await.until("b finds a elsewhere", Await.SOON, () -> scene.b().succeed(Machine.launcher(), "status")
            .contains("endpoint: " + TwoHosts.A4_OTHER + ":" + port), b::toString);
        relay.plan("");
        Await.until("less may wait", Await.EVENTUALLY, () -> b.count(TunnelCounter.RING_LIMIT) < MUCH, b::toString);

        scene.b().ip("route", "add", STRAY, "dev", Scene.deviceB());
        scene.b().write("strays.py", SEND_STRAYS);
        scene.b().succeed("python3", "strays.py");
        Await.until("all are dropped", Await.SOON, () -> b.count(DropReason.NO_PEER) >= DROPS, b::toString);

        scene.keep(scene.b().start("iperf3", "-s", "--forceflush", "-B", Scene.INSIDE_B)).awaitOutput("listening");
        scene.keep(scene.a().start("iperf3", "-c", Scene.INSIDE_B, "-R", "-t", "0", "-b", "16M", "-l", "16K"));
        try (InjectedFaults faults =
            new InjectedFaults(scene.b(), b.process().pid(), "[tun,send]", "sendmsg", null, "error=EIO", "1"))
        {
            Await.until("the error reaches the node", Await.SOON, () -> faults.count() > 0, faults::toString);
            b.process().awaitErrors("UDP segmentation offload is off from now on");
        }
        // In the log a moment before it is an event; drops become one once a second.
        Await.passing(Duration.ofSeconds(3));
        profile.signal("INT");
        profile.awaitExit(Await.EVENTUALLY);
        profile.awaitErrors("^the recording is in ");

        final List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        one(events, "Handshake", event -> event.getString("outcome").equals("established") &&
            event.getString("endpoint").startsWith(TwoHosts.A4 + ":"));
        one(events, "Roam", event -> event.getString("from").startsWith(TwoHosts.A4 + ":") &&
            event.getString("to").equals(TwoHosts.A4_OTHER + ":" + port));
        one(events, "RingLimitChange", event -> event.getLong("to") > MUCH &&
            event.getLong("to") > event.getLong("from") && event.getDuration("rtt").compareTo(ROUND_TRIP) > 0);
        one(events, "RingLimitChange", event -> event.getLong("to") < Math.min(MUCH, event.getLong("from")));
        one(events, "DropBurst", event -> event.getString("reason").equals(DropReason.NO_PEER.text()) &&
            event.getLong("count") >= DROPS / 3 && !event.getDuration("period").isNegative());
        one(events, "OffloadDowngrade", event -> event.getString("offload").equals("UDP segmentation") &&
            !event.getString("error").isEmpty());
        assertReported(String.join("\n", profile.output()));
    }

    private static void one(final List<RecordedEvent> events, final String name, final Predicate<RecordedEvent> expected)
    {
        assertTrue(events.stream().anyMatch(event ->
            event.getEventType().getName().equals("io.shadowmesh." + name) && expected.test(event)),
            () -> "no such " + name + " in " + events.stream()
                .filter(event -> event.getEventType().getName().startsWith("io.shadowmesh.")).toList());
    }

    /** It says which thread allocated what, and where. */
    private static void assertReported(final String report)
    {
        final int from = report.indexOf("where heap was allocated (sampled, bytes)\n");
        final int to = report.indexOf("where the time went (samples)\n");
        assertTrue(from >= 0 && to > from, report);
        final String allocations = report.substring(from, to);
        assertTrue(Pattern.compile("(?m)^ +[1-9]\\d*  \\S.*  [\\w.$\\[;]+  [\\w$]+\\.[\\w$<>]+:-?\\d+$")
            .matcher(allocations).find(), report);
        for (final String event : new String[] {"DropBurst", "Handshake", "OffloadDowngrade", "RingLimitChange", "Roam"})
        {
            assertTrue(Pattern.compile("(?m)^  io\\.shadowmesh\\." + event + "  [1-9]\\d*$").matcher(report).find(), report);
        }
    }
}
