package io.shadowmesh.dataplane.session;

import java.util.Arrays;

/**
 * Lets so many replies pass in any stretch of one second, and no more: it remembers when each of the last ones passed.
 *
 * <p><b>Threading:</b> one thread.
 */
public final class ReplyLimit
{
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long NEVER = Long.MIN_VALUE;

    private final long[] passedNs;
    private int oldest;

    /**
     * Lets the first replies pass.
     *
     * @param perSecond the most in any second.
     */
    public ReplyLimit(final int perSecond)
    {
        passedNs = new long[perSecond];
        Arrays.fill(passedNs, NEVER);
    }

    /**
     * Tells whether one more reply may pass, and counts it.
     *
     * @param nowNs of a clock that does not go back.
     * @return true if it may.
     */
    public boolean pass(final long nowNs)
    {
        final long passed = passedNs[oldest];
        if (passed != NEVER && nowNs - passed < SECOND_NS)
        {
            return false;
        }
        passedNs[oldest] = nowNs;
        oldest = oldest + 1 == passedNs.length ? 0 : oldest + 1;
        return true;
    }
}
