package io.shadowmesh.cli.it;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs of {@code iperf3}, and what came of them. */
final class Streams
{
    private static final int ATTEMPTS = 3;

    private Streams()
    {
    }

    /**
     * Runs a stream to its end.
     *
     * @param scene     that keeps the server.
     * @param client    the host that connects, and sends unless it is told otherwise.
     * @param server    the host that listens.
     * @param address   of the server.
     * @param arguments of the client.
     * @return the report, in JSON.
     */
    static String run(
        final Scene scene, final Host client, final Host server, final String address, final String... arguments)
    {
        final ChildProcess listener =
            scene.keep(server.start("iperf3", "-s", "-1", "--forceflush", "-B", address));
        listener.awaitOutput("listening");
        final List<String> command = new ArrayList<>(List.of("iperf3", "-J", "-c", address));
        command.addAll(List.of(arguments));
        final String report = client.succeed(command.toArray(String[]::new));
        listener.awaitExit(Await.SOON);
        return report;
    }

    /**
     * Moves bytes by TCP from client to server, and back.
     *
     * @param scene   that keeps the servers.
     * @param client  the host that connects.
     * @param server  the host that listens.
     * @param address of the server.
     * @param amount  in each direction, as iperf3 takes it.
     */
    static void tcpBothWays(
        final Scene scene, final Host client, final Host server, final String address, final String amount)
    {
        for (final String direction : new String[] {"--connect-timeout=5000", "--reverse"})
        {
            final String report = run(scene, client, server, address, "-n", amount, direction);
            final double bits = received(report);
            System.out.printf("iperf3 TCP to %s %s: %.2f Gbit/s%n", address, direction, bits / 1e9);
            assertTrue(bits > 0, report);
        }
    }

    /**
     * Sends datagrams, most of which must arrive. A machine that does something else at the same moment starves the
     * sender: then it is tried again.
     *
     * @param scene   that keeps the servers.
     * @param client  the host that sends.
     * @param server  the host that receives.
     * @param address of the server.
     */
    static void udp(final Scene scene, final Host client, final Host server, final String address)
    {
        double lost = 100;
        for (int attempt = 0; attempt < ATTEMPTS && lost > 5; attempt++)
        {
            final String report =
                run(scene, client, server, address, "-u", "-b", "40M", "-n", "2M", "-w", "4M", "-l", "1200");
            lost = lostPercent(report);
            System.out.printf("iperf3 UDP to %s: %.0f packets, %.3f %% lost%n", address, datagrams(report), lost);
            assertTrue(datagrams(report) > 1000, report);
        }
        assertTrue(lost <= 5, lost + " % lost");
    }

    /** @return the bits a second that a TCP stream's receiver saw. */
    static double received(final String report)
    {
        return number(report, "\"sum_received\":\\s*\\{[^}]*?\"bits_per_second\":\\s*([0-9.e+]+)");
    }

    /** @return the datagrams that a UDP stream sent. */
    static double datagrams(final String report)
    {
        return number(sum(report), "\"packets\":\\s*([0-9.e+]+)");
    }

    /** @return the share of them that did not arrive. */
    static double lostPercent(final String report)
    {
        return number(sum(report), "\"lost_percent\":\\s*([0-9.e+-]+)");
    }

    private static String sum(final String report)
    {
        return report.substring(report.lastIndexOf("\"sum\":"));
    }

    private static double number(final String report, final String regex)
    {
        final Matcher matcher = Pattern.compile(regex, Pattern.DOTALL).matcher(report);
        assertTrue(matcher.find(), () -> regex + " in " + report);
        return Double.parseDouble(matcher.group(1));
    }
}
