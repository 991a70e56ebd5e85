package io.shadowmesh.cli.watch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Metrics on their way to a page: families in the order in which they first came, the samples of each together.
 *
 * <p>Source: OpenMetrics 1.0; Prometheus, text exposition format 0.0.4.
 */
final class MetricFamilies
{
    /** What a family is: the names are OpenMetrics' own. */
    enum Type
    {
        /** Goes up, and back to 0 with its node. */
        COUNTER,
        /** Goes up and down. */
        GAUGE,
        /** Its labels are what counts. */
        INFO,
        /** Buckets, each of which counts all values up to its bound. */
        HISTOGRAM
    }

    private final Map<String, Family> families = new LinkedHashMap<>();

    /** Labels in pairs of a name and a value. */
    void add(
        final Type type, final String name, final String unit, final String help, final String value,
        final String... labels)
    {
        add(family(type, name, unit, help), suffix(type), value, labels);
    }

    /**
     * A histogram in seconds. Its buckets are given by their bounds, which rise, and by how many values are up to each.
     *
     * <p>Source: OpenMetrics 1.0, section 5.3.
     */
    void addHistogram(
        final String name, final String help, final List<String> bounds, final long[] counts, final long count,
        final String sum, final String... labels)
    {
        final Family family = family(Type.HISTOGRAM, name, "seconds", help);
        final String[] withBound = Arrays.copyOf(labels, labels.length + 2);
        withBound[labels.length] = "le";
        for (int i = 0; i < counts.length; i++)
        {
            withBound[labels.length + 1] = bounds.get(i);
            add(family, "_bucket", Long.toString(counts[i]), withBound);
        }
        withBound[labels.length + 1] = "+Inf";
        add(family, "_bucket", Long.toString(count), withBound);
        add(family, "_count", Long.toString(count), labels);
        add(family, "_sum", sum, labels);
    }

    private Family family(final Type type, final String name, final String unit, final String help)
    {
        return families.computeIfAbsent(name, key -> new Family(type, name, unit, help));
    }

    private static void add(final Family family, final String suffix, final String value, final String... labels)
    {
        family.samples.add(suffix + text(labels) + " " + value + "\n");
    }

    private static String suffix(final Type type)
    {
        return switch (type)
        {
            case COUNTER -> "_total";
            case GAUGE, HISTOGRAM -> "";
            case INFO -> "_info";
        };
    }

    /** The page in the one format or the other. */
    String page(final boolean openMetrics)
    {
        final StringBuilder page = new StringBuilder();
        for (final Family family : families.values())
        {
            // The older format knows no suffixes: there they are a part of the family's name.
            final String name = openMetrics ? family.name : family.name + suffix(family.type);
            final Type type = family.type == Type.INFO && !openMetrics ? Type.GAUGE : family.type;
            page.append("# HELP ").append(name).append(' ').append(family.help).append('\n');
            page.append("# TYPE ").append(name).append(' ')
                .append(type.name().toLowerCase(Locale.ROOT)).append('\n');
            if (openMetrics && !family.unit.isEmpty())
            {
                page.append("# UNIT ").append(name).append(' ').append(family.unit).append('\n');
            }
            family.samples.forEach(sample -> page.append(family.name).append(sample));
        }
        return page.append(openMetrics ? "# EOF\n" : "").toString();
    }

    private static String text(final String... labels)
    {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < labels.length; i += 2)
        {
            text.append(i == 0 ? "{" : ",").append(labels[i]).append("=\"")
                .append(labels[i + 1].replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n")).append('"');
        }
        return text.append(labels.length == 0 ? "" : "}").toString();
    }

    /** The metrics of one name. */
    private static final class Family
    {
        private final Type type;
        private final String name;
        private final String unit;
        private final String help;
        private final List<String> samples = new ArrayList<>();

        Family(final Type type, final String name, final String unit, final String help)
        {
            this.type = type;
            this.name = name;
            this.unit = unit;
            this.help = help;
        }
    }
}
