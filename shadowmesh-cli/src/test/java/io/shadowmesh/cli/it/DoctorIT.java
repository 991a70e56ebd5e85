package io.shadowmesh.cli.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The doctor's findings about two hosts, well and with one thing after the other broken. */
@Timeout(240)
final class DoctorIT
{
    @RegisterExtension
    private static final Scene SCENE = Scene.perClass("ping", "nft", "setpriv", "unshare");

    /** For so long a node keeps a handshake that nothing confirms, and it keeps no more than four of a peer. */
    private static final Duration UNCONFIRMED = Duration.ofSeconds(16);

    @Test
    void findsEachThingThatIsBroken()
    {
        final Node b = SCENE.startListener().ready();
        findsNothingWrongAndChangesNothing(b);
        findsWhatIsWrongWithThePeer();
        findsWhatIsWrongWithTheMachine();
        assertEquals(0, b.count(TunnelCounter.SESSIONS_ESTABLISHED), b::toString);
        b.close();
        expect(1, "problem +peer \\S+ +192.0.2.2:9443 refuses", examine(SCENE.idB() + "@" + TwoHosts.B4));
    }

    private void findsNothingWrongAndChangesNothing(final Node b)
    {
        SCENE.a().sysctl("net/ipv4/conf/all/rp_filter", "0");
        SCENE.a().sysctl("net/ipv4/conf/default/rp_filter", "0");
        final ChildProcess well = examine(SCENE.idB() + "@" + TwoHosts.B4, "--json");
        assertEquals(0, well.awaitExit(Await.SOON), () -> well + "\n" + b);
        final String json = String.join("\n", well.output());
        assertTrue(json.startsWith("{\"ok\": true, \"findings\": ["), json);
        for (final String check : List.of("JDK", "native access", "configuration", "identity", "cipher", "/dev/net/tun",
            "capability", "TUN device", "TUN offloads", "UDP port", "socket buffers", "UDP offloads", "kernel settings",
            "clock"))
        {
            assertTrue(json.contains("{\"check\": \"" + check + "\", "), check + " in " + json);
        }
        assertTrue(json.contains("answers a handshake at 192.0.2.2:9443"), json);
        assertTrue(json.contains("the route takes packets of 1500 bytes"), json);
        assertTrue(json.contains("\"segmentation and receive offload\""), json);
        assertTrue(json.contains("rp_filter and ip_forward let the traffic pass"), json);
        assertEquals(List.of(), SCENE.a().tunDevices());
        assertFalse(SCENE.a().hasDevice(Scene.deviceA()));
    }

    private void findsWhatIsWrongWithThePeer()
    {
        expect(1, "problem +peer \\S+ +silence from 192.0.2.2:9443.*Peer ID than " + SCENE.idC() + " .*does not answer",
            examine(SCENE.idC() + "@" + TwoHosts.B4, "--wait", "1"));
        final String other = Node.peerId(SCENE.a(), "other");
        expect(1, "problem +peer \\S+ +answers at 192.0.2.2:9443 and does not accept.*allow " + other,
            examineWith("other", SCENE.idB() + "@" + TwoHosts.B4, "--wait", "2"));
        expect(1, "problem +peer \\S+ +the name nowhere.invalid cannot be resolved",
            examine(SCENE.idB() + "@nowhere.invalid"));
        SCENE.a().ip("route", "add", "unreachable", "203.0.113.9");
        expect(1, "problem +peer \\S+ +no datagram gets to 203.0.113.9:9443.*ip route get",
            examine(SCENE.idB() + "@203.0.113.9"));
        SCENE.b().succeed("nft", "add table ip doctor; add chain ip doctor in { type filter hook input priority 0; };" +
            "add rule ip doctor in udp dport 9443 drop");
        expect(1, "problem +peer \\S+ +silence from 192.0.2.2:9443 for 1 s; a firewall",
            examine(SCENE.idB() + "@" + TwoHosts.B4, "--wait", "1"));
        SCENE.b().succeed("nft", "delete table ip doctor");
        SCENE.a().ip("route", "add", "192.0.2.2/32", "dev", "cable", "mtu", "1300");
        expect(0, "warning +peer \\S+ +the route takes packets of 1300 bytes.*-mtu 1233",
            examine(SCENE.idB() + "@" + TwoHosts.B4));
        SCENE.a().ip("route", "del", "192.0.2.2/32", "dev", "cable");
    }

    private void findsWhatIsWrongWithTheMachine()
    {
        final String peer = SCENE.idB() + "@" + TwoHosts.B4;
        expect(1, "problem +capability +CAP_NET_ADMIN is missing", run(command("keys", peer),
            "setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin", "--"));
        expect(1, "problem +/dev/net/tun +there is none; load the module",
            run(command("keys", peer), "unshare", "-m", "sh", "-c", "mount -t tmpfs none /dev/net && exec \"$@\"", "sh"));
        SCENE.a().sysctl("net/ipv4/conf/all/rp_filter", "1");
        SCENE.a().sysctl("net/ipv4/conf/default/rp_filter", "1");
        SCENE.a().sysctl("net/ipv4/ip_forward", "0");
        Await.passing(UNCONFIRMED);
        final ChildProcess settings = examine(
            peer + "=10.10.10.4/32,10.77.0.0/16", "-allow", SCENE.idC() + "=10.10.10.5/32", "--no-routes");
        expect(0, "warning +kernel settings +net.ipv4.conf.default.rp_filter=1.*sysctl -w net.ipv4.conf.default.rp_filter=2",
            settings);
        expect(0, "warning +kernel settings +net.ipv4.ip_forward=0.*sysctl -w net.ipv4.ip_forward=1", settings);
        SCENE.a().sysctl("net/ipv4/conf/all/rp_filter", "0");
        SCENE.a().sysctl("net/ipv4/conf/default/rp_filter", "0");
        SCENE.a().write("broken/shadowmesh.toml", "prot = 1\n");
        expect(1, "problem +configuration +.*shadowmesh.toml:1: unknown key 'prot'", examineWith("broken", peer));
        expect(2, "", examine(peer, "-mtu", "7"));
    }

    private static ChildProcess examine(final String peer, final String... more)
    {
        return run(command("keys", peer, more));
    }

    private static ChildProcess examineWith(final String keys, final String peer, final String... more)
    {
        return run(command(keys, peer, more));
    }

    private static List<String> command(final String keys, final String peer, final String... more)
    {
        final List<String> command = new ArrayList<>(List.of(Machine.launcher(), "doctor", "-keydir", keys, "-tun",
            Scene.deviceA(), "-tun-ip", Scene.INSIDE_A, "-connect", peer));
        command.addAll(List.of(more));
        return command;
    }

    private static ChildProcess run(final List<String> command, final String... before)
    {
        final List<String> all = new ArrayList<>(List.of(before));
        all.addAll(command);
        return SCENE.a().run(all.toArray(String[]::new));
    }

    private static void expect(final int status, final String line, final ChildProcess doctor)
    {
        assertEquals(status, doctor.awaitExit(Await.SOON), doctor::toString);
        if (!line.isEmpty())
        {
            doctor.awaitOutput("^" + line);
        }
    }
}
