package io.shadowmesh.cli.demo;

import io.shadowmesh.cli.CommandException;
import io.shadowmesh.dataplane.host.NetworkNamespace;
import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/** Pings from one host to the other, one after the other. */
final class Pings
{
    private static final long LONGEST_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long FIRST_PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int DIGITS = 3;

    /**
     * What became of them.
     *
     * @param sent       requests.
     * @param lost       of them, unanswered after a second.
     * @param roundTrips in ns, of the others.
     */
    record Result(int sent, int lost, Histogram roundTrips)
    {
        double milliseconds(final double percentile)
        {
            return roundTrips.getValueAtPercentile(percentile) / 1e6;
        }
    }

    private Pings()
    {
    }

    /**
     * Pings until the first answer.
     *
     * @param between called between two pings; may throw to give up.
     */
    static void awaitFirst(final NetworkNamespace from, final InetAddress address, final long patienceNs,
        final Runnable between) throws IOException
    {
        from.<IOException>run(() ->
        {
            try (EchoSocket socket = new EchoSocket(address))
            {
                final long start = System.nanoTime();
                while (socket.roundTrip(FIRST_PATIENCE_NS) < 0)
                {
                    between.run();
                    if (System.nanoTime() - start > patienceNs)
                    {
                        throw CommandException.failure("the tunnel did not come up: no ping was answered in " +
                            TimeUnit.NANOSECONDS.toSeconds(patienceNs) + " s");
                    }
                }
            }
        });
    }

    /**
     * Sends a number of them, at least 10 ms apart.
     *
     * @param report gets how many have been sent.
     */
    static Result run(final NetworkNamespace from, final InetAddress address, final int count,
        final IntConsumer report) throws IOException
    {
        return from.<Result, IOException>call(() ->
        {
            final Histogram histogram = new Histogram(1, LONGEST_NS, DIGITS);
            int lost = 0;
            try (EchoSocket socket = new EchoSocket(address))
            {
                long next = System.nanoTime();
                for (int i = 1; i <= count; i++)
                {
                    final long ns = socket.roundTrip(PATIENCE_NS);
                    if (ns < 0)
                    {
                        lost++;
                    }
                    else
                    {
                        histogram.recordValue(Math.clamp(ns, 1, LONGEST_NS));
                    }
                    report.accept(i);
                    next += INTERVAL_NS;
                    for (long left = next - System.nanoTime(); left > 0; left = next - System.nanoTime())
                    {
                        LockSupport.parkNanos(left);
                    }
                }
            }
            return new Result(count, lost, histogram);
        });
    }
}
