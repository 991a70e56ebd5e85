package io.shadowmesh.cli.it;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Pings of two sizes, TCP both ways and UDP, for as long as the scene lasts; and what has come of each of them. */
final class MixedTraffic
{
    private static final double TCP_BYTES_PER_SECOND = 10e6 / 8;
    private static final double UDP_BYTES_PER_SECOND = 2e6 / 8;
    private static final double PINGS_PER_SECOND_FROM_A = 50;
    private static final double PINGS_PER_SECOND_FROM_B = 20;
    /** A line that iperf3 prints each second, the share of one direction. */
    private static final Pattern INTERVAL = Pattern.compile(
        "^\\[ *\\d+\\](?:\\[([RT]X)-[CS]\\])? +[0-9.]+-[0-9.]+ +sec +([0-9.]+) ([KMG]?)Bytes");

    private final Scene scene;
    private final List<ChildProcess> all = new ArrayList<>();
    private final Received tcpAtB;
    private final Received tcpAtA;
    private final Received udpAtB;
    private long pingsOfA;
    private long pingsOfB;

    /**
     * Starts all of it between the inside addresses of a scene, and waits for what begins with a datagram that iperf3 sends
     * but once: on a path that loses it, it would wait for ever.
     */
    MixedTraffic(final Scene scene)
    {
        this.scene = scene;
        tcpAtB = new Received(server("5201"));
        udpAtB = new Received(server("5202"));
        tcpAtA = new Received(start(scene.a(),
            "iperf3", "-c", Scene.INSIDE_B, "-p", "5201", "-t", "0", "--bidir", "-b", "10M", "--forceflush"));
        start(scene.a(),
            "iperf3", "-c", Scene.INSIDE_B, "-p", "5202", "-t", "0", "-u", "-b", "2M", "-l", "1200", "--forceflush");
        start(scene.a(), "ping", "-n", "-q", "-i", "0.02", Scene.INSIDE_B);
        start(scene.b(), "ping", "-n", "-q", "-i", "0.05", "-s", "1300", Scene.INSIDE_A);
        Await.until("iperf3 sends by UDP", Await.SOON, () -> udpAtB.take() > 0, all::toString);
    }

    /** Forgets what has come. */
    void begin()
    {
        tcpAtB.take();
        tcpAtA.take();
        udpAtB.take();
        pingsOfA = scene.a().echoReplies(false);
        pingsOfB = scene.b().echoReplies(false);
    }

    /**
     * Fails if one of its programs has ended, or has moved less than it should have since this was last asked.
     *
     * @param seconds since then.
     * @param share   of what the programs send; at least something must have come.
     */
    void assertMoved(final int seconds, final double share)
    {
        for (final ChildProcess program : all)
        {
            assertTrue(program.isAlive(), program::toString);
        }
        final long answersToA = scene.a().echoReplies(false);
        final long answersToB = scene.b().echoReplies(false);
        final double[] moved = { tcpAtB.take(), tcpAtA.take(), udpAtB.take(), answersToA - pingsOfA, answersToB - pingsOfB };
        final double[] sent = { TCP_BYTES_PER_SECOND, TCP_BYTES_PER_SECOND, UDP_BYTES_PER_SECOND,
            PINGS_PER_SECOND_FROM_A, PINGS_PER_SECOND_FROM_B };
        pingsOfA = answersToA;
        pingsOfB = answersToB;
        final String text = String.format("within %d s: %.0f and %.0f kB by TCP, %.0f kB by UDP, %.0f and %.0f pings",
            seconds, moved[0] / 1000, moved[1] / 1000, moved[2] / 1000, moved[3], moved[4]);
        System.out.println(text);
        for (int i = 0; i < moved.length; i++)
        {
            assertTrue(moved[i] > 0 && moved[i] >= share * seconds * sent[i], text);
        }
    }

    private ChildProcess server(final String port)
    {
        final ChildProcess server =
            start(scene.b(), "iperf3", "-s", "--forceflush", "-p", port, "-B", Scene.INSIDE_B);
        server.awaitOutput("listening");
        return server;
    }

    private ChildProcess start(final Host host, final String... command)
    {
        final ChildProcess program = scene.keep(host.start(command));
        all.add(program);
        return program;
    }

    /** The bytes that an iperf3 says it has received. */
    private static final class Received
    {
        private final ChildProcess program;
        private int lines;

        Received(final ChildProcess program)
        {
            this.program = program;
        }

        /** Returns how many since this was last asked. */
        double take()
        {
            final List<String> output = program.output();
            double bytes = 0;
            for (final String line : output.subList(lines, output.size()))
            {
                final Matcher interval = INTERVAL.matcher(line);
                if (interval.find() && !"TX".equals(interval.group(1)))
                {
                    bytes += Double.parseDouble(interval.group(2)) * unit(interval.group(3));
                }
            }
            lines = output.size();
            return bytes;
        }

        private static double unit(final String prefix)
        {
            return switch (prefix)
            {
                case "K" -> 1 << 10;
                case "M" -> 1 << 20;
                case "G" -> 1 << 30;
                default -> 1;
            };
        }
    }
}
