package io.shadowmesh.dataplane.status;

/**
 * How often something has taken how long: what a {@link TimeHistogram} held at one moment, or between two.
 *
 * <p><b>Units:</b> nanoseconds; at most 6.25 % too great, but for the sum.
 *
 * <p><b>Threading:</b> immutable.
 */
public final class TimeDistribution
{
    private static final double PERCENT = 100;

    private final long[] counts;
    private final long count;
    private final long sumNs;
    private final long greatestNs;

    TimeDistribution(final long[] counts, final long sumNs, final long greatestNs)
    {
        long all = 0;
        for (final long some : counts)
        {
            all += some;
        }
        this.counts = counts;
        this.count = all;
        this.sumNs = sumNs;
        this.greatestNs = greatestNs;
    }

    /**
     * What has come since an earlier moment.
     *
     * @param earlier of the same histogram.
     * @return the values that are not in the earlier one.
     */
    public TimeDistribution since(final TimeDistribution earlier)
    {
        final long[] more = new long[counts.length];
        long greatest = 0;
        for (int i = 0; i < more.length; i++)
        {
            more[i] = counts[i] - earlier.counts[i];
            greatest = more[i] > 0 ? Math.min(greatestNs, TimeHistogram.greatestOf(i)) : greatest;
        }
        return new TimeDistribution(more, sumNs - earlier.sumNs, greatest);
    }

    /**
     * How many values there are.
     *
     * @return the count.
     */
    public long count()
    {
        return count;
    }

    /**
     * All values together. One that was being recorded may be in it already and not yet in the count.
     *
     * @return ns.
     */
    public long sumNs()
    {
        return sumNs;
    }

    /**
     * The greatest value.
     *
     * @return ns, 0 without values.
     */
    public long greatestNs()
    {
        return 0 == count ? 0 : greatestNs;
    }

    /**
     * What a part of the values did not exceed.
     *
     * @param percentile such as 99.
     * @return ns, 0 without values.
     */
    public long percentileNs(final double percentile)
    {
        final long rank = Math.max(1, (long)Math.ceil(count * percentile / PERCENT));
        long below = 0;
        for (int i = 0; i < counts.length; i++)
        {
            below += counts[i];
            if (below >= rank)
            {
                return Math.min(greatestNs, TimeHistogram.greatestOf(i));
            }
        }
        return 0;
    }

    /**
     * How many values are below a bound: exactly, where that is a power of two.
     *
     * @param ns the bound; up to 2<sup>36</sup>, which all values are below.
     * @return the count.
     */
    public long countBelow(final long ns)
    {
        long below = 0;
        for (int i = 0; i < counts.length && TimeHistogram.greatestOf(i) < ns; i++)
        {
            below += counts[i];
        }
        return below;
    }
}
