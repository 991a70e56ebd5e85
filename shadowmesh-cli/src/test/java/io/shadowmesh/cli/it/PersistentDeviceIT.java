package io.shadowmesh.cli.it;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A device that somebody made before the node came. */
@Timeout(240)
final class PersistentDeviceIT
{
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    @Test
    void isUsedAndLeftInPlace()
    {
        scene.a().ip("tuntap", "add", "dev", Scene.deviceA(), "mode", "tun");
        final Node b = scene.startListener().ready();
        final Node a = scene.startInitiator().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        a.process().signal("TERM");
        assertEquals(0, a.process().awaitExit(Await.SOON), a::toString);
        assertTrue(scene.a().hasDevice(Scene.deviceA()), a::toString);
        a.startAgain();
        a.ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
    }
}
