package io.shadowmesh.cli.watch;

/** Numbers as a row of bars, the largest of them as high as a line is. */
final class Sparkline
{
    static final String BLOCKS = "▁▂▃▄▅▆▇█";
    static final String ASCII = "_.-:=+*#";

    private Sparkline()
    {
    }

    /** The last numbers, as many as there is room for; a blank for a negative one. */
    static String of(final double[] values, final int width, final String bars)
    {
        double largest = 0;
        final int from = Math.max(0, values.length - width);
        for (int i = from; i < values.length; i++)
        {
            largest = Math.max(largest, values[i]);
        }
        final StringBuilder line = new StringBuilder();
        for (int i = from; i < values.length; i++)
        {
            final int height = largest == 0 ? 0 : (int)Math.ceil(values[i] / largest * bars.length()) - 1;
            line.append(values[i] < 0 ? ' ' : bars.charAt(Math.max(0, height)));
        }
        return line.toString();
    }
}
