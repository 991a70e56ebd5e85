package io.shadowmesh.cli.it.relay;

import java.util.SplittableRandom;

/**
 * How far one direction has come: its chance, its spell of bursts, its queue.
 *
 * <p>Each kind of fault has a source of chance of its own, from which exactly one number is drawn for every datagram,
 * whether it matters or not: so the k-th number belongs to the k-th datagram in every run.
 */
final class PathState
{
    final PathFaults faults;

    private final SplittableRandom lossChance;
    private final SplittableRandom spellChance;
    private final SplittableRandom burstChance;
    private final SplittableRandom copyChance;
    private final SplittableRandom damageChance;
    private final SplittableRandom bitChance;
    private final SplittableRandom delayChance;
    private final SplittableRandom orderChance;

    private boolean lost;
    private boolean bad;
    private boolean lostInBurst;
    private boolean copied;
    private boolean damaged;
    private double bitPlace;
    private long delayNs;
    private boolean overtaken;
    private long busyUntilNs = Long.MIN_VALUE;

    PathState(final PathFaults faults, final long seed, final Direction direction)
    {
        this.faults = faults;
        final SplittableRandom origin = new SplittableRandom(2 * seed + direction.ordinal());
        lossChance = origin.split();
        spellChance = origin.split();
        burstChance = origin.split();
        copyChance = origin.split();
        damageChance = origin.split();
        bitChance = origin.split();
        delayChance = origin.split();
        orderChance = origin.split();
    }

    /** Draws all numbers of the next datagram. */
    void draw()
    {
        lost = lossChance.nextDouble() < faults.loss;
        bad = spellChance.nextDouble() < (bad ? 1 - faults.burstLeave : faults.burstEnter);
        lostInBurst = burstChance.nextDouble() < faults.burstLoss && bad;
        copied = copyChance.nextDouble() < faults.duplicate;
        damaged = damageChance.nextDouble() < faults.corrupt;
        bitPlace = bitChance.nextDouble();
        delayNs = faults.leastDelayNs +
            (long)(delayChance.nextDouble() * (faults.greatestDelayNs - faults.leastDelayNs));
        overtaken = orderChance.nextDouble() < faults.reorder;
    }

    /** The bit of the datagram that damage would hit. */
    int bit(final int length)
    {
        return 0 == length ? Fate.UNDAMAGED : (int)(bitPlace * length * Byte.SIZE);
    }

    /** Applies what has been drawn. */
    void decide(final Fate fate, final int length, final long nowNs)
    {
        if (lost || lostInBurst)
        {
            fate.verdict = lost ? Verdict.LOST : Verdict.LOST_IN_BURST;
            return;
        }
        long lateNs = delayNs;
        if (faults.nsPerByte > 0)
        {
            final long beginNs = Math.max(busyUntilNs, nowNs);
            if (beginNs - nowNs > faults.queueNs)
            {
                fate.verdict = Verdict.OVERFLOWED;
                return;
            }
            busyUntilNs = beginNs + (long)(length * faults.nsPerByte);
            lateNs += busyUntilNs - nowNs;
        }
        fate.releaseNs += lateNs;
        fate.copyReleaseNs += lateNs;
        fate.duplicated |= copied;
        if (damaged)
        {
            fate.damagedBit = bit(length);
        }
        if (overtaken)
        {
            fate.heldBack = true;
            fate.releaseNs += faults.reorderNs;
        }
    }
}
