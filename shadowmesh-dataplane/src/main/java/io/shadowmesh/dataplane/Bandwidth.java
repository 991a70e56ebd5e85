package io.shadowmesh.dataplane;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the link that a tunnel's datagrams leave by carries.
 *
 * @param bitsPerSecond of whole IP packets; 0 where it is not given.
 * @param isAuto        true to have it found out while the tunnel runs.
 */
public record Bandwidth(long bitsPerSecond, boolean isAuto)
{
    /** Not given: datagrams leave as soon as they can. */
    public static final Bandwidth UNKNOWN = new Bandwidth(0, false);

    /** Found out while the tunnel runs, from what arrives at the peers. */
    public static final Bandwidth AUTO = new Bandwidth(0, true);

    /** The least that can be given. */
    public static final long LEAST = 64_000L;

    /** The most that can be given. */
    public static final long GREATEST = 400_000_000_000L;

    private static final Pattern RATE = Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{1,6})?)([kmg]?)(?:bit(?:/s)?|bps)?");

    /** Checks the rate. */
    public Bandwidth
    {
        if (0 != bitsPerSecond && (isAuto || bitsPerSecond < LEAST || bitsPerSecond > GREATEST))
        {
            throw new IllegalArgumentException("give a rate from 64k to 400G bit/s");
        }
    }

    /**
     * A rate.
     *
     * @param bitsPerSecond of it.
     * @return the bandwidth.
     * @throws IllegalArgumentException if it is less than {@link #LEAST} or more than {@link #GREATEST}.
     */
    public static Bandwidth of(final long bitsPerSecond)
    {
        return new Bandwidth(Math.max(1, bitsPerSecond), false);
    }

    /**
     * Reads a rate as people write it: {@code 50M}, {@code 2.5G}, {@code 800k}, {@code 1000000}, {@code auto}. Letters
     * are powers of 1000, in either case; {@code bit}, {@code bit/s} or {@code bps} may follow.
     *
     * @param text to read.
     * @return the bandwidth.
     * @throws IllegalArgumentException if it is none; the message says what to write.
     */
    public static Bandwidth parse(final String text)
    {
        final String lower = text.toLowerCase(Locale.ROOT);
        if ("auto".equals(lower))
        {
            return AUTO;
        }
        final Matcher matcher = RATE.matcher(lower);
        if (!matcher.matches())
        {
            throw new IllegalArgumentException(
                "'" + text + "': give a rate in bit/s, such as 50M, 2.5G or 800k, or auto");
        }
        final int power = " kmg".indexOf(matcher.group(2).isEmpty() ? ' ' : matcher.group(2).charAt(0));
        final BigDecimal rate = new BigDecimal(matcher.group(1)).scaleByPowerOfTen(3 * power);
        if (rate.compareTo(BigDecimal.valueOf(LEAST)) < 0 || rate.compareTo(BigDecimal.valueOf(GREATEST)) > 0)
        {
            throw new IllegalArgumentException("'" + text + "': give a rate from 64k to 400G bit/s");
        }
        return of(rate.longValue());
    }
}
