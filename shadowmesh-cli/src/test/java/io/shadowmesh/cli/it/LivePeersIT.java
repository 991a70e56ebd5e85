package io.shadowmesh.cli.it;

import java.time.Duration;
import java.util.List;

import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Peers' files that come, change and go while a node runs, and one session that must not notice. */
@Timeout(240)
final class LivePeersIT
{
    private static final int PINGS = 20_000;
    private static final int MANY = 40;
    private static final int KEEPALIVES = 2;
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping");

    @Test
    void comeChangeAndGoWithoutLossToTheOthers()
    {
        writePeer("a", scene.idA(), "10.10.10.3/32");
        final Node hub = scene.startNode(
            scene.b(), new String[0], "-keydir", "./keys", "-tun", Scene.deviceB(), "-tun-ip", Scene.INSIDE_B).ready();
        final Node a = scene.startInitiator().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, hub);
        scene.b().ip("route", "add", TwoHosts.C4, "via", TwoHosts.A4);
        scene.a().sysctl("net/ipv4/ip_forward", "1");
        final long before = scene.a().echoReplies(false);
        final ChildProcess pings = scene.a().start(
            "ping", "-n", "-q", "-i", "0.005", "-c", Integer.toString(PINGS), "-W", "5", Scene.INSIDE_B);

        writePeer("c", scene.idC(), "10.10.10.5/32", "10.77.0.0/24");
        hub.process().awaitErrors("peers: added c$");
        assertTrue(scene.b().routesThrough(Scene.deviceB()).contains("10.77.0.0/24"));
        final Node c = scene.startNode(scene.c(), new String[0], "-keydir", "./keys", "-tun", Scene.deviceC(),
            "-tun-ip", "10.10.10.5", "-connect", scene.idB() + "@" + TwoHosts.B4).ready();
        scene.c().awaitPing(Scene.INSIDE_B, c, hub);

        writePeer("c", scene.idC(), "10.10.10.5/32", "10.78.0.0/24");
        hub.process().awaitErrors("peers: changed c$");
        final List<String> routes = scene.b().routesThrough(Scene.deviceB());
        assertTrue(routes.contains("10.78.0.0/24") && !routes.contains("10.77.0.0/24"), routes::toString);
        Pings.allAnswered(scene.c(), Scene.INSIDE_B, 5, "0.01");
        assertEquals(1, c.count(TunnelCounter.SESSIONS_ESTABLISHED), c::toString);

        scene.b().write("keys/peers/c.toml", "id = \"" + scene.idC() + "\"\nallowed_ips = [\"10.99.0.0/99\"]\n");
        hub.process().awaitErrors("WARN.*the peers stay as they were: .*c.toml:2: ");
        Pings.allAnswered(scene.c(), Scene.INSIDE_B, 5, "0.01");
        hub.process().signal("HUP");
        Await.until("it says so again when it is asked", Await.SOON, () -> hub.process().errors().stream()
            .filter(line -> line.contains("the peers stay as they were")).count() == 2, hub::toString);

        scene.b().succeed("rm", "keys/peers/c.toml");
        hub.process().awaitErrors("peers: removed c$");
        Await.until("c is told", Await.SOON, () -> c.count(TunnelCounter.CLOSES_RECEIVED) == 1, c::toString);
        assertFalse(scene.c().canPing(Scene.INSIDE_B), "no session any more");
        hub.process().signal("HUP");
        hub.process().awaitErrors("peers: nothing has changed$");

