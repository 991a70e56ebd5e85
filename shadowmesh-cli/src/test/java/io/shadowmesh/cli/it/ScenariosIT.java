package io.shadowmesh.cli.it;

import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a tunnel between two hosts has to cope with. */
@Timeout(300)
final class ScenariosIT
{
    private static final int FULL_MTU = 64_980;
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "iperf3");

    @ParameterizedTest
    @ValueSource(strings = {"IPv4", "IPv6"})
    void carriesPingsAndStreamsOfBothFamiliesInside(final String outside)
    {
        final boolean ipv6 = "IPv6".equals(outside);
        final String addressA = ipv6 ? TwoHosts.A6 : TwoHosts.A4;
        final String addressB = ipv6 ? TwoHosts.B6 : TwoHosts.B4;
        final Node b = startB("-ip", addressB).ready();
        final Node a = startA(addressB, "-ip", addressA).ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        for (final String inside : new String[] {Scene.INSIDE_B, Scene.INSIDE_B6})
        {
            Pings.allAnswered(scene.a(), inside, 20, "0.01");
            Streams.tcpBothWays(scene, scene.a(), scene.b(), inside, "16M");
            Streams.udp(scene, scene.a(), scene.b(), inside);
        }
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 20, "0.01");
        Pings.allAnswered(scene.b(), Scene.INSIDE_A6, 20, "0.01");
    }

    @Test
    void carriesPacketsAsLargeAsTheyGet()
    {
        scene.a().ip("link", "set", "cable", "mtu", "65535");
        scene.b().ip("link", "set", "cable", "mtu", "65535");
        final String mtu = Integer.toString(FULL_MTU);
        final Node b = startB("-mtu", mtu).ready();
        final Node a = startA(TwoHosts.B4, "-mtu", mtu).ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        pingUnfragmented(scene.a(), Scene.INSIDE_B, FULL_MTU - 28);
        pingUnfragmented(scene.b(), Scene.INSIDE_A6, FULL_MTU - 48);
        Streams.tcpBothWays(scene, scene.a(), scene.b(), Scene.INSIDE_B, "16M");
        Streams.tcpBothWays(scene, scene.a(), scene.b(), Scene.INSIDE_B6, "16M");
        assertEquals(0, a.count(DropReason.OUTBOUND_TOO_LARGE) + b.count(DropReason.OUTBOUND_TOO_LARGE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"IPv4", "IPv6"})
    void followsEitherNodeToAnotherAddress(final String outside)
    {
        final boolean ipv6 = "IPv6".equals(outside);
        final Node b = startB().ready();
        final Node a = startA(ipv6 ? TwoHosts.B6 : TwoHosts.B4).ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 5, "0.01");
        final long sessions = a.count(TunnelCounter.SESSIONS_ESTABLISHED);

        readdress(scene.a(), ipv6 ? "2001:db8:1::21/64" : "192.0.2.21/24");
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 20, "0.01");
        assertEquals(1, b.count(TunnelCounter.ENDPOINT_MOVES), b::toString);

        readdress(scene.b(), ipv6 ? "2001:db8:1::22/64" : "192.0.2.22/24");
        scene.b().awaitPing(Scene.INSIDE_A, a, b);
        Pings.allAnswered(scene.a(), Scene.INSIDE_B6, 20, "0.01");
        assertEquals(1, a.count(TunnelCounter.ENDPOINT_MOVES), a::toString);
        assertEquals(sessions, a.count(TunnelCounter.SESSIONS_ESTABLISHED), "one session all the way");
    }

    @Test
    void takesNothingFromAPeerThatAMoreSpecificPeerOwns()
    {
        final String other = Node.peerId(scene.a(), "other");
        final Node a = scene.startNode(scene.a(), new String[0], "-keydir", "./keys", "-ip", TwoHosts.A4,
            "-tun", Scene.deviceA(), "-tun-ip", Scene.INSIDE_A, "-tun-ip", Scene.INSIDE_A6 + "/64",
            "-allow", scene.idB() + "=10.10.10.0/24,fd00:10::/64",
            "-allow", other + "=10.10.10.77/32,fd00:10::77/128").ready();
        final Node b = scene.startNode(scene.b(), new String[0], "-keydir", "./keys", "-ip", TwoHosts.B4,
            "-tun", Scene.deviceB(), "-tun-ip", Scene.INSIDE_B, "-tun-ip", Scene.INSIDE_B6 + "/64",
            "-connect", scene.idA() + "@" + TwoHosts.A4).ready();
        scene.b().awaitPing(Scene.INSIDE_A, a, b);
        for (final String address : new String[] {"10.10.10.77/32", "10.10.10.78/32", "fd00:10::77/128",
            "fd00:10::78/128"})
        {
            scene.b().ip("addr", "add", address, "dev", Scene.deviceB(), "nodad");
        }
        final String[] foreign = {"10.10.10.77", "fd00:10::77"};
        final String[] own = {"10.10.10.78", "fd00:10::78"};
        final String[] targets = {Scene.INSIDE_A, Scene.INSIDE_A6};
        for (int i = 0; i < targets.length; i++)
        {
            final long delivered = scene.a().echoRequests();
            final long dropped = a.count(DropReason.INNER_SOURCE_NOT_ALLOWED);
            assertFalse(pingsFrom(foreign[i], targets[i]), "the source belongs to somebody else");
            Await.until("a drops three packets", Await.SOON,
                () -> a.count(DropReason.INNER_SOURCE_NOT_ALLOWED) == dropped + 3, a::toString);
            assertEquals(delivered, scene.a().echoRequests());
            assertTrue(pingsFrom(own[i], targets[i]), a::toString);
        }
    }

    @Test
    void carriesATunnelInsideATunnel()
    {
        final Node b = scene.startListener().ready();
        final Node a = scene.startInitiator().ready();
        final String idInnerA = Node.peerId(scene.a(), "inner");
        final String idInnerB = Node.peerId(scene.b(), "inner");
        final Node innerB = scene.startNode(scene.b(), new String[0], "-keydir", "./inner",
            "-ip", Scene.INSIDE_B, "-port", "9444", "-mtu", "1300", "-tun", Scene.deviceB() + "i",
            "-tun-ip", "10.10.20.4", "-tun-ip", "fd00:20::4/64", "-allow", idInnerA).ready();
        final Node innerA = scene.startNode(scene.a(), new String[0], "-keydir", "./inner",
            "-ip", Scene.INSIDE_A, "-port", "9444", "-mtu", "1300", "-tun", Scene.deviceA() + "i",
            "-tun-ip", "10.10.20.3", "-tun-ip", "fd00:20::3/64",
            "-connect", idInnerB + "@" + Scene.INSIDE_B + ":9444").ready();
        scene.a().awaitPing("10.10.20.4", a, b, innerA, innerB);
        Pings.allAnswered(scene.b(), "10.10.20.3", 20, "0.01");
        Pings.allAnswered(scene.a(), "fd00:20::4", 20, "0.01");
        pingUnfragmented(scene.a(), "10.10.20.4", 1300 - 28);
        Streams.tcpBothWays(scene, scene.a(), scene.b(), "10.10.20.4", "16M");
        Streams.udp(scene, scene.a(), scene.b(), "10.10.20.4");
        assertEquals(0, a.count(TunnelCounter.FRAGMENTED_DATAGRAMS) + innerA.count(TunnelCounter.FRAGMENTED_DATAGRAMS));
        final long through = a.count(TunnelCounter.TUN_BYTES_READ);
        assertTrue(through > innerA.count(TunnelCounter.UDP_BYTES_SENT), "all of it went through both: " + through);
    }

    /** Each packet that is sent into the loop costs a round or two, and no more. */
    @ParameterizedTest
    @ValueSource(strings = {"IPv4", "IPv6"})
    void endsARoutingLoopWithAWarning(final String outside)
    {
        final boolean ipv6 = "IPv6".equals(outside);
        final String endpoint = ipv6 ? TwoHosts.B6 : TwoHosts.B4;
        final String route = endpoint + (ipv6 ? "/128" : "/32");
        final Node b = startB().ready();
        final Node a = scene.startNode(scene.a(), new String[0], "-keydir", "./keys", "-tun", Scene.deviceA(),
            "-tun-ip", Scene.INSIDE_A, "-tun-ip", Scene.INSIDE_A6 + "/64",
            "-connect", scene.idB() + "@" + Host.bracketed(endpoint) + "=10.10.10.0/24,fd00:10::/64," + route).ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);

        final long sentBefore = a.count(TunnelCounter.UDP_DATAGRAMS_SENT);
        scene.a().ip("route", "add", route, "dev", Scene.deviceA());
        scene.a().run("ping", "-n", "-q", "-c", "50", "-i", "0.01", "-W", "1", Scene.INSIDE_B);
        // The first datagram of each of these is longer than the device's MTU, and goes round in two fragments.
        scene.a().run("ping", "-n", "-q", "-c", "50", "-i", "0.01", "-W", "1", "-s", "1372", Scene.INSIDE_B);
        Await.until("every datagram has come back", Await.SOON, () -> a.count(DropReason.ROUTING_LOOP) >= 100,
            a::toString);
        a.process().awaitErrors("WARN.*routing loop.*" + endpoint);
        final long sent = a.count(TunnelCounter.UDP_DATAGRAMS_SENT) - sentBefore;
        System.out.println("100 packets into the loop: " + sent + " datagrams");
        assertTrue(sent < 1000, () -> sent + " datagrams for 100 packets: " + a);
        assertFalse(scene.a().canPing(Scene.INSIDE_B));

        scene.a().ip("route", "del", route, "dev", Scene.deviceA());
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
    }

    private Node startB(final String... more)
    {
        return scene.startNode(scene.b(), more, "-keydir", "./keys", "-tun", Scene.deviceB(),
            "-tun-ip", Scene.INSIDE_B, "-tun-ip", Scene.INSIDE_B6 + "/64", "-allow", scene.idA());
    }

    private Node startA(final String endpoint, final String... more)
    {
        return scene.startNode(scene.a(), more, "-keydir", "./keys", "-tun", Scene.deviceA(),
            "-tun-ip", Scene.INSIDE_A, "-tun-ip", Scene.INSIDE_A6 + "/64",
            "-connect", scene.idB() + "@" + Host.bracketed(endpoint));
    }

    /** Takes a host's addresses of one family away, and gives it another. */
    private static void readdress(final Host host, final String address)
    {
        final boolean ipv6 = address.indexOf(':') >= 0;
        host.ip(ipv6 ? "-6" : "-4", "addr", "flush", "dev", "cable", "scope", "global");
        host.ip("addr", "add", address, "dev", "cable", "nodad");
    }

    private boolean pingsFrom(final String source, final String target)
    {
        return scene.b().run("ping", "-n", "-q", "-c", "3", "-i", "0.01", "-W", "1", "-I", source, target)
            .awaitExit(Await.SOON) == 0;
    }

    private static void pingUnfragmented(final Host host, final String address, final int payload)
    {
        host.succeed("ping", "-n", "-c", "5", "-i", "0.01", "-W", "5", "-M", "do", "-s", Integer.toString(payload),
            address);
    }
}
