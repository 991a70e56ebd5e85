package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;

import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Two nodes that renew their keys every second, on a path that loses one datagram in a hundred, with mixed traffic. */
@Timeout(90_000)
final class StressIT
{
    private static final int SECONDS = Integer.getInteger("shadowmesh.it.stressSeconds", 15);
    /** Until then classes are loaded and methods compiled, which is no leak; a calm node takes its time over it. */
    private static final int WARM_UP_SECONDS = Math.clamp(SECONDS / 6, 2, 600);
    /** From which length on a slope tells more than the compiler's last pages. */
    private static final int SLOPE_SECONDS = 600;
    private static final double SLOPE_KB_PER_TEN_MINUTES = 1024;
    private static final long SHORT_RUN_KB = 16 * 1024;
    /** What the JVM links for an agent that does something for the first time: far less than a byte for each packet. */
    private static final long FIRST_USE_BYTES = 16 * 1024;
    private static final long SECONDS_PER_SESSION_AT_WORST = Math.min(3, Await.promised(2).toSeconds());
    /** For so long at a time each kind of traffic must have gone on. */
    private static final int WINDOW_SECONDS = Math.min(60, SECONDS);
    /** Of what is sent, where the machine is no slower than promised; else something. */
    private static final double LEAST_SHARE = Await.promised(1).toSeconds() > 1 ? 0 : 0.5;
    /** From which count on the share that the relay loses tells more than chance. */
    private static final long MANY_DATAGRAMS = 20_000;
    private static final int LONGEST_GAP_SECONDS = 1;
    private static final int BEATS_PER_SECOND = 100;
    private static final String RENEWAL_MS = "1000";
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "iperf3");

    private record Sample(long second, long residentKb)
    {
    }

    @Test
    void losesNoSecondAndGrowsNotWhileKeysAreRenewedEverySecond()
    {
        final long seed = Long.getLong("shadowmesh.seed", System.nanoTime());
        System.out.println("seed " + seed);
        final Relay relay = scene.startRelay("");
        final ChildProcess b = node(scene.b(), Scene.deviceB(), Scene.INSIDE_B, TwoHosts.B4, scene.idA());
        final ChildProcess a = node(scene.a(), Scene.deviceA(), Scene.INSIDE_A, TwoHosts.A4, scene.idB(),
            TwoHosts.A4, Integer.toString(Relay.PORT));
        scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
        final MixedTraffic traffic = new MixedTraffic(scene);
        relay.plan("seed=" + seed + " loss=1%");
        final ChildProcess heartA = heart(scene.a(), Scene.INSIDE_A, Scene.INSIDE_B);
        final ChildProcess heartB = heart(scene.b(), Scene.INSIDE_B, Scene.INSIDE_A);
        Await.passing(Duration.ofSeconds(WARM_UP_SECONDS));
        heartA.ask("begin", "^begun$");
        heartB.ask("begin", "^begun$");
        final long heapBefore = heapBytes();
        final long sessionsBefore = status(scene.a(), Scene.deviceA()).get(TunnelCounter.SESSIONS_ESTABLISHED);
        final Map<String, Long> relayedBefore = relay.counts();
        traffic.begin();
        final List<Sample> samplesA = new ArrayList<>();
        final List<Sample> samplesB = new ArrayList<>();
        for (int second = 0; second < SECONDS; second++)
        {
            Await.passing(Duration.ofSeconds(1));
            samplesA.add(new Sample(second, ProcessUsage.of(Long.toString(a.pid())).residentKb()));
            samplesB.add(new Sample(second, ProcessUsage.of(Long.toString(b.pid())).residentKb()));
            if ((second + 1) % WINDOW_SECONDS == 0)
            {
                traffic.assertMoved(WINDOW_SECONDS, LEAST_SHARE);
            }
        }
        final long gapMs = Math.max(longestGapMs(heartA), longestGapMs(heartB));
        final long sessions = status(scene.a(), Scene.deviceA()).get(TunnelCounter.SESSIONS_ESTABLISHED) - sessionsBefore;
        final long heapBytes = heapBytes() - heapBefore;
        System.out.printf("%d s: %d sessions, longest gap %d ms, %d heap bytes of the agents, resident %d and %d kB, " +
            "slope %.0f and %.0f kB in 10 minutes%n", SECONDS, sessions, gapMs, heapBytes,
            samplesA.getLast().residentKb(), samplesB.getLast().residentKb(), slope(samplesA), slope(samplesB));

        assertLost(relay, ">", relayedBefore);
        assertLost(relay, "<", relayedBefore);
        assertTrue(sessions >= SECONDS / SECONDS_PER_SESSION_AT_WORST, () -> sessions + " sessions, " + relay);
        assertTrue(gapMs <= Await.promised(LONGEST_GAP_SECONDS).toMillis(), () -> gapMs + " ms, " + a + b + relay);
        assertTrue(heapBytes <= (SECONDS < SLOPE_SECONDS ? FIRST_USE_BYTES : 0),
            () -> heapBytes + " heap bytes of the agents");
        for (final List<Sample> samples : List.of(samplesA, samplesB))
        {
            assertTrue(SECONDS < SLOPE_SECONDS || slope(samples) < SLOPE_KB_PER_TEN_MINUTES, samples::toString);
            assertTrue(samples.getLast().residentKb() - samples.getFirst().residentKb() < SHORT_RUN_KB,
                samples::toString);
        }
    }

    private ChildProcess node(
        final Host host, final String device, final String address, final String local, final String peer,
        final String... endpoint)
    {
        final List<String> arguments = new ArrayList<>(List.of("keys", device, address + "/24", local,
            Integer.toString(Scene.PORT), peer, "10.10.10.0/24", RENEWAL_MS));
        arguments.addAll(List.of(endpoint));
        final ChildProcess node = scene.keep(host.start(
            Machine.javaWithLibrary("64m", RenewingNodeProgram.class, arguments.toArray(String[]::new))));
        node.awaitOutput("^ready ");
        return node;
    }

    /** The path was as bad as it should be. */
    private static void assertLost(final Relay relay, final String direction, final Map<String, Long> before)
    {
        final Map<String, Long> now = relay.counts();
        final long lost = now.getOrDefault(direction + "lost", 0L) - before.getOrDefault(direction + "lost", 0L);
        final long datagrams = now.get(direction + "datagrams") - before.get(direction + "datagrams");
        System.out.println("the relay lost " + lost + " of " + datagrams + " " + direction);
        assertTrue(lost > 0, relay::toString);
        assertTrue(datagrams < MANY_DATAGRAMS || lost * 200 >= datagrams && lost * 50 <= datagrams, relay::toString);
    }

    private ChildProcess heart(final Host host, final String local, final String remote)
    {
        final ChildProcess heart =
            scene.keep(host.start(Machine.java(HeartbeatProgram.class, local, remote, "7777",
                Integer.toString(1000 / BEATS_PER_SECOND))));
        heart.awaitOutput("^beating$");
        return heart;
    }

    private static long longestGapMs(final ChildProcess heart)
    {
        final Matcher report = heart.ask("report", "^received (\\d+) twice (\\d+) longest gap (\\d+)$");
        System.out.println(report.group());
        final long received = Long.parseLong(report.group(1));
        assertTrue(received > 0 && received >= LEAST_SHARE * SECONDS * BEATS_PER_SECOND, heart::toString);
        assertEquals("0", report.group(2), heart::toString);
        return Long.parseLong(report.group(3));
    }

    private long heapBytes()
    {
        return status(scene.a(), Scene.deviceA()).get(TunnelCounter.AGENT_HEAP_BYTES) +
            status(scene.b(), Scene.deviceB()).get(TunnelCounter.AGENT_HEAP_BYTES);
    }

    private static TunnelStatus status(final Host host, final String device)
    {
        try
        {
            return TunnelStatus.read(host.statusFile(device));
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /** The slope of the straight line through the samples, in kB per ten minutes. */
    private static double slope(final List<Sample> samples)
    {
        final double meanSecond = samples.stream().mapToLong(Sample::second).average().orElseThrow();
        final double meanKb = samples.stream().mapToLong(Sample::residentKb).average().orElseThrow();
        double product = 0;
        double square = 0;
        for (final Sample sample : samples)
        {
            product += (sample.second() - meanSecond) * (sample.residentKb() - meanKb);
            square += (sample.second() - meanSecond) * (sample.second() - meanSecond);
        }
        return square == 0 ? 0 : SLOPE_SECONDS * product / square;
    }
}
