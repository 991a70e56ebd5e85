package io.shadowmesh.cli.demo;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

import java.util.Locale;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class DemoReportTest
{
    private static final Transfer.End MOVED = new Transfer.End(1_000_000_000, 7, 4_000_000_000L);

    @Test
    void showsWhatWasFound()
    {
        final Locale before = Locale.getDefault();
        try
        {
            Locale.setDefault(Locale.GERMANY);
            final String table = report(0, MOVED).toTable();
            assertTrue(table.contains("0 of 200 (0.0 %)"), table);
            assertTrue(table.contains("2.00 Gbit/s (1000 MB)"), table);
            assertTrue(table.endsWith("The tunnel carried everything.\n"), table);
            final String json = report(0, MOVED).toJson();
            assertTrue(json.contains("\"ok\": true,"), json);
            assertTrue(json.contains("\"rtt_p50_ms\": 0.250,"), json);
            assertTrue(json.contains("\"tcp_b_to_a_gbit_per_s\": 2.000,"), json);
            assertTrue(json.contains("\"agent_heap_bytes\": 12,"), json);
            assertTrue(json.contains("\"collector_runs\": 3\n"), json);
        }
        finally
        {
            Locale.setDefault(before);
        }
    }

    @Test
    void isGoodOnlyIfEverythingWasCarried()
    {
        assertTrue(report(0, MOVED).isGood());
        assertFalse(report(1, MOVED).isGood());
        assertFalse(report(0, new Transfer.End(0, 0, 0)).isGood());
        assertTrue(report(1, MOVED).toTable().endsWith("The tunnel did NOT carry everything.\n"));
        assertTrue(report(1, MOVED).toJson().contains("\"ok\": false,"));
    }

    private static DemoReport report(final int lost, final Transfer.End forth)
    {
        final Histogram histogram = new Histogram(3);
        histogram.recordValue(250_000);
        return new DemoReport(40, new Pings.Result(200, lost, histogram), forth, MOVED, 12, 3);
    }
}
