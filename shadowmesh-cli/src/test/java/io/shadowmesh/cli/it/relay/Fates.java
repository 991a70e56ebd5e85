package io.shadowmesh.cli.it.relay;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Draws the fate of one datagram after the other from a plan.
 *
 * <pre>
 *   1  rules           count it, and may drop, double, damage or hold it
 *   2  blackhole       by the time
 *   3  loss, burst     by chance
 *   4  rate            waits for those before it, or finds the queue full
 *   5  duplication, damage, delay, reordering   by chance
 * </pre>
 *
 * <p><b>Threading</b>: one thread.
 */
final class Fates
{
    private final FaultPlan plan;
    private final long startNs;
    private final List<ExactRule> rules;
    private final int[] matches;
    private final Map<Direction, PathState> paths = new EnumMap<>(Direction.class);
    private final Fate fate = new Fate();

    /**
     * Begins at the first datagram of each direction.
     *
     * @param plan    to follow.
     * @param startNs the time at which blackholes begin to count.
     */
    Fates(final FaultPlan plan, final long startNs)
    {
        this.plan = plan;
        this.startNs = startNs;
        this.rules = plan.rules();
        this.matches = new int[rules.size()];
        for (final Direction direction : Direction.values())
        {
            paths.put(direction, new PathState(plan.faults(direction), plan.seed(), direction));
        }
    }

    FaultPlan plan()
    {
        return plan;
    }

    /**
     * Decides about the next datagram of a direction.
     *
     * @param direction that it goes.
     * @param kind      of it.
     * @param length    of it in bytes.
     * @param nowNs     when it came.
     * @return its fate, valid until the next call.
     */
    Fate next(final Direction direction, final int kind, final int length, final long nowNs)
    {
        fate.reset(nowNs);
        final PathState path = paths.get(direction);
        path.draw();
        applyRules(direction, kind, length, path);
        if (fate.isForwarded() && path.faults.isDark(nowNs - startNs))
        {
            fate.verdict = Verdict.BLACKHOLED;
        }
        if (fate.isForwarded())
        {
            path.decide(fate, length, nowNs);
        }
        return fate;
    }

    private void applyRules(final Direction direction, final int kind, final int length, final PathState path)
    {
        for (int i = 0; i < matches.length; i++)
        {
            final ExactRule rule = rules.get(i);
            if (rule.selection().includes(direction, kind) && rule.ordinals().get(++matches[i]))
            {
                switch (rule.action())
                {
                    case DROP -> fate.verdict = Verdict.RULED;
                    case DUPLICATE -> fate.duplicated = true;
                    case CORRUPT -> fate.damagedBit = path.bit(length);
                    default ->
                    {
                        fate.heldBack = true;
                        fate.releaseNs += rule.holdNs();
                    }
                }
            }
        }
    }
}
