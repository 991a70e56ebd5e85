package io.shadowmesh.cli.it.relay;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class FaultPlanTest
{
    @Test
    void readsEveryItem()
    {
        final FaultPlan plan = FaultPlan.parse("seed=42 loss=30% burst=1%/25%/90% duplicate=0.1 reorder=25%/20ms " +
            "delay=10ms-30ms rate=50/100ms corrupt=5% blackhole=5s/2s rebind=5s drop:H=2+5");
        final PathFaults faults = plan.faults(Direction.TO_SERVER);
        assertEquals(42, plan.seed());
        assertEquals(5_000_000_000L, plan.rebindNs());
        assertEquals(0.30, faults.loss);
        assertEquals(0.01, faults.burstEnter);
        assertEquals(0.25, faults.burstLeave);
        assertEquals(0.90, faults.burstLoss);
        assertEquals(0.10, faults.duplicate);
        assertEquals(0.25, faults.reorder);
        assertEquals(20_000_000L, faults.reorderNs);
        assertEquals(10_000_000L, faults.leastDelayNs);
        assertEquals(30_000_000L, faults.greatestDelayNs);
        assertEquals(160, faults.nsPerByte);
        assertEquals(100_000_000L, faults.queueNs);
        assertEquals(0.05, faults.corrupt);
        assertEquals(5_000_000_000L, faults.darkNs);
        assertEquals(2_000_000_000L, faults.openNs);
        assertEquals(1, plan.rules().size());
    }

    @Test
    void appliesAnItemToTheDirectionOfItsSign()
    {
        final FaultPlan plan = FaultPlan.parse("loss=1% >loss=2% <delay=5ms");
        assertEquals(0.02, plan.faults(Direction.TO_SERVER).loss);
        assertEquals(0.01, plan.faults(Direction.TO_CLIENT).loss);
        assertEquals(0, plan.faults(Direction.TO_SERVER).leastDelayNs);
        assertEquals(5_000_000L, plan.faults(Direction.TO_CLIENT).leastDelayNs);
    }

    @Test
    void isReadAgainFromItsText()
    {
        final String text = "seed=7 loss=2% >delay=1ms-2ms hold:<M4=1/300ms";
        assertEquals(text, FaultPlan.parse(FaultPlan.parse(text).toString()).toString());
    }

    @Test
    void beginsABlackholeWithTheOpenTime()
    {
        final PathFaults faults = FaultPlan.parse("blackhole=5s/2s").faults(Direction.TO_CLIENT);
        assertFalse(faults.isDark(0));
        assertFalse(faults.isDark(1_999_999_999L));
        assertTrue(faults.isDark(2_000_000_000L));
        assertTrue(faults.isDark(6_999_999_999L));
        assertFalse(faults.isDark(7_000_000_000L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"loss", "loss=101%", "loss=-1", "lost=1%", "?loss=1%", "=1", "reorder=5%", "delay=5",
        "delay=3ms-2ms", "blackhole=0s/0s", "burst=1%/2%", "drop:H", "drop:X=1", "drop:H=0", "drop:H=3-2",
        "drop:H=1/5ms", "hold:H=1", "lose:H=1", "seed=one"})
    void refusesWhatIsNoPlan(final String text)
    {
        assertThrows(IllegalArgumentException.class, () -> FaultPlan.parse(text));
    }
}
