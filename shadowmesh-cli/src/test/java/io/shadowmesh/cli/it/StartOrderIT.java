package io.shadowmesh.cli.it;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** A tunnel comes up whichever node is started first. */
@Timeout(900)
final class StartOrderIT
{
    /** How late the late node is: past the end of the initiator's first attempt; minutes in the long profile. */
    private static final Duration LATE = Duration.ofSeconds(Integer.getInteger("shadowmesh.it.lateSeconds", 20));
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    @Test
    void comesUpWhenBothStartAtTheSameMoment()
    {
        final Node b = scene.startListener();
        final Node a = scene.startInitiator();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 20, "0.01");
    }

    @Test
    void comesUpWhenBothStartAtTheSameMomentAndBothConnect()
    {
        final Node b = scene.startNode(scene.b(), new String[0], "-keydir", "./keys", "-ip", TwoHosts.B4,
            "-tun", Scene.deviceB(), "-tun-ip", Scene.INSIDE_B, "-connect", scene.idA() + "@" + TwoHosts.A4);
        final Node a = scene.startInitiator();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 200, "0.01");
        Pings.allAnswered(scene.a(), Scene.INSIDE_B, 200, "0.01");
    }

    /** The listener knows no address of its peer's, and may send nothing before the session is confirmed to it. */
    @Test
    void comesUpForAListenerThatTheFirstConfirmationsDoNotReach()
    {
        final Relay relay = scene.startRelay();
        relay.lose(">T0", 2);
        final Node b = scene.startListener().ready();
        final Node a = scene.startInitiatorViaRelay().ready();
        scene.b().awaitPing(Scene.INSIDE_A, a, b, relay);
        assertTrue(relay.count(">T0") > 2, relay::toString);
    }

    @Test
    void comesUpWhenTheListenerIsLate()
    {
        final Node a = scene.startInitiator().ready();
        Await.passing(LATE);
        final Node b = scene.startListener().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 20, "0.01");
    }

    @Test
    void comesUpWhenTheInitiatorIsLate()
    {
        final Node b = scene.startListener().ready();
        Await.passing(LATE);
        final Node a = scene.startInitiator().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 20, "0.01");
    }
}
