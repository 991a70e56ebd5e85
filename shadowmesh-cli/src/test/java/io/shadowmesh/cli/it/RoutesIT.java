package io.shadowmesh.cli.it;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Routes to the peers' prefixes come with a node and go with it, also where the device stays. */
@Timeout(240)
final class RoutesIT
{
    private static final List<String> BEYOND = List.of("10.77.0.0/16", "10.78.1.1", "fd77::/64");
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    @Test
    void comeAndGoWithTheNode()
    {
        scene.b().ip("addr", "add", "10.77.0.1/32", "dev", "lo");
        scene.b().ip("addr", "add", "fd77::1/128", "dev", "lo", "nodad");
        scene.a().ip("tuntap", "add", "dev", Scene.deviceA(), "mode", "tun");
        scene.a().ip("route", "add", "10.79.0.0/16", "dev", "cable");
        final Node b = scene.startListener("-tun-ip", Scene.INSIDE_B6 + "/64").ready();
        final Node a = startA().ready();
        a.process().awaitErrors("WARN.*no route set to 0.0.0.0/0");
        a.process().awaitErrors("WARN.*no route set to 192.0.0.0/16");
        a.process().awaitErrors("WARN.*no route set to 10.79.0.0/16: there is one already");
        final List<String> routes = new ArrayList<>(BEYOND);
        routes.addAll(List.of("10.10.10.0/24", "fd00:10::/64"));
        final List<String> found = scene.a().routesThrough(Scene.deviceA());
        found.removeIf(route -> route.startsWith("fe80:"));
        assertEquals(routes.stream().sorted().toList(), found.stream().sorted().toList());
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        Pings.allAnswered(scene.a(), "10.77.0.1", 5, "0.01");
        Pings.allAnswered(scene.a(), "fd77::1", 5, "0.01");

        a.process().signal("TERM");
        assertEquals(0, a.process().awaitExit(Await.SOON), a::toString);
        assertTrue(scene.a().hasDevice(Scene.deviceA()));
        assertNoneIsLeft();
        assertTrue(scene.a().routesThrough("cable").contains("10.79.0.0/16"), "somebody else's");

        final Node again = startA("--no-routes").ready();
        scene.a().awaitPing(Scene.INSIDE_B, again, b);
        assertNoneIsLeft();
    }

    private void assertNoneIsLeft()
    {
        final List<String> left = scene.a().routesThrough(Scene.deviceA());
        assertTrue(BEYOND.stream().noneMatch(left::contains), left::toString);
    }

    private Node startA(final String... more)
    {
        return scene.startNode(scene.a(), more, "-keydir", "./keys", "-ip", TwoHosts.A4, "-tun", Scene.deviceA(),
            "-tun-ip", Scene.INSIDE_A, "-tun-ip", Scene.INSIDE_A6 + "/64", "-connect", scene.idB() + "@" + TwoHosts.B4 +
            "=10.10.10.0/24,fd00:10::/64,10.77.0.0/16,10.78.1.1/32,10.79.0.0/16,192.0.0.0/16,0.0.0.0/0,fd77::/64");
    }
}
