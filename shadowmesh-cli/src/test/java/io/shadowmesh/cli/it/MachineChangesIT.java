package io.shadowmesh.cli.it;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;

import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What happens to a node when the machine changes under it: its device or its address goes, its link goes and comes, the
 * path gets narrow. It ends with a message, or goes on as soon as it can, and idles in between.
 */
@Timeout(300)
final class MachineChangesIT
{
    private static final Duration RECOVERY =
        Duration.ofSeconds(Integer.getInteger("shadowmesh.it.recoverySeconds", 30));
    private static final Duration OUTAGE = Duration.ofSeconds(3);
    /** Twice of what was measured; on a machine that may be slow what tells a loop that spins, which takes all. */
    private static final Duration IDLE =
        Await.promised(1).toSeconds() > 1 ? OUTAGE.dividedBy(2) : Duration.ofMillis(400);
    private static final Network LEFT = new Network("198.51.100.", "/24");
    private static final Network RIGHT = new Network("203.0.113.", "/24");
    private static final Network LEFT6 = new Network("2001:db8:2::", "/64");
    private static final Network RIGHT6 = new Network("2001:db8:3::", "/64");
    private static final long MEGABYTE = 1_000_000;
    private static final long RATE = 30 * MEGABYTE;

    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "iperf3");
    private Node a;
    private Node b;

    /** A network between a host and the router, by what the addresses in it begin with. */
    private record Network(String start, String length)
    {
        String address(final int host)
        {
            return start + host;
        }

        String whole()
        {
            return start + (length.equals("/24") ? "0" : "") + length;
        }
    }

    private void start()
    {
        b = scene.startListener().ready();
        a = scene.startInitiator().ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
    }

    @Test
    void aDeviceThatIsDeletedInMidFlowEndsTheNodeWithAMessageAndTheOtherWaitsForItsReturn()
    {
        start();
        aFlowBothWays();
        scene.keep(scene.b().start("ping", "-n", "-q", "-i", "0.01", Scene.INSIDE_A));
        scene.a().ip("link", "del", Scene.deviceA());
        within("the node has ended", () -> !a.process().isAlive());
        assertEquals(1, a.process().awaitExit(Await.SOON), a::toString);
        final List<String> errors = a.process().errors();
        assertTrue(errors.getLast().contains(Scene.deviceA()) && errors.getLast().contains("is gone"), a::toString);
        assertIdles(b);
        a.startAgain();
        a.ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
    }

    @Test
    void aDeviceThatIsTakenDownAndUpCarriesOn()
    {
        start();
        aFlowBothWays();
        scene.a().ip("link", "set", Scene.deviceA(), "down");
        assertIdles(a, b);
        scene.a().ip("link", "set", Scene.deviceA(), "up");
        within("a pings b", () -> scene.a().canPing(Scene.INSIDE_B));
        Pings.allAnswered(scene.b(), Scene.INSIDE_A, 20, "0.01");
    }

    @Test
    void aLinkThatGoesDownAndUpIsUsedAgain()
    {
        start();
        final ChildProcess pings = scene.keep(scene.a().start("ping", "-n", "-q", "-i", "0.01", Scene.INSIDE_B));
        scene.a().ip("link", "set", "cable", "down");
        assertIdles(a, b);
        scene.a().ip("link", "set", "cable", "up");
        within("a pings b and b pings a",
            () -> scene.a().canPing(Scene.INSIDE_B) && scene.b().canPing(Scene.INSIDE_A));
        assertTrue(pings.isAlive() && a.process().isAlive() && b.process().isAlive());
        assertEquals(1, a.status().get(TunnelCounter.UDP_SEGMENTATION_ON), "no offload was given up");
        assertTrue(a.status().get(DropReason.SEND_FAILED) > 0, a::toString);
    }

    @Test
    void anAddressThatIsRemovedAndComesBackIsUsedAgain()
    {
        start();
        final ChildProcess pings = scene.keep(scene.a().start("ping", "-n", "-q", "-i", "0.01", Scene.INSIDE_B));
        scene.a().ip("addr", "del", TwoHosts.A4 + "/24", "dev", "cable");
        assertIdles(a, b);
        scene.a().ip("addr", "add", TwoHosts.A4 + "/24", "dev", "cable");
        within("a pings b and b pings a",
            () -> scene.a().canPing(Scene.INSIDE_B) && scene.b().canPing(Scene.INSIDE_A));
        assertTrue(pings.isAlive() && a.process().isAlive() && b.process().isAlive());
        assertEquals(1, a.status().get(TunnelCounter.UDP_SEGMENTATION_ON), "no offload was given up");
    }

    /** Streams both ways through a router whose second link gets narrow: a hears of it by ICMP, b sees it itself. */
    @Test
    void aPathThatGetsNarrowAndWideAgainInMidFlowIsFollowed()
    {
        final Host router = aRouterBetween(LEFT, RIGHT);
        router.succeed("sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
        start(LEFT, RIGHT);
        final Stream forth = new Stream(scene.a(), scene.b(), Scene.INSIDE_B, 10 * RATE);
        final Stream back = new Stream(scene.b(), scene.a(), Scene.INSIDE_A, 10 * RATE);

        flows("at first");
        rightLink(router, "1400");
        flows("on the narrow path");
        assertFewAreCut(a);
        assertFewAreCut(b);
        rightLink(router, "1280");
        flows("on the narrowest path");
        assertSendersAreToldAndFullPacketsPass();
        rightLink(router, "1500");
        flows("on the wide path");
        within("b sends packets of full size", this::aFullPacketPassesFromB);

        forth.assertArrivesUnchanged();
        back.assertArrivesUnchanged();
        assertIdles(a, b);
    }

    /** The narrowest path that IPv6 knows: no router cuts, so that a packet of 1280 bytes is cut by its sender. */
    @Test
    void anIpv6PathThatGetsNarrowAndWideAgainInMidFlowIsFollowed()
    {
        final Host router = aRouterBetween(LEFT6, RIGHT6);
        router.succeed("sysctl", "-q", "-w", "net.ipv6.conf.all.forwarding=1");
        start(LEFT6, RIGHT6);
        final Stream forth = new Stream(scene.a(), scene.b(), Scene.INSIDE_B, 7 * RATE);
        final Stream back = new Stream(scene.b(), scene.a(), Scene.INSIDE_A, 7 * RATE);

        flows("at first");
        assertEquals(0, a.status().get(TunnelCounter.FRAGMENTED_DATAGRAMS), a::toString);
        assertEquals(0, b.status().get(TunnelCounter.FRAGMENTED_DATAGRAMS), b::toString);
        rightLink(router, "1280");
        flows("on the narrowest path");
        assertSendersAreToldAndFullPacketsPass();
        assertTrue(a.status().get(TunnelCounter.FRAGMENTED_DATAGRAMS) > 0, a::toString);
        assertTrue(b.status().get(TunnelCounter.FRAGMENTED_DATAGRAMS) > 0, b::toString);
        rightLink(router, "1500");
        flows("on the wide path");
        within("b sends packets of full size", this::aFullPacketPassesFromB);

        forth.assertArrivesUnchanged();
        back.assertArrivesUnchanged();
    }

    private void start(final Network left, final Network right)
    {
        final String[] none = {};
        b = scene.startNode(scene.b(), none, "-keydir", "./keys", "-ip", right.address(2), "-tun", Scene.deviceB(),
            "-tun-ip", Scene.INSIDE_B, "-allow", scene.idA()).ready();
        a = scene.startNode(scene.a(), none, "-keydir", "./keys", "-ip", left.address(1), "-tun", Scene.deviceA(),
            "-tun-ip", Scene.INSIDE_A, "-connect",
            scene.idB() + "@" + Host.bracketed(right.address(2)) + ":" + Scene.PORT).ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
    }

    /**
     * Of 1405 bytes, the most over IPv6 and a path of 1492. Where b's link is wide; b's own host has forgotten that it was
     * told of a narrow path.
     */
    private boolean aFullPacketPassesFromB()
    {
        scene.b().ip("route", "flush", "cache");
        return scene.b().run("ping", "-n", "-q", "-c", "1", "-W", "1", "-M", "do", "-s", "1377", Scene.INSIDE_A)
            .awaitExit(Await.SOON) == 0;
    }

    /** Both heard of the narrow path and told it on; packets of 1280 bytes pass whole all the same, both ways. */
    private void assertSendersAreToldAndFullPacketsPass()
    {
        assertTrue(a.status().get(TunnelCounter.TOO_BIG_ANSWERS) > 0, a::toString);
        assertTrue(b.status().get(TunnelCounter.TOO_BIG_ANSWERS) > 0, b::toString);
        for (final Host host : new Host[]{scene.a(), scene.b()})
        {
            host.succeed("ping", "-n", "-c", "3", "-i", "0.01", "-W", "5", "-M", "do", "-s", "1252",
                host == scene.a() ? Scene.INSIDE_B : Scene.INSIDE_A);
        }
    }

    /** The senders have been told, and send shorter packets. */
    private static void assertFewAreCut(final Node node)
    {
        final long cut = node.status().get(TunnelCounter.FRAGMENTED_DATAGRAMS);
        final long sent = node.status().get(TunnelCounter.UDP_DATAGRAMS_SENT);
        final long told = node.status().get(TunnelCounter.TOO_BIG_ANSWERS);
        System.out.println(cut + " of " + sent + " datagrams went without DF, senders were told " + told + " times");
        assertTrue(cut < sent / 10, node::toString);
    }

    private Host aRouterBetween(final Network left, final Network right)
    {
        final Host router = scene.keep(new Host(scene.a().namespace() + "r"));
        scene.a().ip("link", "add", "left", "type", "veth", "peer", "name", "left", "netns", router.namespace());
        scene.b().ip("link", "add", "right", "type", "veth", "peer", "name", "right", "netns", router.namespace());
        address(scene.a(), left.address(1) + left.length(), "left");
        address(router, left.address(9) + left.length(), "left");
        address(scene.b(), right.address(2) + right.length(), "right");
        address(router, right.address(9) + right.length(), "right");
        for (final Host host : new Host[]{scene.a(), router})
        {
            host.ip("link", "set", "left", "mtu", "1500", "up");
        }
        rightLink(router, "1500");
        scene.a().ip("route", "add", right.whole(), "via", left.address(9));
        scene.b().ip("route", "add", left.whole(), "via", right.address(9));
        return router;
    }

    /** Without a search for others that have it, for which IPv6 would wait. */
    private static void address(final Host host, final String address, final String device)
    {
        if (address.indexOf(':') >= 0)
        {
            host.ip("addr", "add", address, "dev", device, "nodad");
        }
        else
        {
            host.ip("addr", "add", address, "dev", device);
        }
    }

    private void rightLink(final Host router, final String mtu)
    {
        router.ip("link", "set", "right", "mtu", mtu, "up");
        scene.b().ip("link", "set", "right", "mtu", mtu, "up");
    }

    /** Pings from a and TCP both ways, until the scene ends. */
    private void aFlowBothWays()
    {
        scene.keep(scene.a().start("ping", "-n", "-q", "-i", "0.01", Scene.INSIDE_B));
        scene.keep(scene.b().start("iperf3", "-s", "--forceflush", "-B", Scene.INSIDE_B)).awaitOutput("listening");
        scene.keep(scene.a().start("iperf3", "-c", Scene.INSIDE_B, "-t", "0", "--bidir", "-b", "50M"));
        final long atA = a.status().get(TunnelCounter.TUN_BYTES_WRITTEN);
        final long atB = b.status().get(TunnelCounter.TUN_BYTES_WRITTEN);
        Await.until("data flows", Await.EVENTUALLY,
            () -> a.status().get(TunnelCounter.TUN_BYTES_WRITTEN) > atA + MEGABYTE &&
                b.status().get(TunnelCounter.TUN_BYTES_WRITTEN) > atB + MEGABYTE, () -> a + "\n" + b);
    }

    /** Both streams go on. */
    private void flows(final String when)
    {
        final long atA = a.status().get(TunnelCounter.TUN_BYTES_WRITTEN);
        final long atB = b.status().get(TunnelCounter.TUN_BYTES_WRITTEN);
        within(when + " data flows to a and to b",
            () -> a.status().get(TunnelCounter.TUN_BYTES_WRITTEN) > atA + 10 * MEGABYTE &&
                b.status().get(TunnelCounter.TUN_BYTES_WRITTEN) > atB + 10 * MEGABYTE);
    }

    private void within(final String what, final BooleanSupplier condition)
    {
        final long begin = System.nanoTime();
        Await.until(what, RECOVERY, condition, () -> a + "\n" + b);
        final Duration took = Duration.ofNanos(System.nanoTime() - begin);
        System.out.printf("%s after %.2f s%n", what, took.toMillis() / 1e3);
        assertTrue(took.compareTo(RECOVERY) <= 0, () -> what + " after " + took + " " + a + "\n" + b);
    }

    /** A loop that spins would take all of the outage. */
    private void assertIdles(final Node... nodes)
    {
        final long[] before = new long[nodes.length];
        for (int i = 0; i < nodes.length; i++)
        {
            before[i] = nodes[i].process().cpuTime().toNanos();
        }
        Await.passing(OUTAGE);
        for (int i = 0; i < nodes.length; i++)
        {
            final Duration used = Duration.ofNanos(nodes[i].process().cpuTime().toNanos() - before[i]);
            System.out.println("CPU time within " + OUTAGE.toMillis() + " ms: " + used.toMillis() + " ms");
            final Node node = nodes[i];
            assertTrue(used.compareTo(IDLE) < 0, () -> "spins: " + used + " " + node);
        }
    }

    /** A TCP stream through the tunnel. */
    private final class Stream
    {
        private final ChildProcess receiver;
        private final ChildProcess sender;

        Stream(final Host from, final Host to, final String address, final long bytes)
        {
            final long seed = Long.getLong("shadowmesh.seed", ThreadLocalRandom.current().nextLong());
            System.out.println("-Dshadowmesh.seed=" + seed);
            receiver = scene.keep(to.start(Machine.java(TransferProgram.class, "receive", address)));
            final String port = receiver.awaitOutput("^listening (\\d+)$").group(1);
            sender = scene.keep(from.start(Machine.java(TransferProgram.class, "send", address, port,
                Long.toString(bytes), Long.toString(seed), Long.toString(RATE))));
        }

        void assertArrivesUnchanged()
        {
            assertEquals(0, sender.awaitExit(Await.EVENTUALLY), sender::toString);
            assertEquals(0, receiver.awaitExit(Await.EVENTUALLY), receiver::toString);
            assertEquals(sender.awaitOutput("^sent (\\d+ [0-9a-f]{64})$").group(1),
                receiver.awaitOutput("^received (\\d+ [0-9a-f]{64})$").group(1));
        }
    }
}
