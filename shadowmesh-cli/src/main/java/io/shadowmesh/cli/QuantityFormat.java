package io.shadowmesh.cli;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Numbers with their units, as people read them, and as programs do; in every locale alike.
 */
public final class QuantityFormat
{
    private static final String[] PREFIXES = {"", "k", "M", "G", "T", "P", "E"};
    private static final int STEP = 1000;
    private static final double THREE_DIGITS = 99.95;
    private static final double TWO_DIGITS = 9.995;
    private static final int NS_DIGITS = 9;
    private static final double NS_PER_MS = 1e6;
    private static final double NS_PER_US = 1e3;
    private static final double LONGEST_IN_US = 999.5 * NS_PER_US;

    private QuantityFormat()
    {
    }

    /**
     * As {@code 1.50 MB}.
     *
     * @param bytes to write.
     * @return them with three digits and a prefix.
     */
    public static String bytes(final long bytes)
    {
        return scaled(bytes, "B");
    }

    /**
     * As {@code 7.40 Gbit/s}.
     *
     * @param bitsPerSecond to write.
     * @return it with three digits and a prefix.
     */
    public static String bitRate(final double bitsPerSecond)
    {
        return scaled(bitsPerSecond, "bit/s");
    }

    /**
     * As {@code 0.44 ms}.
     *
     * @param ns to write; negative where it is unknown.
     * @return it in milliseconds, or {@code -} where it is unknown.
     */
    public static String milliseconds(final long ns)
    {
        return ns < 0 ? "-" : String.format(Locale.ROOT, "%.2f ms", ns / NS_PER_MS);
    }

    /**
     * Nanoseconds as milliseconds, to the microsecond: {@code 0.441}.
     *
     * @param ns to write.
     * @return it without a unit.
     */
    public static String preciseMilliseconds(final double ns)
    {
        return String.format(Locale.ROOT, "%.3f", ns / NS_PER_MS);
    }

    /**
     * A short time as {@code 150 ns}, {@code 12.3 us} or {@code 4.56 ms}.
     *
     * @param ns to write.
     * @return it with up to three digits, in the unit that fits.
     */
    public static String shortTime(final long ns)
    {
        return ns < NS_PER_US ? ns + " ns" :
            ns < LONGEST_IN_US ? threeDigits(ns / NS_PER_US, "us") : threeDigits(ns / NS_PER_MS, "ms");
    }

    private static String threeDigits(final double value, final String unit)
    {
        return String.format(
            Locale.ROOT, value >= THREE_DIGITS ? "%.0f %s" : value >= TWO_DIGITS ? "%.1f %s" : "%.2f %s", value, unit);
    }

    /**
     * As {@code 0.10 %}.
     *
     * @param partsPerMillion to write; negative where they are unknown.
     * @return them in per cent, or {@code -} where they are unknown.
     */
    public static String percent(final long partsPerMillion)
    {
        return partsPerMillion < 0 ? "-" : String.format(Locale.ROOT, "%.2f %%", partsPerMillion / 1e4);
    }

    /**
     * As {@code 3 min 12 s}.
     *
     * @param ns to write.
     * @return it in whole numbers of the two largest units.
     */
    public static String duration(final long ns)
    {
        final long seconds = TimeUnit.NANOSECONDS.toSeconds(ns);
        final long minutes = seconds / 60;
        final long hours = minutes / 60;
        final long days = hours / 24;
        return days > 0 ? days + " d " + hours % 24 + " h" :
            hours > 0 ? hours + " h " + minutes % 60 + " min" :
            minutes > 0 ? minutes + " min " + seconds % 60 + " s" : seconds + " s";
    }

    /**
     * Nanoseconds as seconds, exactly: {@code 0.00044}.
     *
     * @param ns to write.
     * @return it without a unit.
     */
    public static String seconds(final long ns)
    {
        return 0 == ns ? "0" : BigDecimal.valueOf(ns, NS_DIGITS).stripTrailingZeros().toPlainString();
    }

    /**
     * Parts per million as a ratio, exactly: {@code 0.001}.
     *
     * @param partsPerMillion to write.
     * @return them as a part of 1.
     */
    public static String ratio(final long partsPerMillion)
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
