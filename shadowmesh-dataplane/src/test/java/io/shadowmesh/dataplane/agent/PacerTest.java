package io.shadowmesh.dataplane.agent;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PacerTest
{
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long START_NS = 77 * SECOND_NS;
    private static final int SUPER_PACKET = 65_000;

    private final Pacer pacer = new Pacer();
    private long nowNs = START_NS;

    @Test
    void letsEverythingGoWithoutARate()
    {
        pacer.begin(nowNs);
        assertFalse(pacer.isOn());
        for (int i = 0; i < 1000; i++)
        {
            assertTrue(pacer.maySend());
            pacer.charge(SUPER_PACKET);
        }
        assertEquals(0, pacer.waitNs(nowNs));
    }

    @ParameterizedTest
    @ValueSource(longs = {64_000, 1_000_000, 50_000_000, 1_000_000_000, 10_000_000_000L})
    void letsNoMoreGoThanTheRateOverAnyTimeAndAlmostAsMuch(final long rate)
    {
        final long seed = System.nanoTime();
        System.out.println("PacerTest seed " + seed);
        final Random random = new Random(seed);
        pacer.rate(rate);
        long sent = 0;
        while (nowNs - START_NS < 20 * SECOND_NS)
        {
            pacer.begin(nowNs);
            assertTrue(pacer.isOn());
            while (pacer.maySend())
            {
                final int bytes = random.nextInt(4) == 0 ? 1 + random.nextInt(SUPER_PACKET) : 28 + random.nextInt(1500);
                pacer.charge(bytes);
                sent += bytes;
            }
            final long waitNs = pacer.waitNs(nowNs);
            assertTrue(waitNs > 0);
            // As late as a thread may wake up.
            nowNs += waitNs + random.nextInt(100_000);
        }
        final double due = rate / 8.0 * (nowNs - START_NS) / SECOND_NS;
        assertTrue(sent <= due + SUPER_PACKET + Math.max(3000, rate / 8.0 / 500), () -> "too much at " + rate);
        assertTrue(sent >= due * 0.99 - SUPER_PACKET, sent + " of " + due + " bytes");
    }

    @Test
    void savesUpNoMoreThanTwoMillisecondsOfTheRate()
    {
        pacer.rate(80_000_000);
        pacer.begin(nowNs);
        nowNs += 3600 * SECOND_NS;
        pacer.begin(nowNs);
        int bytes = 0;
        while (pacer.maySend())
        {
            pacer.charge(1000);
            bytes += 1000;
        }
        assertEquals(21_000, bytes);
    }

    @Test
    void letsASuperPacketGoWholeAndThenWaitsForAllOfIt()
    {
        pacer.rate(8_000_000);
        pacer.begin(nowNs);
        assertTrue(pacer.maySend());
        pacer.charge(SUPER_PACKET);
        assertFalse(pacer.maySend());
        assertEquals(65_000_000, pacer.waitNs(nowNs));
        assertEquals(64_000_000, pacer.waitNs(nowNs + 1_000_000));
        nowNs += 64_999_000;
        pacer.begin(nowNs);
        assertFalse(pacer.maySend());
        assertEquals(200_000, pacer.waitNs(nowNs), "a shorter sleep is not worth its while");
        nowNs += 1000;
        pacer.begin(nowNs);
        assertTrue(pacer.maySend());
    }

    @Test
    void forgetsWhatIsOverdrawnWhenPacingEndsAndBeginsAnew()
    {
        pacer.rate(64_000);
        pacer.begin(nowNs);
        pacer.charge(SUPER_PACKET);
        pacer.rate(Pacer.UNLIMITED);
        pacer.begin(nowNs);
        assertTrue(pacer.maySend());
        pacer.rate(64_000);
        pacer.begin(nowNs);
        assertTrue(pacer.maySend());
    }

    @Test
    void measuresForHowLongPacketsWaitForIt()
    {
        pacer.rate(8_000_000);
        pacer.begin(nowNs);
        pacer.charge(1000);
        pacer.onHold(nowNs);
        nowNs += 700_000;
        pacer.begin(nowNs);
        nowNs += 5_000_000;
        pacer.begin(nowNs);
        assertEquals(700_000, pacer.heldNs());
    }
}
