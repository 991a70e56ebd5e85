package io.shadowmesh.cli.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends a numbered datagram every few milliseconds to a program of its kind, and watches for those of the other.
 *
 * <pre>
 *   LOCAL-ADDRESS REMOTE-ADDRESS PORT INTERVAL-MS    prints "beating"
 * </pre>
 *
 * Commands on standard input, each answered by one line:
 *
 * <pre>
 *   begin    forgets what has been, once something has come: "begun"
 *   report   "received N twice N longest gap MS": since the begin; the gap goes up to now
 * </pre>
 */
final class HeartbeatProgram
{
    private static final int WINDOW = 1 << 16;

    private final DatagramChannel channel = DatagramChannel.open();
    private final InetSocketAddress remote;
    private final long intervalNs;
    private final long[] seen = new long[WINDOW];
    private long received;
    private long twice;
    private long lastNs = System.nanoTime();
    private long longestNs;

    private HeartbeatProgram(final InetSocketAddress local, final InetSocketAddress remote, final long intervalNs)
        throws IOException
    {
        this.remote = remote;
        this.intervalNs = intervalNs;
        channel.bind(local);
    }

    /**
     * Beats until standard input ends.
     *
     * @param arguments as above.
     * @throws IOException if the socket breaks.
     */
    public static void main(final String[] arguments) throws IOException
    {
        final int port = Integer.parseInt(arguments[2]);
        final HeartbeatProgram heart = new HeartbeatProgram(
            new InetSocketAddress(InetAddress.getByName(arguments[0]), port),
            new InetSocketAddress(InetAddress.getByName(arguments[1]), port), Long.parseLong(arguments[3]) * 1_000_000);
        start("beat", heart::beat);
        start("watch", heart::watch);
        System.out.println("beating");
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)))
        {
            for (String line = in.readLine(); line != null; line = in.readLine())
            {
                System.out.println("begin".equals(line) ? heart.begin() : heart.report());
            }
        }
    }

    private static void start(final String name, final Runnable task)
    {
        final Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void beat()
    {
        final ByteBuffer beat = ByteBuffer.allocate(200);
        long dueNs = System.nanoTime();
        for (long number = 1;; number++)
        {
            beat.clear().putLong(0, number);
            try
            {
                channel.send(beat, remote);
            }
            catch (final IOException e)
            {
                // The device is not there just now: the other side sees the gap.
                Thread.onSpinWait();
            }
            dueNs += intervalNs;
            LockSupport.parkNanos(dueNs - System.nanoTime());
        }
    }

    private void watch()
    {
        final ByteBuffer beat = ByteBuffer.allocate(2048);
        while (true)
        {
            try
            {
                beat.clear();
                channel.receive(beat);
                note(beat.getLong(0));
            }
            catch (final IOException e)
            {
                throw new UncheckedIOException(e);
            }
        }
    }

    private synchronized void note(final long number)
    {
        final long nowNs = System.nanoTime();
        longestNs = Math.max(longestNs, nowNs - lastNs);
        lastNs = nowNs;
        received++;
        final int slot = (int)(number % WINDOW);
        twice += seen[slot] == number ? 1 : 0;
        seen[slot] = number;
    }

    private synchronized String begin()
    {
        received = 0;
        twice = 0;
        longestNs = 0;
        lastNs = System.nanoTime();
        return "begun";
    }

    private synchronized String report()
    {
        final long gapNs = Math.max(longestNs, System.nanoTime() - lastNs);
        return "received " + received + " twice " + twice + " longest gap " + gapNs / 1_000_000;
    }
}
