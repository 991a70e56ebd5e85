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
    private static final Duration PROMISED = Await.promised(1);
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

        exitsZeroWithinASecondOn(signal, a);
        assertFalse(scene.a().hasDevice(Scene.deviceA()), a::toString);
        Await.until("the initiator's CLOSE passes the relay", Await.SOON, () -> relay.count(">T3") > 0,
            relay::toString);

        a.startAgain();
        a.ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b, relay);
        exitsZeroWithinASecondOn(signal, b);
        assertFalse(scene.b().hasDevice(Scene.deviceB()), b::toString);
        Await.until("the listener's CLOSE passes the relay", Await.SOON, () -> relay.count("<T3") > 0,
            relay::toString);
        assertTrue(a.process().isAlive(), a::toString);
    }

    /** Where machines may be slow, three times a second, as the property {@code shadowmesh.it.slack} says. */
    private static void exitsZeroWithinASecondOn(final String signal, final Node node)
    {
        final long start = System.nanoTime();
        node.process().signal(signal);
        assertEquals(0, node.process().awaitExit(PROMISED), node::toString);
        System.out.println("SIG" + signal + ": exit after " + (System.nanoTime() - start) / 1_000_000 + " ms");
    }
}
