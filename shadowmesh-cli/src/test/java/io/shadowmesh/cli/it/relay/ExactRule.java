package io.shadowmesh.cli.it.relay;

import java.util.BitSet;
import java.util.Locale;

/**
 * What happens to the n-th datagrams of a selection, counted from when the plan was set.
 *
 * <pre>
 *   drop:H=3          the third handshake datagram is lost
 *   drop:H=2+5        the second and the fifth
 *   duplicate:>M3=1-4 the first four parts of M3 go twice
 *   corrupt:&lt;M2=1     the first part of M2 arrives with one bit flipped
 *   hold:&lt;M4=1/300ms  the first M4 is 300 ms late
 * </pre>
 *
 * @param action    what happens.
 * @param selection of datagrams that are counted.
 * @param ordinals  of those that it happens to, from 1 on.
 * @param holdNs    how late they are, for {@link Action#HOLD}.
 * @param text      as written.
 */
record ExactRule(ExactRule.Action action, Selection selection, BitSet ordinals, long holdNs, String text)
{
    private static final int GREATEST_ORDINAL = 1_000_000;

    /** What a rule does. */
    enum Action
    {
        DROP, DUPLICATE, CORRUPT, HOLD
    }

    static boolean isRule(final String text)
    {
        return text.indexOf(':') > 0;
    }

    static ExactRule parse(final String text)
    {
        final int colon = text.indexOf(':');
        final int equals = text.indexOf('=');
        if (colon < 0 || equals < colon)
        {
            throw new IllegalArgumentException("not a rule such as drop:H=3: " + text);
        }
        final Action action = Action.valueOf(text.substring(0, colon).toUpperCase(Locale.ROOT));
        final String[] values = text.substring(equals + 1).split("/");
        if (values.length != (Action.HOLD == action ? 2 : 1))
        {
            throw new IllegalArgumentException("hold, and nothing else, takes a time as in hold:H=3/50ms: " + text);
        }
        return new ExactRule(action, new Selection(text.substring(colon + 1, equals)), ordinals(values[0]),
            Action.HOLD == action ? PlanValue.timeNs(values[1]) : 0, text);
    }

    private static BitSet ordinals(final String text)
    {
        final BitSet set = new BitSet();
        for (final String item : text.split("\\+"))
        {
            final int dash = item.indexOf('-');
            final int first = Integer.parseInt(dash < 0 ? item : item.substring(0, dash));
            final int last = dash < 0 ? first : Integer.parseInt(item.substring(dash + 1));
            if (first < 1 || last < first || last > GREATEST_ORDINAL)
            {
                throw new IllegalArgumentException("not counted from 1 upwards: " + text);
            }
            set.set(first, last + 1);
        }
        return set;
    }

    @Override
    public String toString()
    {
        return text;
    }
}
