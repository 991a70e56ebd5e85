package io.shadowmesh.dataplane.session;

import java.util.Arrays;

/**
 * The largest of the values of a while ago until now. The window is made of {@value #SLICES} slices of equal length, and
 * moves on by whole ones: a value counts for the window's length, less one slice at the most.
 *
 * <p><b>Threading:</b> one thread.
 */
final class WindowedMaximum
{
    /** What there is no value for. */
    static final long NONE = Long.MIN_VALUE;

    private static final int SLICES = 10;

    private final long[] maxima = new long[SLICES];
    private final long sliceNs;
    private long newestSlice = Long.MIN_VALUE;

    WindowedMaximum(final long lengthNs)
    {
        this.sliceNs = lengthNs / SLICES;
        clear();
    }

    /** Takes a value in. Times do not go backwards. */
    void add(final long nowNs, final long value)
    {
        advance(nowNs);
        final int slot = slot(newestSlice);
        maxima[slot] = Math.max(maxima[slot], value);
    }

    /** The largest value of the window that ends now, or {@link #NONE}. */
    long get(final long nowNs)
    {
        advance(nowNs);
        long maximum = NONE;
        for (final long value : maxima)
        {
            maximum = Math.max(maximum, value);
        }
        return maximum;
    }

    /** Forgets all values. */
    void clear()
    {
        Arrays.fill(maxima, NONE);
    }

    private void advance(final long nowNs)
    {
        final long slice = Math.floorDiv(nowNs, sliceNs);
        if (slice - SLICES >= newestSlice || newestSlice == Long.MIN_VALUE)
        {
            clear();
        }
        else
        {
            for (long i = newestSlice + 1; i <= slice; i++)
            {
                maxima[slot(i)] = NONE;
            }
        }
        newestSlice = Math.max(newestSlice, slice);
    }

    private static int slot(final long slice)
    {
        return (int)Math.floorMod(slice, (long)SLICES);
    }
}
