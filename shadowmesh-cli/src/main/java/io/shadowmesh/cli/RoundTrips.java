package io.shadowmesh.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** What ping(8) sums up at its end: how many came back, and how long they took. */
final class RoundTrips
{
    private static final int PERCENT = 100;
    private static final int DIGITS = 3;

    private long received;
    private long lost;
    private long shortest = Long.MAX_VALUE;
    private long longest;
    private double sum;
    private double squares;

    void add(final long ns)
    {
        received++;
        shortest = Math.min(shortest, ns);
        longest = Math.max(longest, ns);
        sum += ns;
        squares += (double)ns * ns;
    }

    void addLost()
    {
        lost++;
    }

    long received()
    {
        return received;
    }

    private double average()
    {
        return sum / received;
    }

    /** The standard deviation of all, as ping(8) has it. */
    private double deviation()
    {
        return Math.sqrt(Math.max(0, squares / received - average() * average()));
    }

    private double lossPercent()
    {
        return received + lost == 0 ? 0 : (double)PERCENT * lost / (received + lost);
    }

    String toText(final String peer)
    {
        final String counts = "--- " + peer + " ---\n" + (received + lost) + " sent, " + received + " answered, " +
            BigDecimal.valueOf(lossPercent()).setScale(DIGITS, RoundingMode.HALF_UP).stripTrailingZeros().toPlainString() +
            "% lost\n";
        return received == 0 ? counts : counts + "round trip min/avg/max/mdev = " +
            milliseconds(shortest) + "/" + milliseconds(average()) + "/" +
            milliseconds(longest) + "/" + milliseconds(deviation()) + " ms\n";
    }

    private static String milliseconds(final double ns)
    {
        return QuantityFormat.preciseMilliseconds(ns);
    }

    String toJson(final String peer)
    {
        final JsonWriter json = JsonWriter.onOneLine().begin(null, '{').text("peer", peer)
            .number("sent", received + lost).number("answered", received).number("loss_percent", lossPercent(), DIGITS);
        if (received > 0)
        {
            json.raw("min_ms", milliseconds(shortest)).raw("avg_ms", milliseconds(average()))
                .raw("max_ms", milliseconds(longest)).raw("mdev_ms", milliseconds(deviation()));
        }
        return json.end('}') + "\n";
    }
}
