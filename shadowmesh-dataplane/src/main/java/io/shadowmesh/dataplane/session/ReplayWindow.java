package io.shadowmesh.dataplane.session;

/**
 * Remembers which sequences have been received, so that none is accepted twice: a bitmap of 8192 bits that is a ring of
 * words, of which 8192 - 64 behind the highest sequence are effective. It starts empty, so that sequence 0 passes
 * exactly once.
 *
 * <p><b>Threading:</b> the thread that opens the session's frames, alone.
 *
 * <p>Source: RFC 6479, section 3; wire protocol ShadowMesh/1, section 2.
 */
public final class ReplayWindow
{
    /** A sequence that may be accepted. */
    public static final int OK = 0;

    /** A sequence inside the window that was marked before. */
    public static final int DUPLICATE = 1;

    /** A sequence behind the window, of which it is no longer known whether it was marked. */
    public static final int TOO_OLD = 2;

    /** Bits of the bitmap. */
    public static final int BITS = 8192;

    /** How far behind the highest sequence one may be and still be accepted. */
    public static final int EFFECTIVE_BITS = BITS - Long.SIZE;

    private static final int WORDS = BITS / Long.SIZE;
    private static final int WORD_MASK = WORDS - 1;
    private static final int WORD_SHIFT = 6;
    private static final long NONE = -1;

    private final long[] words = new long[WORDS];
    private long highest = NONE;

    /** An empty window. */
    public ReplayWindow()
    {
    }

    /**
     * Tells whether a sequence may be accepted, and changes nothing: a frame that is not authentic yet must not be able
     * to.
     *
     * @param sequence of the frame.
     * @return {@link #OK}, {@link #DUPLICATE} or {@link #TOO_OLD}; the last for a negative sequence too.
     */
    public int check(final long sequence)
    {
        if (sequence > highest)
        {
            return OK;
        }
        if (sequence < 0 || highest - sequence > EFFECTIVE_BITS)
        {
            return TOO_OLD;
        }
        return (words[(int)(sequence >>> WORD_SHIFT) & WORD_MASK] & 1L << sequence) == 0 ? OK : DUPLICATE;
    }

    /**
     * Marks the sequence of an authentic frame.
     *
     * @param sequence of the frame.
     * @return true if it may be accepted; false if it was marked before or lies behind the window, and nothing changed.
     */
    public boolean markIfNew(final long sequence)
    {
        if (check(sequence) != OK)
        {
            return false;
        }

        final long word = sequence >>> WORD_SHIFT;
        if (sequence > highest)
        {
            // The words between the two hold sequences of an earlier turn of the ring.
            final long highestWord = highest >> WORD_SHIFT;
            final long stale = Math.min(word - highestWord, WORDS);
            for (long i = 1; i <= stale; i++)
            {
                words[(int)(highestWord + i) & WORD_MASK] = 0;
            }
            highest = sequence;
        }
        words[(int)word & WORD_MASK] |= 1L << sequence;
        return true;
    }

    /**
     * The highest sequence marked so far.
     *
     * @return the sequence, -1 when there is none.
     */
    public long highest()
    {
        return highest;
    }
}
