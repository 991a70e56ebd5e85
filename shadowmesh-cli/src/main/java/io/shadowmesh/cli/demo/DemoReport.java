package io.shadowmesh.cli.demo;

import io.shadowmesh.cli.JsonWriter;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelStatus;

import java.util.Locale;

/**
 * What the demo found.
 *
 * @param upMs      from the start of the nodes to the first answered ping.
 * @param pings     through the tunnel.
 * @param forth     TCP from a to b.
 * @param back      TCP from b to a.
 * @param heapBytes allocated by both nodes' agents during the transfers.
 * @param collected runs of both nodes' collectors during the transfers.
 */
record DemoReport(long upMs, Pings.Result pings, Transfer.End forth, Transfer.End back, long heapBytes, long collected)
{
    private static final double PERCENT = 100;
    private static final double P50 = 50;
    private static final double P99 = 99;
    private static final int DIGITS = 3;
    private static final int PERCENT_DIGITS = 2;

    static DemoReport of(final long upMs, final Pings.Result pings, final Transfer.End forth, final Transfer.End back,
        final TunnelStatus[] before, final TunnelStatus[] after)
    {
        long heapBytes = 0;
        long collected = 0;
        for (int i = 0; i < before.length; i++)
        {
            heapBytes += grown(TunnelCounter.AGENT_HEAP_BYTES, before[i], after[i]);
            collected += grown(TunnelCounter.COLLECTOR_RUNS, before[i], after[i]);
        }
        return new DemoReport(upMs, pings, forth, back, heapBytes, collected);
    }

    private static long grown(final TunnelCounter counter, final TunnelStatus before, final TunnelStatus after)
    {
        return after.get(counter) - before.get(counter);
    }

    /** Tells whether the tunnel carried everything. */
    boolean isGood()
    {
        return pings.lost() == 0 && forth.bytes() > 0 && back.bytes() > 0;
    }

    String toTable()
    {
        return String.format(Locale.ROOT, """

            %-28s %d of %d (%.1f %%)
            %-28s %.3f / %.3f ms
            %-28s %.2f Gbit/s (%d MB)
            %-28s %.2f Gbit/s (%d MB)
            %-28s %d bytes
            %-28s %d

            """,
            "pings lost", pings.lost(), pings.sent(), lossPercent(),
            "round trip p50 / p99", pings.milliseconds(P50), pings.milliseconds(P99),
            "TCP a to b", forth.gbitPerSecond(), megabytes(forth),
            "TCP b to a", back.gbitPerSecond(), megabytes(back),
            "agents' heap during TCP", heapBytes,
            "collector runs during TCP", collected) +
            (isGood() ? "The tunnel carried everything.\n" : "The tunnel did NOT carry everything.\n");
    }

    String toJson()
    {
        return JsonWriter.indented().begin(null, '{')
            .flag("ok", isGood())
            .number("tunnel_up_ms", upMs)
            .number("pings_sent", pings.sent())
            .number("pings_lost", pings.lost())
            .number("loss_percent", lossPercent(), PERCENT_DIGITS)
            .number("rtt_p50_ms", pings.milliseconds(P50), DIGITS)
            .number("rtt_p99_ms", pings.milliseconds(P99), DIGITS)
            .number("tcp_a_to_b_bytes", forth.bytes())
            .number("tcp_a_to_b_gbit_per_s", forth.gbitPerSecond(), DIGITS)
            .number("tcp_b_to_a_bytes", back.bytes())
            .number("tcp_b_to_a_gbit_per_s", back.gbitPerSecond(), DIGITS)
            .number("agent_heap_bytes", heapBytes)
            .number("collector_runs", collected)
            .end('}') + "\n";
    }

    private double lossPercent()
    {
        return PERCENT * pings.lost() / pings.sent();
    }

    private static long megabytes(final Transfer.End end)
    {
        return end.bytes() / 1_000_000;
    }
}
