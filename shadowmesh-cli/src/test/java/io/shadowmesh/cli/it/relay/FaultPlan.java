package io.shadowmesh.cli.it.relay;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What goes wrong on a path, as one line of text: items with blanks between them, each for both directions, or for the
 * one whose sign stands before it ({@code >} to the server, {@code <} to the client).
 *
 * <pre>
 *   seed=42               what all chance comes from; 1 where it is not named
 *   loss=30%              each datagram is lost with this probability
 *   burst=1%/25%/90%      Gilbert and Elliott: a good spell turns bad, a bad one turns good, loss in a bad one
 *   duplicate=10%         goes twice; the copy is neither damaged nor held back
 *   reorder=25%/20ms      is held back by so much, so that later ones overtake it
 *   delay=10ms-30ms       is late by so much, evenly spread; or delay=10ms
 *   rate=50/100ms         the path takes 50 Mbit/s and queues 100 ms of them; what comes on top is lost
 *   corrupt=5%            one bit is flipped
 *   blackhole=5s/2s       nothing passes for 5 s, then everything for 2 s, and so on, beginning with the 2 s
 *   rebind=5s             every 5 s the relay goes on from another port and its next source address
 *   drop:H=2+5            exact rules: see {@link ExactRule}
 * </pre>
 *
 * Loss, bursts, duplication, reordering, delay, corruption and rules depend on nothing but the seed, the direction and
 * the datagram's number since the plan was set; rate, blackholes and rebinding are matters of time.
 *
 * <p><b>Threading</b>: immutable.
 */
public final class FaultPlan
{
    /** A path on which nothing goes wrong. */
    public static final FaultPlan NONE = parse("");

    private final String text;
    private final long seed;
    private final long rebindNs;
    private final List<ExactRule> rules;
    private final Map<Direction, PathFaults> faults = new EnumMap<>(Direction.class);

    private FaultPlan(
        final String text,
        final long seed,
        final long rebindNs,
        final List<ExactRule> rules,
        final Map<Direction, Map<String, String>> items)
    {
        this.text = text;
        this.seed = seed;
        this.rebindNs = rebindNs;
        this.rules = List.copyOf(rules);
        items.forEach((direction, values) -> faults.put(direction, new PathFaults(values)));
    }

    /**
     * Reads a plan.
     *
     * @param text as above; empty for a path on which nothing goes wrong.
     * @return the plan.
     * @throws IllegalArgumentException if it is none; the message says where.
     */
    public static FaultPlan parse(final String text)
    {
        final Map<Direction, Map<String, String>> items = new EnumMap<>(Direction.class);
        for (final Direction direction : Direction.values())
        {
            items.put(direction, new TreeMap<>());
        }
        final List<ExactRule> rules = new ArrayList<>();
        long seed = 1;
        long rebindNs = 0;
        for (final String item : text.trim().split("\\s+"))
        {
            if (item.isEmpty())
            {
                continue;
            }
            if (ExactRule.isRule(item))
            {
                rules.add(ExactRule.parse(item));
                continue;
            }
            final int equals = item.indexOf('=');
            if (equals < 0)
            {
                throw new IllegalArgumentException("not an item such as loss=2%: " + item);
            }
            final String name = item.substring(0, equals);
            final String value = item.substring(equals + 1);
            switch (name)
            {
                case "seed" -> seed = Long.parseLong(value);
                case "rebind" -> rebindNs = PlanValue.timeNs(value);
                default -> put(items, name, value);
            }
        }
        return new FaultPlan(text.trim(), seed, rebindNs, rules, items);
    }

    private static void put(
        final Map<Direction, Map<String, String>> items, final String signed, final String value)
    {
        final boolean one = signed.startsWith(">") || signed.startsWith("<");
        final String name = one ? signed.substring(1) : signed;
        if (!PathFaults.NAMES.contains(name))
        {
            throw new IllegalArgumentException("unknown fault " + signed + "; there are " + PathFaults.NAMES);
        }
        items.forEach((direction, values) ->
        {
            if (!one || direction.sign() == signed.charAt(0))
            {
                values.put(name, value);
            }
        });
    }

    /**
     * The seed of all chance in it.
     *
     * @return the number.
     */
    public long seed()
    {
        return seed;
    }

    /** How long the relay stays at one port; 0 for ever. */
    long rebindNs()
    {
        return rebindNs;
    }

    List<ExactRule> rules()
    {
        return rules;
    }

    PathFaults faults(final Direction direction)
    {
        return faults.get(direction);
    }

    /**
     * The plan as it was written.
     *
     * @return its text.
     */
    @Override
    public String toString()
    {
        return text;
    }
}
