package io.shadowmesh.cli.it;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** How soon a tunnel is back when one of its nodes was killed, stopped, or away for minutes. */
@Timeout(3600)
final class InterruptionIT
{
    private static final int KILLS = Integer.getInteger("shadowmesh.it.kills", 2);
    private static final String STOPS = System.getProperty("shadowmesh.it.stopSeconds", "10");
    private static final int AWAY_SECONDS = Integer.getInteger("shadowmesh.it.awaySeconds", 5);
    /** From which time on a stopped node has outlived its keys. */
    private static final int KEYS_LAST_SECONDS = 180;
    private static final int MOST_MS_INTO_A_HANDSHAKE = 30;
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");
    private Relay relay;
    private Node a;
    private Node b;

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
        for (int kill = 0; kill < KILLS; kill++)
        {
            final boolean listener = (kill & 1) == 0;
            final boolean inHandshake = ((kill & 1) ^ (kill >> 1 & 1)) == 0;
            if (inHandshake)
            {
                beginAHandshake(random.nextInt(MOST_MS_INTO_A_HANDSHAKE));
            }
            final Node victim = listener ? b : a;
            victim.process().killHard();
            final Host host = listener ? scene.b() : scene.a();
            Await.until("its device is gone", Await.SOON, () -> host.tunDevices().isEmpty());
            victim.startAgain();
            victim.ready();
            isBack((listener ? "listener" : "initiator") + " killed in a " + (inHandshake ? "handshake" : "transfer"), 12);
        }
    }

    static String[] stops()
    {
        return STOPS.split(",");
    }

    @ParameterizedTest
    @MethodSource("stops")
    void isBackWhenASideStoodStill(final int seconds)
    {
        final int promised = seconds < KEYS_LAST_SECONDS ? 2 : 10;
        b.process().signal("STOP");
        Await.passing(Duration.ofSeconds(seconds));
        b.process().signal("CONT");
        isBack("listener stopped for " + seconds + " s", promised);
        if (seconds >= KEYS_LAST_SECONDS)
        {
            a.process().signal("STOP");
            Await.passing(Duration.ofSeconds(seconds));
            a.process().signal("CONT");
            isBack("initiator stopped for " + seconds + " s", promised);
        }
    }

    @Test
    void isBackWhenTheHubWasAway()
    {
        b.process().signal("TERM");
        b.process().awaitExit(Await.SOON);
        Await.passing(Duration.ofSeconds(AWAY_SECONDS));
        b.startAgain();
        b.ready();
        isBack("hub away for " + AWAY_SECONDS + " s", 25);
    }

    /** Has the initiator begin anew, and comes back some time after its first message has passed. */
    private void beginAHandshake(final int delayMs)
    {
        a.process().killHard();
        final long before = relay.count(">M1");
        a.startAgain();
        Await.until("the first message", Await.SOON, () -> relay.count(">M1") > before, relay::toString);
        Await.passing(Duration.ofMillis(delayMs));
    }

    private void isBack(final String after, final int promisedSeconds)
    {
        final long start = System.nanoTime();
        Await.until("the tunnel is back: " + after, Await.promised(promisedSeconds),
            () -> scene.a().canPing(Scene.INSIDE_B), () -> "" + a + b + relay);
        System.out.println(after + ": back after " + (System.nanoTime() - start) / 1_000_000 + " ms");
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 5, "0.05");
        assertTrue(a.process().isAlive() && b.process().isAlive(), () -> "" + a + b);
    }
}
