package io.shadowmesh.cli.it;

import java.time.Duration;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** How a node leaves when it is told to. */
@Timeout(240)
final class LeavingIT
{
    /** A second is promised; a machine under load is given some more. */
    private static final Duration AT_ONCE = Duration.ofSeconds(5);
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    @ParameterizedTest(name = "saysCloseRemovesItsDeviceAndExitsZeroOn SIG{0}")
    @ValueSource(strings = { "TERM", "INT" })
    void saysCloseRemovesItsDeviceAndExitsZero(final String signal)
    {
        final Relay relay = scene.startRelay();
        final Node b = scene.startListener().ready();
        final Node a = scene.startInitiatorViaRelay().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
        assertTrue(scene.a().hasDevice(Scene.deviceA()));

        final long start = System.nanoTime();
        a.process().signal(signal);
        assertEquals(0, a.process().awaitExit(AT_ONCE), a::toString);
        System.out.println("SIG" + signal + ": exit after " + (System.nanoTime() - start) / 1_000_000 + " ms");
        assertFalse(scene.a().hasDevice(Scene.deviceA()), a::toString);
        Await.until("the initiator's CLOSE passes the relay", Await.SOON, () -> relay.count(">T3") > 0,
            relay::toString);

        a.startAgain();
        a.ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
        b.process().signal(signal);
        assertEquals(0, b.process().awaitExit(AT_ONCE), b::toString);
        assertFalse(scene.b().hasDevice(Scene.deviceB()), b::toString);
        Await.until("the listener's CLOSE passes the relay", Await.SOON, () -> relay.count("<T3") > 0,
            relay::toString);
        assertTrue(a.process().isAlive(), a::toString);
    }
}
