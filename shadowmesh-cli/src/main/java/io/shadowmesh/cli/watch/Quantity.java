package io.shadowmesh.cli.watch;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Numbers with their units, as people read them, and as programs do. */
final class Quantity
{
    private static final String[] PREFIXES = {"", "k", "M", "G", "T", "P", "E"};
    private static final int STEP = 1000;
    private static final double THREE_DIGITS = 99.95;
    private static final double TWO_DIGITS = 9.995;
    private static final int NS_DIGITS = 9;
    private static final int NS_PER_MICRO = 1_000;
    private static final int NS_PER_MILLI = 1_000_000;

    private Quantity()
    {
    }

    /** As {@code 1.50 MB}. */
    static String bytes(final long bytes)
    {
        return scaled(bytes, "B");
    }

    /** As {@code 7.40 Gbit/s}. */
    static String bitRate(final double bitsPerSecond)
    {
        return scaled(bitsPerSecond, "bit/s");
    }

    /** As {@code 12.3 k/s}. */
    static String rate(final double perSecond)
    {
        return scaled(perSecond, "/s");
    }

    /** As {@code 0.44 ms}, and {@code -} for a negative time, which is unknown. */
    static String milliseconds(final long ns)
    {
        return ns < 0 ? "-" : String.format(Locale.ROOT, "%.2f ms", ns / 1e6);
    }

    /** As {@code 150 ns}, {@code 12.3 µs} or {@code 4.56 ms}: a short time. */
    static String shortTime(final long ns)
    {
        return ns < NS_PER_MICRO ? ns + " ns" :
            ns < NS_PER_MILLI ? threeDigits(ns / 1e3, "µs") : threeDigits(ns / 1e6, "ms");
    }

    private static String threeDigits(final double value, final String unit)
    {
        return String.format(
            Locale.ROOT, value >= THREE_DIGITS ? "%.0f %s" : value >= TWO_DIGITS ? "%.1f %s" : "%.2f %s", value, unit);
    }

    /** As {@code 0.10 %}, and {@code -} for a negative ratio, which is unknown. */
    static String percent(final long partsPerMillion)
    {
        return partsPerMillion < 0 ? "-" : String.format(Locale.ROOT, "%.2f %%", partsPerMillion / 1e4);
    }

    /** As {@code 3 min 12 s}: the two largest units. */
    static String duration(final long ns)
    {
        final long seconds = TimeUnit.NANOSECONDS.toSeconds(ns);
        final long minutes = seconds / 60;
        final long hours = minutes / 60;
        final long days = hours / 24;
        return days > 0 ? days + " d " + hours % 24 + " h" :
            hours > 0 ? hours + " h " + minutes % 60 + " min" :
            minutes > 0 ? minutes + " min " + seconds % 60 + " s" : seconds + " s";
    }

    /** Nanoseconds as seconds, exactly: {@code 0.00044}. */
    static String seconds(final long ns)
    {
        return 0 == ns ? "0" : BigDecimal.valueOf(ns, NS_DIGITS).stripTrailingZeros().toPlainString();
    }

    /** Parts per million as a ratio, exactly: {@code 0.001}. */
    static String ratio(final long partsPerMillion)
    {
        return 0 == partsPerMillion ? "0" : BigDecimal.valueOf(partsPerMillion, 6).stripTrailingZeros().toPlainString();
    }

    /** Three digits and a prefix of the decimal system; whole numbers below a thousand stay whole. */
    private static String scaled(final double value, final String unit)
    {
        double left = value;
        int prefix = 0;
        while (left >= STEP - 0.5 && prefix < PREFIXES.length - 1)
        {
            left /= STEP;
            prefix++;
        }
        final String format =
            prefix == 0 && left == Math.rint(left) || left >= THREE_DIGITS ? "%.0f %s%s" :
            left >= TWO_DIGITS ? "%.1f %s%s" : "%.2f %s%s";
        return String.format(Locale.ROOT, format, left, PREFIXES[prefix], unit);
    }
}
