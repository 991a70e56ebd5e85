package io.shadowmesh.cli.it;

import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelStatus;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** TCP through tunnels with and without each offload, also where the two nodes differ. */
@Timeout(240)
final class OffloadIT
{
    private static final long TRANSFERRED = 64L << 20;
    private static final String NO_TUN = "--no-tun-offload";
    private static final String NO_GSO = "--no-gso";
    private static final String NO_GRO = "--no-gro";

    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "iperf3");

    @ParameterizedTest(name = "a {0} b {1}")
    @CsvSource({
        "'', ''",
        "--no-tun-offload, --no-tun-offload",
        "--no-gso, --no-gso",
        "--no-gro, --no-gro",
        "'', --no-tun-offload --no-gso --no-gro"})
    void carriesTcpUnchangedBothWaysInBothFamilies(final String flagsA, final String flagsB)
    {
        final Node b = scene.startListener(arguments(flagsB, Scene.INSIDE_B6)).ready();
        final Node a = scene.startInitiator(arguments(flagsA, Scene.INSIDE_A6)).ready();
        scene.a().awaitPing(Scene.INSIDE_B, a, b);
        scene.a().awaitPing(Scene.INSIDE_B6, a, b);
        awaitStates(a, flagsA);
        awaitStates(b, flagsB);

        transfer(scene.a(), scene.b(), Scene.INSIDE_B);
        transfer(scene.b(), scene.a(), Scene.INSIDE_A6);
        iperf3(Scene.INSIDE_B, "--connect-timeout=5000");
        iperf3(Scene.INSIDE_B6, "--reverse");

        awaitStates(a, flagsA);
        awaitStates(b, flagsB);
        assertEquals(!flagsA.contains(NO_TUN), bringsSuperPackets(a.status()), a::toString);
        assertEquals(!flagsB.contains(NO_TUN), bringsSuperPackets(b.status()), b::toString);
    }

    private static String[] arguments(final String flags, final String inside6)
    {
        final String tunnel = "-tun-ip " + inside6 + "/64";
        return (flags.isEmpty() ? tunnel : tunnel + " " + flags).split(" ");
    }

    /** The gauges are brought up to date every second. */
    private static void awaitStates(final Node node, final String flags)
    {
        final List<Boolean> expected = List.of(
            !flags.contains(NO_TUN), !flags.contains(NO_TUN), !flags.contains(NO_GSO), !flags.contains(NO_GRO));
        Await.until("the counters tell " + expected, Await.SOON, () -> expected.equals(states(node)), node::toString);
    }

    private static List<Boolean> states(final Node node)
    {
        final TunnelStatus status = node.status();
        return List.of(
            status.get(TunnelCounter.TUN_OFFLOADS_ON) == 1,
            status.get(TunnelCounter.JOINING_ON) == 1,
            status.get(TunnelCounter.UDP_SEGMENTATION_ON) == 1,
            status.get(TunnelCounter.UDP_COALESCING_ON) == 1);
    }

    private static boolean bringsSuperPackets(final TunnelStatus status)
    {
        return status.get(TunnelCounter.TUN_READ_CALLS) * 2 < status.get(TunnelCounter.TUN_PACKETS_READ);
    }

    private void transfer(final Host from, final Host to, final String address)
    {
        final long seed = Seed.print();
        final ChildProcess receiver =
            scene.keep(to.start(Machine.java(TransferProgram.class, "receive", address)));
        final String port = receiver.awaitOutput("^listening (\\d+)$").group(1);
        final ChildProcess sender = scene.keep(from.start(Machine.java(TransferProgram.class,
            "send", address, port, Long.toString(TRANSFERRED), Long.toString(seed))));
        assertEquals(0, sender.awaitExit(Await.EVENTUALLY), sender::toString);
        assertEquals(0, receiver.awaitExit(Await.EVENTUALLY), receiver::toString);
        assertEquals(sender.awaitOutput("^sent (\\d+ [0-9a-f]{64})$").group(1),
            receiver.awaitOutput("^received (\\d+ [0-9a-f]{64})$").group(1));
    }

    private void iperf3(final String address, final String direction)
    {
        final ChildProcess server = scene.keep(scene.b().start("iperf3", "-s", "-1", "--forceflush", "-B", address));
        server.awaitOutput("listening");
        final String report = scene.a().succeed("iperf3", "-J", "-c", address, "-t", "1", direction);
        server.awaitExit(Await.SOON);
        final Matcher matcher = Pattern.compile(
            "\"sum_received\":\\s*\\{[^}]*?\"bits_per_second\":\\s*([0-9.e+]+)", Pattern.DOTALL).matcher(report);
        assertTrue(matcher.find(), report);
        System.out.printf("iperf3 TCP %s %s: %.2f Gbit/s%n", address, direction,
            Double.parseDouble(matcher.group(1)) / 1e9);
        assertTrue(Double.parseDouble(matcher.group(1)) > 0, report);
    }
}
