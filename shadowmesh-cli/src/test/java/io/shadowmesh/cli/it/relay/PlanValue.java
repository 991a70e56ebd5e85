package io.shadowmesh.cli.it.relay;

/** The values in a plan's text: shares such as 30% or 0.3, times such as 250us, 20ms or 5s. */
final class PlanValue
{
    private PlanValue()
    {
    }

    /** Reads a probability. */
    static double share(final String text)
    {
        final double share = text.endsWith("%") ?
            Double.parseDouble(text.substring(0, text.length() - 1)) / 100 : Double.parseDouble(text);
        if (!(share >= 0 && share <= 1))
        {
            throw new IllegalArgumentException("not between 0 and 100 %: " + text);
        }
        return share;
    }

    /** Reads a time. */
    static long timeNs(final String text)
    {
        final String number = text.replaceAll("[a-z]+$", "");
        final double unitNs = switch (text.substring(number.length()))
        {
            case "us" -> 1e3;
            case "ms" -> 1e6;
            case "s" -> 1e9;
            default -> throw new IllegalArgumentException("not a time such as 250us, 20ms or 5s: " + text);
        };
        final double timeNs = Double.parseDouble(number) * unitNs;
        if (!(timeNs >= 0 && timeNs < Long.MAX_VALUE / 4.0))
        {
            throw new IllegalArgumentException("not a length of time: " + text);
        }
        return (long)timeNs;
    }
}
