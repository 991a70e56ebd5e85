package io.shadowmesh.cli.it.relay;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** All seeds are fixed: what is drawn here is the same in every run. */
final class FatesTest
{
    private static final int M1 = 1;
    private static final int M2 = 2;
    private static final int M3 = 3;
    private static final int M4 = 4;
    private static final int DATA = 256;
    private static final int LENGTH = 1000;
    private static final String ALL =
        "seed=11 loss=20% burst=2%/30%/80% duplicate=10% reorder=25%/20ms corrupt=5% delay=1ms-9ms";

    @Test
    void givesTheSameFatesToTheSamePlan()
    {
        assertEquals(draw(ALL, 5000, 0), draw(ALL, 5000, 0));
    }

    @Test
    void givesTheSameFatesWhateverTheTime()
    {
        assertEquals(draw(ALL, 5000, 0), draw(ALL, 5000, 1_234_567));
    }

    @Test
    void givesTheSameFatesToOneDirectionWhateverGoesTheOtherWay()
    {
        final Fates quiet = new Fates(FaultPlan.parse(ALL), 0);
        final Fates busy = new Fates(FaultPlan.parse(ALL), 0);
        for (int i = 0; i < 5000; i++)
        {
            busy.next(Direction.TO_CLIENT, DATA, LENGTH, 0);
            busy.next(Direction.TO_CLIENT, M2, LENGTH, 0);
            assertEquals(text(quiet.next(Direction.TO_SERVER, DATA, LENGTH, 0), 0),
                text(busy.next(Direction.TO_SERVER, DATA, LENGTH, 0), 0));
        }
    }

    @Test
    void drawsTheSameLossesWhateverElseGoesWrong()
    {
        final Fates alone = new Fates(FaultPlan.parse("seed=3 loss=30%"), 0);
        final Fates among = new Fates(FaultPlan.parse("seed=3 loss=30% corrupt=50% duplicate=50% reorder=50%/1ms"), 0);
        for (int i = 0; i < 5000; i++)
        {
            assertEquals(alone.next(Direction.TO_SERVER, DATA, LENGTH, 0).verdict,
                among.next(Direction.TO_SERVER, DATA, LENGTH, 0).verdict);
        }
    }

    @Test
    void givesOtherFatesToOtherSeedsAndDirections()
    {
        final List<String> fates = draw(ALL, 1000, 0);
        assertNotEquals(fates, draw(ALL.replace("seed=11", "seed=12"), 1000, 0));
        final Fates other = new Fates(FaultPlan.parse(ALL), 0);
        final List<String> way = new ArrayList<>();
        for (int i = 0; i < 1000; i++)
        {
            way.add(text(other.next(Direction.TO_CLIENT, DATA, LENGTH, 0), 0));
        }
        assertNotEquals(fates, way);
    }

    /** Five standard deviations of a binomial of 100,000 are 0.8 % at most: a fixed seed passes always or never. */
    @ParameterizedTest
    @CsvSource({"loss=30%, 0.30", "loss=2%, 0.02", "loss=0%, 0", "loss=100%, 1", "duplicate=10%, 0.10",
        "reorder=25%/20ms, 0.25", "corrupt=5%, 0.05"})
    void strikesAsOftenAsThePlanSays(final String plan, final double share)
    {
        final double struck = share(plan, fate -> !fate.isForwarded() || fate.duplicated || fate.heldBack ||
            fate.damagedBit != Fate.UNDAMAGED);
        assertEquals(share, struck, 5 * Math.sqrt(share * (1 - share) / 100_000), plan);
    }

    /** In the long run a share of enter / (enter + leave) is bad, and a bad spell is 1 / leave datagrams long. */
    @Test
    void losesInBurstsAsGilbertAndElliottSay()
    {
        final Fates fates = new Fates(FaultPlan.parse("seed=5 burst=1%/25%/100%"), 0);
        int lost = 0;
        int spells = 0;
        boolean before = false;
        for (int i = 0; i < 100_000; i++)
        {
            final boolean now = !fates.next(Direction.TO_SERVER, DATA, LENGTH, 0).isForwarded();
            lost += now ? 1 : 0;
            spells += now && !before ? 1 : 0;
            before = now;
        }
        assertEquals(0.01 / 0.26, lost / 100_000.0, 0.005);
        assertEquals(4.0, (double)lost / spells, 0.4);
    }

    @Test
    void strikesExactlyTheHandshakeDatagramsOfARule()
    {
        final Fates fates = new Fates(FaultPlan.parse("drop:H=2+5"), 0);
        final StringBuilder passed = new StringBuilder();
        final int[] kinds = {M1, DATA, M2, M2, M3, M3, M4};
        final Direction[] ways = {Direction.TO_SERVER, Direction.TO_SERVER, Direction.TO_CLIENT, Direction.TO_CLIENT,
            Direction.TO_SERVER, Direction.TO_SERVER, Direction.TO_CLIENT};
        for (int i = 0; i < kinds.length; i++)
        {
            passed.append(fates.next(ways[i], kinds[i], LENGTH, 0).isForwarded() ? '.' : 'x');
        }
        assertEquals("..x..x.", passed.toString());
    }

