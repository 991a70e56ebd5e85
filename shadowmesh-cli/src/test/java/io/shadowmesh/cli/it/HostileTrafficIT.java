package io.shadowmesh.cli.it;

import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A node under hostile datagrams: changed real ones, noise, and well-formed ones, tens of thousands a second. */
@Timeout(1800)
final class HostileTrafficIT
{
    private static final long DATAGRAMS = Long.getLong("shadowmesh.it.hostile", 200_000);
    private static final String RECORD = "recorded.pcap";
    private static final long RATE = 50_000;
    private static final long AT_ONCE = 50_000;
    private static final long RESIDENT_KB = 24 * 1024;
    private static final int SECONDS_OF_LOAD = 10;
    private static final double SHARE_KEPT = 0.8;
    private static final boolean IS_FULL = DATAGRAMS >= 10_000_000;
    /** Of the rate, and of the datagrams that the node must have taken: an attack of less shows nothing. */
    private static final double LEAST_SHARE = 0.9;
    /** Of the rate, where tunnel, iperf3 and attacker share the cores. */
    private static final double LEAST_SHARE_BESIDE_LOAD = 0.5;
    /** Of 1 Gbit/s: a share of less would be a share of next to nothing. */
    private static final double LEAST_BESIDE_SINK = 500e6;
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "tcpdump", "iperf3");
    private Node a;
    private Node b;
    private ChildProcess enemy;

    @BeforeEach
    void aTunnelAndSomebodyWhoHasRecordedIt()
    {
        final Capture capture = scene.keep(new Capture(scene.a(), "cable", RECORD));
        b = scene.startListener().ready();
        a = scene.startInitiator().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        scene.a().succeed("ping", "-n", "-q", "-c", "50", "-i", "0.01", "-s", "700", Scene.INSIDE_B);
        capture.end();
        enemy = enemyOf(Scene.PORT);
    }

    @Test
    void deliversNothingAnswersNothingAndKeepsItsMemory()
    {
        final String pid = Long.toString(b.process().pid());
        send(enemy, AT_ONCE);
        final long residentBefore = ProcessUsage.of(pid).residentKb();
        final long writtenBefore = b.status().get(TunnelCounter.TUN_PACKETS_WRITTEN);
        final long takenBefore = b.status().get(TunnelCounter.UDP_DATAGRAMS_RECEIVED);
        final long movesBefore = b.status().get(TunnelCounter.ENDPOINT_MOVES);
        Sent sent = new Sent(0, 0);
        for (long begun = 0; begun < DATAGRAMS; begun += AT_ONCE)
        {
            sent = sent.and(send(enemy, AT_ONCE));
        }
        final long taken = b.status().get(TunnelCounter.UDP_DATAGRAMS_RECEIVED) - takenBefore;
        final long written = b.status().get(TunnelCounter.TUN_PACKETS_WRITTEN) - writtenBefore;
        final long residentKb = ProcessUsage.of(pid).residentKb() - residentBefore;
        System.out.println(sent + ": hostile datagrams, " + taken + " taken, " + written + " delivered, " +
            residentKb + " kB more");
        assertEquals("heard 0", enemy.ask("heard", "^heard (\\d+)$").group(), b::toString);
        assertEquals(0, written, b::toString);
        assertEquals(movesBefore, b.status().get(TunnelCounter.ENDPOINT_MOVES), b::toString);
        assertTrue(taken > DATAGRAMS / 4, b::toString);
        if (IS_FULL)
        {
            sent.assertFast(LEAST_SHARE);
            assertTrue(taken >= LEAST_SHARE * DATAGRAMS, () -> taken + " taken, " + b);
        }
        assertTrue(residentKb < RESIDENT_KB, b::toString);
        Pings.allAnswered(scene.a(), Scene.INSIDE_B, 20, "0.01");
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 20, "0.01");
    }

    /** The sink takes the same datagrams and throws them away: what it costs to send and to receive them is not ours. */
    @Test
    @EnabledIfSystemProperty(named = "shadowmesh.it.soakSeconds", matches = "[1-9][0-9]*",
        disabledReason = "figures are for -Psoak")
    void keepsMostOfItsThroughput()
    {
        final int sinkPort = Scene.PORT + 1;
        scene.keep(scene.b().start(Machine.java(SinkProgram.class, TwoHosts.B4, Integer.toString(sinkPort))))
            .awaitOutput("^sinking$");
        scene.keep(scene.b().start("iperf3", "-s", "--forceflush", "-B", Scene.INSIDE_B)).awaitOutput("listening");
        final ChildProcess other = enemyOf(sinkPort);
        final double beside = bitsPerSecondBeside(other);
        final double under = bitsPerSecondBeside(enemy);
        System.out.printf("paced 1 Gbit/s: %.0f Mbit/s beside a sink, %.0f Mbit/s under fire%n", beside / 1e6, under / 1e6);
        assertTrue(beside >= LEAST_BESIDE_SINK, () -> beside + " beside a sink");
        assertTrue(under >= SHARE_KEPT * beside, () -> under + " of " + beside);
    }

    private ChildProcess enemyOf(final int port)
    {
        final long seed = Long.getLong("shadowmesh.seed", ThreadLocalRandom.current().nextLong());
        System.out.println("seed " + seed);
        final ChildProcess started = scene.keep(scene.a().start(Machine.java(HostileProgram.class, TwoHosts.B4,
            Integer.toString(port), Long.toString(seed), RECORD)));
        final Matcher ready = started.awaitOutput("^ready (\\d+)$");
        assertTrue(Integer.parseInt(ready.group(1)) > 50, ready::group);
        return started;
    }

    private static Sent send(final ChildProcess enemy, final long count)
    {
        final Matcher sent = enemy.ask("send " + count + " " + RATE, "^sent (\\d+) in (\\d+)$");
        return new Sent(Long.parseLong(sent.group(1)), Long.parseLong(sent.group(2)));
    }

    private double bitsPerSecondBeside(final ChildProcess attacker)
    {
        final ChildProcess load = scene.keep(scene.a().start(
            "iperf3", "-c", Scene.INSIDE_B, "-t", Integer.toString(SECONDS_OF_LOAD), "-b", "1G", "--json"));
        Sent sent = new Sent(0, 0);
        while (load.isAlive())
        {
            sent = sent.and(send(attacker, AT_ONCE / 2));
        }
        System.out.println(sent);
        sent.assertFast(LEAST_SHARE_BESIDE_LOAD);
        final String report = String.join("\n", load.output());
        final Matcher bits =
            Pattern.compile("\"sum_received\":\\s*\\{[^}]*?\"bits_per_second\":\\s*([0-9.e+]+)").matcher(report);
        assertTrue(bits.find(), report);
        return Double.parseDouble(bits.group(1));
    }

    /**
     * What was sent.
     *
     * @param count of datagrams that the kernel took.
     * @param ms    that they took.
     */
    private record Sent(long count, long ms)
    {
        Sent and(final Sent more)
        {
            return new Sent(count + more.count, ms + more.ms);
        }

        void assertFast(final double share)
        {
            assertTrue(count * 1000.0 >= share * RATE * ms, this::toString);
        }

        @Override
        public String toString()
        {
            return count + " in " + ms + " ms, " + count * 1000 / Math.max(1, ms) + " a second";
        }
    }
}