        pings.signal("INT");
        pings.awaitExit(Await.SOON);
        final long sent = sent(pings);
        System.out.println(sent + " pings meanwhile");
        Await.until("all of " + sent + " pings are answered", Duration.ofSeconds(10),
            () -> scene.a().echoReplies(false) - before >= sent, () -> pings + "\n" + hub);
        assertEquals(1, a.count(TunnelCounter.SESSIONS_ESTABLISHED), a::toString);
    }

    @Test
    void areTakenWholeHoweverOftenANodeIsAskedInTheMiddleOfReadingThem()
    {
        writePeer("a", scene.idA(), "10.10.10.3/32");
        final Node hub = scene.startNode(
            scene.b(), new String[0], "-keydir", "./keys", "-tun", Scene.deviceB(), "-tun-ip", Scene.INSIDE_B).ready();
        final Node a = scene.startInitiator().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, hub);
        final long before = scene.a().echoReplies(false);
        final ChildProcess pings = scene.a().start("ping", "-n", "-q", "-i", "0.005", "-W", "5", Scene.INSIDE_B);
        final StringBuilder ids = new StringBuilder();
        for (int i = 0; i < MANY; i++)
        {
            ids.append(Identity.generate().peerId()).append('\n');
        }
        scene.b().write("ids", ids.toString());
        // A file is there before it is whole, and SIGHUP comes thrice in between.
        scene.b().succeed("sh", "-c", "i=0; while read -r id; do i=$((i + 1)); file=keys/peers/p$i.toml; " +
            "printf 'id = \"%s\"\n' $id >$file; kill -HUP $0; kill -HUP $0; " +
            "printf 'allowed_ips = [\"10.80.%d.0/24\"]\n' $i >>$file; kill -HUP $0; done <ids",
            Long.toString(hub.process().pid()));

        Await.until("all peers have come", Await.EVENTUALLY, () -> scene.b().routesThrough(Scene.deviceB()).stream()
            .filter(route -> route.matches("10\\.80\\.\\d+\\.0/24")).count() == MANY, hub::toString);
        scene.b().succeed("sh", "-c", "rm keys/peers/p*.toml; for i in 1 2 3 4 5; do kill -HUP $0; done",
            Long.toString(hub.process().pid()));
        Await.until("all have gone", Await.EVENTUALLY, () -> scene.b().routesThrough(Scene.deviceB()).stream()
            .noneMatch(route -> route.startsWith("10.80.")), hub::toString);
        assertTrue(hub.process().errors().stream().noneMatch(line -> line.contains("Exception")), hub::toString);
        pings.signal("INT");
        pings.awaitExit(Await.SOON);
        final long sent = sent(pings);
        Await.until("all of " + sent + " pings are answered", Duration.ofSeconds(10),
            () -> scene.a().echoReplies(false) - before >= sent, () -> pings + "\n" + hub);
        assertEquals(1, a.count(TunnelCounter.SESSIONS_ESTABLISHED), a::toString);
    }

    @Test
    @EnabledIfSystemProperty(named = "shadowmesh.it.soakSeconds", matches = "[1-9][0-9]*",
        disabledReason = "waits for the protocol's own timers; -Psoak does it")
    void areTakenUpWithAnotherEndpointKeepaliveAndPresharedKey()
    {
        final String idB = "id = \"" + scene.idB() + "\"\nallowed_ips = [\"10.10.10.4/32\"]\n";
        final String idA = "id = \"" + scene.idA() + "\"\nallowed_ips = [\"10.10.10.3/32\"]\n";
        final String right = "endpoint = \"" + TwoHosts.B4 + "\"\n";
        final String secret = "preshared_key_file = \"hub.psk\"\n";
        scene.a().write("keys/peers/hub.toml", idB + "endpoint = \"192.0.2.99\"\n");
        scene.b().write("keys/peers/a.toml", idA);
        final Node hub = scene.startNode(
            scene.b(), new String[0], "-keydir", "./keys", "-tun", Scene.deviceB(), "-tun-ip", Scene.INSIDE_B).ready();
        final Node a = scene.startNode(scene.a(), new String[0], "-keydir", "./keys", "-tun", Scene.deviceA(),
            "-tun-ip", Scene.INSIDE_A, "-connect", "hub").ready();
        assertFalse(scene.a().canPing(Scene.INSIDE_B), "nobody is there");

        scene.a().write("keys/peers/hub.toml", idB + right);
        a.process().awaitErrors("peers: changed hub$");
        scene.a().awaitPing(Scene.INSIDE_B, a, hub);

        final long before = a.count(TunnelCounter.KEEPALIVES_SENT);
        scene.a().write("keys/peers/hub.toml", idB + right + "keepalive = 1\n");
        Await.until("it keeps the path alive", Await.SOON,
            () -> a.count(TunnelCounter.KEEPALIVES_SENT) - before >= KEEPALIVES, a::toString);
        final String status = scene.a().succeed(Machine.launcher(), "status");
        assertTrue(status.contains("keepalive: every 1 s"), status);
        assertEquals(1, a.count(TunnelCounter.SESSIONS_ESTABLISHED), a::toString);

        scene.a().succeed(Machine.launcher(), "genpsk", "-o", "keys/peers/hub.psk");
        scene.a().write("keys/peers/hub.toml", idB + right + secret);
        a.process().awaitErrors("peers: added hub; removed hub$");
        assertFalse(scene.a().canPing(Scene.INSIDE_B), "the hub does not know the key yet");
        assertEquals(1, a.count(TunnelCounter.SESSIONS_ESTABLISHED), a::toString);
        scene.b().succeed("sh", "-c", "umask 077; echo \"$1\" >keys/peers/hub.psk", "sh",
            scene.a().succeed("cat", "keys/peers/hub.psk"));
        scene.b().write("keys/peers/a.toml", idA + secret);
        hub.process().awaitErrors("peers: added a; removed a$");
        scene.a().awaitPing(Scene.INSIDE_B, a, hub);
        assertEquals(2, a.count(TunnelCounter.SESSIONS_ESTABLISHED), a::toString);
    }

    private static long sent(final ChildProcess pings)
    {
        return Long.parseLong(
            String.join(" ", pings.output()).replaceAll("(?s).*?(\\d+) packets transmitted.*", "$1"));
    }

    private void writePeer(final String name, final String id, final String... prefixes)
    {
        scene.b().write("keys/peers/" + name + ".toml",
            "id = \"" + id + "\"\nallowed_ips = [\"" + String.join("\", \"", prefixes) + "\"]\n");
    }
}
