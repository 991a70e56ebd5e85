package io.shadowmesh.cli.it;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A tunnel over IPv6. */
@Timeout(240)
final class OuterIpv6IT
{
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    @Test
    void carriesIpv4AndIpv6InsideIpv6()
    {
        final Node b = scene.startNode(scene.b(), new String[0], "-keydir", "./keys", "-ip", TwoHosts.B6,
            "-tun", Scene.deviceB(), "-tun-ip", Scene.INSIDE_B, "-tun-ip", Scene.INSIDE_B6 + "/64",
            "-allow", scene.idA()).ready();
        final Node a = scene.startNode(scene.a(), new String[0], "-keydir", "./keys", "-ip", TwoHosts.A6,
            "-tun", Scene.deviceA(), "-tun-ip", Scene.INSIDE_A, "-tun-ip", Scene.INSIDE_A6 + "/64",
            "-connect", scene.idB() + "@[" + TwoHosts.B6 + "]:" + Scene.PORT).ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        Pings.allAnswered(scene.a(), Scene.INSIDE_B, 100, "0.005");
        Pings.allAnswered(scene.a(), Scene.INSIDE_B6, 100, "0.005");
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 100, "0.005");
        Pings.allAnswered(scene.b(), Scene.INSIDE_A6, 100, "0.005");
    }
}
