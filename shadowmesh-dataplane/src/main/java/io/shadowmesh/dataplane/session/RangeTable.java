package io.shadowmesh.dataplane.session;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Address ranges that follow one another without a gap, each a peer's or nobody's, in flat sorted arrays. An address's
 * range is the one with the greatest start that is not behind it.
 *
 * <p>A lookup first takes some bits of the address, so chosen that all starts spread over them, as an index to a bucket
 * of starts; then it searches the bucket by halves. With 100,000 prefixes a bucket mostly holds a handful, and memory
 * stays at 20 bytes or less for each start and 4 for each bucket.
 *
 * <p>Addresses are two longs and unsigned; an IPv4 address has 32 bits in {@code low}.
 */
final class RangeTable
{
    private static final int MAX_BUCKETS = 1 << 17;

    /** True if all starts but the first have the same upper half: then the lower one alone is searched. */
    private final boolean byLow;
    private final long common;

    /** The half of each start that is searched, and the other one, which decides between equals. */
    private final long[] keys;
    private final long[] lows;
    private final Peer[] peers;
    private final long base;
    private final int shift;
    private final int[] buckets;

    private RangeTable(final Builder builder)
    {
        final int count = builder.peers.size();
        peers = builder.peers.toArray(new Peer[0]);
        lows = Arrays.copyOf(builder.lows, count);

        final int last = count - 1;
        final int first = Math.min(1, last);
        common = builder.highs[first];
        byLow = common == builder.highs[last];
        keys = byLow ? lows : Arrays.copyOf(builder.highs, count);
        base = keys[first];
        final long span = keys[last] - base;
        final int wanted = Math.min(MAX_BUCKETS, Integer.highestOneBit(count) << 1);
        shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(span) - Integer.numberOfTrailingZeros(wanted));

        buckets = new int[(int)(span >>> shift) + 2];
        int bucket = 0;
        for (int i = first; i < count; i++)
        {
            final int to = (int)(keys[i] - base >>> shift);
            while (bucket <= to)
            {
                buckets[bucket++] = i;
            }
        }
        buckets[bucket] = count;
    }

    /** Finds the peer of an address, or null. */
    Peer lookup(final long high, final long low)
    {
        final long key;
        if (byLow)
        {
            if (high != common)
            {
                return peers[Long.compareUnsigned(high, common) < 0 ? 0 : peers.length - 1];
            }
            key = low;
        }
        else
        {
            key = high;
        }
        if (Long.compareUnsigned(key, base) < 0)
        {
            return peers[0];
        }
        final long bucket = key - base >>> shift;
        if (bucket < 0 || bucket >= buckets.length - 1)
        {
            return peers[peers.length - 1];
        }

        // The range begins in this bucket or is the last that begins before it.
        int from = Math.max(0, buckets[(int)bucket] - 1);
        int to = buckets[(int)bucket + 1];
        while (to - from > 1)
        {
            final int middle = from + to >>> 1;
            if (isBehind(middle, key, low))
            {
                to = middle;
            }
            else
            {
                from = middle;
            }
        }
        return peers[from];
    }

    private boolean isBehind(final int index, final long key, final long low)
    {
        final long start = keys[index];
        return start == key ? Long.compareUnsigned(lows[index], low) > 0 : Long.compareUnsigned(start, key) > 0;
    }

    /** Collects ranges in ascending order of their starts; the first begins at 0 and is nobody's. */
    static final class Builder
    {
        private long[] highs = new long[16];
        private long[] lows = new long[16];
        private final List<Peer> peers = new ArrayList<>();

        Builder()
        {
            peers.add(null);
        }

        /** From this start on, addresses are a peer's, or nobody's if it is null. A later word on one start counts. */
        void add(final long high, final long low, final Peer peer)
        {
            int last = peers.size() - 1;
            if (highs[last] == high && lows[last] == low)
            {
                peers.set(last, peer);
                if (last > 0 && peers.get(last - 1) == peer)
                {
                    peers.remove(last);
                }
                return;
            }
            if (peers.get(last) == peer)
            {
                return;
            }
            last++;
            if (last == highs.length)
            {
                highs = Arrays.copyOf(highs, last * 2);
                lows = Arrays.copyOf(lows, last * 2);
            }
            highs[last] = high;
            lows[last] = low;
            peers.add(peer);
        }

        RangeTable build()
        {
            return new RangeTable(this);
        }
    }
}
