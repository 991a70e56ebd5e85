package io.shadowmesh.cli.it.relay;

import java.util.Map;
import java.util.Set;

/**
 * What goes wrong in one direction, as {@link FaultPlan} has it. Shares are probabilities per datagram, times are in ns;
 * what is not named does not happen.
 */
final class PathFaults
{
    /** The names that it knows. */
    static final Set<String> NAMES =
        Set.of("loss", "burst", "duplicate", "reorder", "corrupt", "delay", "rate", "blackhole");

    private static final double NS_PER_BYTE_AT_ONE_MEGABIT = 8000;

    final double loss;
    final double burstEnter;
    final double burstLeave;
    final double burstLoss;
    final double duplicate;
    final double reorder;
    final long reorderNs;
    final double corrupt;
    final long leastDelayNs;
    final long greatestDelayNs;
    final double nsPerByte;
    final long queueNs;
    final long darkNs;
    final long openNs;

    PathFaults(final Map<String, String> items)
    {
        loss = PlanValue.share(items.getOrDefault("loss", "0"));
        duplicate = PlanValue.share(items.getOrDefault("duplicate", "0"));
        corrupt = PlanValue.share(items.getOrDefault("corrupt", "0"));

        final String[] burst = split("burst", items.getOrDefault("burst", "0/1/0"), "/", 3);
        burstEnter = PlanValue.share(burst[0]);
        burstLeave = PlanValue.share(burst[1]);
        burstLoss = PlanValue.share(burst[2]);

        final String[] reordering = split("reorder", items.getOrDefault("reorder", "0/0s"), "/", 2);
        reorder = PlanValue.share(reordering[0]);
        reorderNs = PlanValue.timeNs(reordering[1]);

        final String delay = items.getOrDefault("delay", "0s");
        final String[] delays = split("delay", delay.contains("-") ? delay : delay + "-" + delay, "-", 2);
        leastDelayNs = PlanValue.timeNs(delays[0]);
        greatestDelayNs = PlanValue.timeNs(delays[1]);

        final String[] rate = split("rate", items.getOrDefault("rate", "0/0s"), "/", 2);
        final double megabits = Double.parseDouble(rate[0]);
        nsPerByte = megabits > 0 ? NS_PER_BYTE_AT_ONE_MEGABIT / megabits : 0;
        queueNs = PlanValue.timeNs(rate[1]);

        final String[] blackhole = split("blackhole", items.getOrDefault("blackhole", "0s/1s"), "/", 2);
        darkNs = PlanValue.timeNs(blackhole[0]);
        openNs = PlanValue.timeNs(blackhole[1]);

        if (greatestDelayNs < leastDelayNs || openNs + darkNs <= 0)
        {
            throw new IllegalArgumentException("the delay's ends are swapped, or the blackhole has no length: " + items);
        }
    }

    private static String[] split(final String name, final String value, final String separator, final int count)
    {
        final String[] parts = value.split(separator);
        if (parts.length != count)
        {
            throw new IllegalArgumentException(name + " takes " + count + " values, not " + value);
        }
        return parts;
    }

    /**
     * Tells whether the path is dark: it is open first, then dark, then open again, and so on.
     *
     * @param elapsedNs since the plan was set.
     */
    boolean isDark(final long elapsedNs)
    {
        return darkNs > 0 && elapsedNs % (openNs + darkNs) >= openNs;
    }
}
