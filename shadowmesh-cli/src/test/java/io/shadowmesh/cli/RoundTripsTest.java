package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class RoundTripsTest
{
    private final RoundTrips trips = new RoundTrips();

    @Test
    void sumsUpAsPingDoes()
    {
        trips.add(1_000_000);
        trips.add(2_000_000);
        trips.add(3_000_000);
        trips.addLost();
        assertEquals("--- beta ---\n4 sent, 3 answered, 25% lost\n" +
            "round trip min/avg/max/mdev = 1.000/2.000/3.000/0.816 ms\n", trips.toText("beta"));
        assertEquals("{\"peer\": \"beta\", \"sent\": 4, \"answered\": 3, \"loss_percent\": 25.000, " +
            "\"min_ms\": 1.000, \"avg_ms\": 2.000, \"max_ms\": 3.000, \"mdev_ms\": 0.816}", trips.toJson("beta").strip());
    }

    @Test
    void hasNoTimesWhereNothingCameBack()
    {
        trips.addLost();
        assertEquals("--- beta ---\n1 sent, 0 answered, 100% lost\n", trips.toText("beta"));
        assertEquals("{\"peer\": \"beta\", \"sent\": 1, \"answered\": 0, \"loss_percent\": 100.000}",
            trips.toJson("beta").strip());
    }

    @Test
    void writesPercentWithoutIdleZeros()
    {
        for (int i = 0; i < 199; i++)
        {
            trips.add(1);
        }
        trips.addLost();
        assertEquals("200 sent, 199 answered, 0.5% lost", trips.toText("x").lines().toList().get(1));
    }
}
