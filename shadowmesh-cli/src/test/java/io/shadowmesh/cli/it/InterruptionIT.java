package io.shadowmesh.cli.it;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;

import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** How soon a tunnel is back when one of its nodes was killed, stopped, or away for minutes. */
@Timeout(3600)
final class InterruptionIT
{
    /** Of either side. */
    private static final int KILLS = Integer.getInteger("shadowmesh.it.kills", 1);
    private static final String STOPS = System.getProperty("shadowmesh.it.stopSeconds", "10");
    private static final int AWAY_SECONDS = Integer.getInteger("shadowmesh.it.awaySeconds", 5);
    /** From which time on a stopped node has outlived its keys. */
    private static final int KEYS_LAST_SECONDS = 180;
    /** From which time on both sides are stopped, one after the other, and the hub goes in both ways. */
    private static final int FULL_SECONDS = 15;
    private static final int MOST_MS_INTO_A_HANDSHAKE = 30;
    private static final long FLOWING_BYTES = 1_000_000;
    private static final String STREAM_PORT = "5202";
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "iperf3");
    private Relay relay;
    private Node a;
    private Node b;

    /** What goes on when a node is killed. */
    private enum Moment
    {
        /** M2 is lost: the handshake cannot be over. */
        WITHOUT_M2("a handshake before M2"),
        /** A TCP stream goes through the tunnel. */
        TRANSFER("a transfer"),
        /** M3 is lost: the handshake cannot be over. */
        WITHOUT_M3("a handshake before M3"),
        /** Some milliseconds after the first M1, so that it may be over. */
        AFTER_M1("the time of a handshake");

        private final String text;

        Moment(final String text)
        {
            this.text = text;
        }
    }

    @BeforeEach
    void aTunnelThatCarriesPacketsBothWays()
    {
        relay = scene.startRelay();
        b = scene.startListener().ready();
        a = scene.startInitiatorViaRelay().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
        scene.keep(scene.a().start("ping", "-n", "-q", "-i", "0.01", "-s", "1200", Scene.INSIDE_B));
        scene.keep(scene.b().start("ping", "-n", "-q", "-i", "0.01", "-s", "1200", Scene.INSIDE_A));
    }

    @Test
    void isBackWhenEitherSideWasKilledInATransferOrAHandshake()
    {
        final long seed = Long.getLong("shadowmesh.seed", ThreadLocalRandom.current().nextLong());
        System.out.println("seed " + seed);
        final SplittableRandom random = new SplittableRandom(seed);
        int unfinished = 0;
        for (int kill = 0; kill < 2 * KILLS; kill++)
        {
            final boolean listener = (kill & 1) == 0;
            final Moment moment = Moment.values()[(kill + kill / 2) & 3];
            final long finals = handshakeDatagrams("M4");
            final ChildProcess stream = begin(moment, random);
            final Node victim = listener ? b : a;
            victim.process().killHard();
            final Host host = listener ? scene.b() : scene.a();
            Await.until("its device is gone", Await.SOON, () -> host.tunDevices().isEmpty());
            if (moment == Moment.WITHOUT_M2 || moment == Moment.WITHOUT_M3)
            {
                assertEquals(finals, handshakeDatagrams("M4"), relay::toString);
                unfinished++;
            }
            relay.plan("");
            victim.startAgain();
            victim.ready();
            isBack((listener ? "listener" : "initiator") + " killed in " + moment.text, 12, System.nanoTime());
            if (stream != null)
            {
                stream.close();
            }
            final String report = Streams.run(scene, scene.a(), scene.b(), Scene.INSIDE_B, "-n", "1M");
            assertTrue(Streams.received(report) > 0, report);
        }
        System.out.println(2 * KILLS + " kills, " + unfinished + " of them in a handshake that could not end");
        assertTrue(unfinished >= KILLS, unfinished + " of " + 2 * KILLS);
    }

    static String[] stops()
    {
        return STOPS.split(",");
    }

    @ParameterizedTest
    @MethodSource("stops")
    void isBackWhenASideStoodStill(final int seconds)
    {
        stopped("listener", b, seconds);
        if (seconds >= FULL_SECONDS)
        {
            stopped("initiator", a, seconds);
        }
    }

    private void stopped(final String name, final Node node, final int seconds)
    {
        node.process().signal("STOP");
        Await.passing(Duration.ofSeconds(seconds));
        final long continuedNs = System.nanoTime();
        node.process().signal("CONT");
        isBack(name + " stopped for " + seconds + " s", seconds < KEYS_LAST_SECONDS ? 2 : 10, continuedNs);
    }

    static String[] departures()
    {
        return AWAY_SECONDS < FULL_SECONDS ? new String[] { "KILL" } : new String[] { "KILL", "TERM" };
    }

    /** One that is killed says no CLOSE: the other side finds out by itself. */
    @ParameterizedTest
    @MethodSource("departures")
    void isBackWhenTheHubWasAway(final String signal)
    {
        b.process().signal(signal);
        b.process().awaitExit(Await.SOON);
        Await.until("its device is gone", Await.SOON, () -> scene.b().tunDevices().isEmpty());
        Await.passing(Duration.ofSeconds(AWAY_SECONDS));
        b.startAgain();
        b.ready();
        isBack("hub away for " + AWAY_SECONDS + " s after SIG" + signal, 25, System.nanoTime());
    }

    /** Returns when it is the moment; with the stream that goes on, or null. */
    private ChildProcess begin(final Moment moment, final SplittableRandom random)
    {
        switch (moment)
        {
            case WITHOUT_M2 -> beginAHandshake("drop:M2=1-1000000", "M2");
            case WITHOUT_M3 -> beginAHandshake("drop:M3=1-1000000", "M3");
            case AFTER_M1 ->
            {
                beginAHandshake("", "M1");
                Await.passing(Duration.ofMillis(random.nextInt(MOST_MS_INTO_A_HANDSHAKE)));
            }
            default ->
            {
                return beginAStream();
            }
        }
        return null;
    }

    /** Has the initiator begin anew on a path with faults, and comes back when a message has come to the relay. */
    private void beginAHandshake(final String faults, final String message)
    {
        a.process().killHard();
        relay.plan(faults);
        final long before = handshakeDatagrams(message);
        a.startAgain();
        Await.until(message, Await.SOON, () -> handshakeDatagrams(message) > before, relay::toString);
    }

    private long handshakeDatagrams(final String message)
    {
        return relay.count(">" + message) + relay.count("<" + message);
    }

    /** Begins a TCP stream, and comes back while it flows. */
    private ChildProcess beginAStream()
    {
        scene.keep(scene.b().start("iperf3", "-s", "-1", "--forceflush", "-p", STREAM_PORT, "-B", Scene.INSIDE_B))
            .awaitOutput("listening");
        final long before = b.status().get(TunnelCounter.TUN_BYTES_WRITTEN);
        final ChildProcess stream = scene.keep(scene.a().start(
            "iperf3", "-c", Scene.INSIDE_B, "-p", STREAM_PORT, "-t", "0", "-b", "100M"));
        Await.until("the stream flows", Await.EVENTUALLY,
            () -> b.status().get(TunnelCounter.TUN_BYTES_WRITTEN) - before > FLOWING_BYTES,
            () -> "" + stream + a + b + relay);
        assertTrue(stream.isAlive(), stream::toString);
        return stream;
    }

    private void isBack(final String after, final int promisedSeconds, final long sinceNs)
    {
        final Duration promised = Await.promised(promisedSeconds);
        Await.until("the tunnel is back: " + after, promised,
            () -> scene.a().canPing(Scene.INSIDE_B), () -> "" + a + b + relay);
        final long tookMs = (System.nanoTime() - sinceNs) / 1_000_000;
        System.out.println(after + ": back after " + tookMs + " ms");
        // A ping that began in time may have been answered later.
        assertTrue(tookMs <= promised.toMillis(), () -> after + ": " + tookMs + " ms, " + a + b + relay);
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 5, "0.05");
        assertTrue(a.process().isAlive() && b.process().isAlive(), () -> "" + a + b);
    }
}