    @Test
    void countsTheDatagramsOfARuleByItsDirectionAndKind()
    {
        final Fates fates = new Fates(
            FaultPlan.parse("drop:>M3=2 duplicate:<M4=1 corrupt:<M2=1 hold:>M1=1/300ms"), 0);
        assertEquals(300_000_000L, fates.next(Direction.TO_SERVER, M1, LENGTH, 0).releaseNs);
        assertTrue(fates.next(Direction.TO_CLIENT, M2, LENGTH, 0).damagedBit >= 0);
        assertEquals(Fate.UNDAMAGED, fates.next(Direction.TO_CLIENT, M2, LENGTH, 0).damagedBit);
        assertTrue(fates.next(Direction.TO_SERVER, M3, LENGTH, 0).isForwarded());
        assertEquals(Verdict.RULED, fates.next(Direction.TO_SERVER, M3, LENGTH, 0).verdict);
        assertTrue(fates.next(Direction.TO_CLIENT, M4, LENGTH, 0).duplicated);
    }

    @Test
    void damagesABitOfTheDatagram()
    {
        final Fates fates = new Fates(FaultPlan.parse("corrupt=100%"), 0);
        int least = Integer.MAX_VALUE;
        int greatest = 0;
        for (int i = 0; i < 10_000; i++)
        {
            final int bit = fates.next(Direction.TO_SERVER, DATA, 4, 0).damagedBit;
            least = Math.min(least, bit);
            greatest = Math.max(greatest, bit);
        }
        assertEquals(0, least);
        assertEquals(31, greatest);
    }

    @Test
    void holdsBackTheDatagramButNotItsCopy()
    {
        final Fate fate = new Fates(FaultPlan.parse("reorder=100%/20ms duplicate=100% delay=5ms"), 0)
            .next(Direction.TO_SERVER, DATA, LENGTH, 1000);
        assertEquals(25_001_000L, fate.releaseNs);
        assertEquals(5_001_000L, fate.copyReleaseNs);
    }

    @Test
    void spacesDatagramsByTheRateUntilTheQueueIsFull()
    {
        // 8 Mbit/s: 1000 bytes take 1 ms; 3 ms of them may wait.
        final Fates fates = new Fates(FaultPlan.parse("rate=8/3ms"), 0);
        for (int i = 1; i <= 4; i++)
        {
            assertEquals(i * 1_000_000L, fates.next(Direction.TO_SERVER, DATA, LENGTH, 0).releaseNs);
        }
        assertEquals(Verdict.OVERFLOWED, fates.next(Direction.TO_SERVER, DATA, LENGTH, 0).verdict);
        assertEquals(11_000_000L, fates.next(Direction.TO_SERVER, DATA, LENGTH, 10_000_000L).releaseNs);
    }

    @Test
    void swallowsEverythingWhileThePathIsDark()
    {
        final Fates fates = new Fates(FaultPlan.parse(">blackhole=5s/2s"), 100);
        assertTrue(fates.next(Direction.TO_SERVER, M1, LENGTH, 100).isForwarded());
        assertEquals(Verdict.BLACKHOLED, fates.next(Direction.TO_SERVER, M1, LENGTH, 2_000_000_100L).verdict);
        assertTrue(fates.next(Direction.TO_CLIENT, M2, LENGTH, 2_000_000_100L).isForwarded());
        assertTrue(fates.next(Direction.TO_SERVER, M1, LENGTH, 7_000_000_100L).isForwarded());
    }

    private static double share(final String plan, final Predicate<Fate> what)
    {
        final Fates fates = new Fates(FaultPlan.parse("seed=20 " + plan), 0);
        int count = 0;
        for (int i = 0; i < 100_000; i++)
        {
            count += what.test(fates.next(Direction.TO_SERVER, DATA, LENGTH, 0)) ? 1 : 0;
        }
        return count / 100_000.0;
    }

    private static List<String> draw(final String plan, final int count, final long apartNs)
    {
        final Fates fates = new Fates(FaultPlan.parse(plan), 0);
        final List<String> drawn = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            drawn.add(text(fates.next(Direction.TO_SERVER, DATA, LENGTH, i * apartNs), i * apartNs));
        }
        return drawn;
    }

    private static String text(final Fate fate, final long nowNs)
    {
        return fate.verdict + " " + fate.duplicated + " " + fate.damagedBit + " " + (fate.releaseNs - nowNs) + " " +
            (fate.copyReleaseNs - nowNs);
    }
}
