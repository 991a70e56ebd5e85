package io.shadowmesh.cli.it;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What goes through one tunnel over IPv4, IPv4 and IPv6 inside. */
@Timeout(240)
final class TrafficIT
{
    private static final long GIBIBYTE = 1L << 30;
    private static final int ATTEMPTS = 3;
    @RegisterExtension
    private static final Scene SCENE = Scene.perClass("ping", "iperf3");

    @BeforeAll
    static void aTunnelOverIpv4()
    {
        final Node b = SCENE.startListener("-tun-ip", Scene.INSIDE_B6 + "/64").ready();
        final Node a = SCENE.startInitiator("-tun-ip", Scene.INSIDE_A6 + "/64", "--threads", "paired").ready();
        SCENE.a().awaitPing(Scene.INSIDE_B, a, b);
    }

    @Test
    void carriesIpv4AndIpv6InsideIpv4()
    {
        Pings.allAnswered(SCENE.a(), Scene.INSIDE_B, 20, "0.01");
        Pings.allAnswered(SCENE.a(), Scene.INSIDE_B6, 20, "0.01");
        Pings.allAnswered(SCENE.b(), Scene.INSIDE_A, 20, "0.01");
        Pings.allAnswered(SCENE.b(), Scene.INSIDE_A6, 20, "0.01");
    }

    @Test
    void carriesPacketsAsLargeAsTheDeviceAllows()
    {
        SCENE.a().succeed("ping", "-n", "-c", "5", "-i", "0.01", "-W", "5", "-M", "do", "-s", "1397", Scene.INSIDE_B);
        SCENE.b().succeed("ping", "-n", "-c", "5", "-i", "0.01", "-W", "5", "-M", "do", "-s", "1377", Scene.INSIDE_A6);
    }

    @Test
    void answersThousandPingsOneMillisecondApartWithoutLoss()
    {
        Pings.allAnswered(SCENE.a(), Scene.INSIDE_B, 1, "1");
        Pings.allAnswered(SCENE.a(), Scene.INSIDE_B, 1000, "0.001");
    }

    @Test
    void movesOneGibibyteOverTcpUnchanged()
    {
        final long seed = Seed.print();
        final ChildProcess receiver =
            SCENE.keep(SCENE.b().start(Machine.java(TransferProgram.class, "receive", Scene.INSIDE_B)));
        final String port = receiver.awaitOutput("^listening (\\d+)$").group(1);
        final ChildProcess sender = SCENE.keep(SCENE.a().start(Machine.java(TransferProgram.class,
            "send", Scene.INSIDE_B, port, Long.toString(GIBIBYTE), Long.toString(seed))));
        assertEquals(0, sender.awaitExit(Await.EVENTUALLY.multipliedBy(2)), sender::toString);
        assertEquals(0, receiver.awaitExit(Await.EVENTUALLY), receiver::toString);
        final String sent = sender.awaitOutput("^sent (\\d+ [0-9a-f]{64})$").group(1);
        final String received = receiver.awaitOutput("^received (\\d+ [0-9a-f]{64})$").group(1);
        System.out.println("SHA-256 of " + received);
        assertEquals(sent, received);
    }

    @Test
    void movesIperf3Tcp()
    {
        for (final String direction : new String[] { "--connect-timeout=5000", "--reverse" })
        {
            final String report = stream("-t", "3", direction);
            final double bits = Streams.received(report);
            System.out.printf("iperf3 TCP %s: %.2f Gbit/s%n", direction, bits / 1e9);
            assertTrue(bits > 0, report);
        }
    }

    /** A machine that does something else at the same moment starves the sender: then it is tried again. */
    @Test
    void losesUnderOnePercentOfIperf3UdpAtHundredMegabitPerSecond()
    {
        double lost = 100;
        for (int attempt = 0; attempt < ATTEMPTS && lost >= 1.0; attempt++)
        {
            final String report = stream("-u", "-b", "100M", "-t", "5", "-w", "4M", "-l", "1300");
            final double packets = Streams.datagrams(report);
            lost = Streams.lostPercent(report);
            System.out.printf("iperf3 UDP: %.0f packets, %.3f %% lost%n", packets, lost);
            assertTrue(packets > 10_000, report);
        }
        assertTrue(lost < 1.0, lost + " % lost");
    }

    private static String stream(final String... arguments)
    {
        return Streams.run(SCENE, SCENE.a(), SCENE.b(), Scene.INSIDE_B, arguments);
    }
}
