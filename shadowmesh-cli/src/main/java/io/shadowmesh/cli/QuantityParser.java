package io.shadowmesh.cli;

import java.math.BigDecimal;

/** Numbers of the command line, with the prefixes that people write: {@code 100M}, {@code 1.5G}, {@code 64k}. */
final class QuantityParser
{
    private static final String PREFIXES = "kMGT";
    private static final int STEP = 3;

    private QuantityParser()
    {
    }

    /** A whole number of units, within bounds; anything else is a mistake on the command line. */
    static long parse(final String option, final String text, final long lowest, final long highest)
    {
        try
        {
            final long value = value(text).longValueExact();
            if (value >= lowest && value <= highest)
            {
                return value;
            }
        }
        catch (final ArithmeticException | NumberFormatException e)
        {
            throw refused(option, text, lowest, highest);
        }
        throw refused(option, text, lowest, highest);
    }

    /** A time in seconds, perhaps with a fraction, as nanoseconds within bounds in milliseconds. */
    static long nanoseconds(final String option, final String text, final long lowestMs, final long highestMs)
    {
        try
        {
            final BigDecimal ms = new BigDecimal(text).movePointRight(STEP);
            if (ms.compareTo(BigDecimal.valueOf(lowestMs)) >= 0 && ms.compareTo(BigDecimal.valueOf(highestMs)) <= 0)
            {
                return ms.movePointRight(2 * STEP).longValue();
            }
        }
        catch (final ArithmeticException | NumberFormatException e)
        {
            throw refusedTime(option, text, lowestMs, highestMs);
        }
        throw refusedTime(option, text, lowestMs, highestMs);
    }

    private static BigDecimal value(final String text)
    {
        final int prefix = text.isEmpty() ? -1 :
            PREFIXES.indexOf(text.charAt(text.length() - 1) == 'K' ? 'k' : text.charAt(text.length() - 1));
        return prefix < 0 ? new BigDecimal(text) :
            new BigDecimal(text.substring(0, text.length() - 1)).movePointRight(STEP * (prefix + 1));
    }

    private static CommandException refused(
        final String option, final String text, final long lowest, final long highest)
    {
        return CommandException.usage(option + ": '" + text + "': give a whole number of at least " + lowest +
            (highest == Long.MAX_VALUE ? "" : " and at most " + highest) + "; k, M and G may follow");
    }

    private static CommandException refusedTime(
        final String option, final String text, final long lowestMs, final long highestMs)
    {
        return CommandException.usage(option + ": '" + text + "': give seconds from " +
            BigDecimal.valueOf(lowestMs, STEP).stripTrailingZeros().toPlainString() + " to " +
            BigDecimal.valueOf(highestMs, STEP).stripTrailingZeros().toPlainString());
    }
}
