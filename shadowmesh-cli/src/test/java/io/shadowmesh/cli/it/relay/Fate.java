package io.shadowmesh.cli.it.relay;

/** What is to be done with one datagram; one object serves for all, one after the other. */
final class Fate
{
    static final int UNDAMAGED = -1;

    Verdict verdict;
    boolean duplicated;
    boolean heldBack;
    /** The bit to flip, or {@link #UNDAMAGED}. */
    int damagedBit;
    long releaseNs;
    /** When the copy goes, if there is one. */
    long copyReleaseNs;

    void reset(final long nowNs)
    {
        verdict = Verdict.FORWARDED;
        duplicated = false;
        heldBack = false;
        damagedBit = UNDAMAGED;
        releaseNs = nowNs;
        copyReleaseNs = nowNs;
    }

    boolean isForwarded()
    {
        return Verdict.FORWARDED == verdict;
    }
}
