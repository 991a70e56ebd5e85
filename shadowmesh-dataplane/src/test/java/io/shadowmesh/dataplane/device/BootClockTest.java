package io.shadowmesh.dataplane.device;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertTrue;

class BootClockTest
{
    private static final double NANOS_PER_SECOND = 1e9;

    @Test
    void neverGoesBackAndCountsFromTheStartOfTheMachine() throws Exception
    {
        try (Loopback loopback = new Loopback())
        {
            final BootClock clock = new BootClock(loopback.arena, loopback.calls);
            final double before = uptime();
            final long first = clock.nanoTime();
            final long second = clock.nanoTime();
            final double after = uptime();
            assertTrue(second >= first);
            assertTrue(first / NANOS_PER_SECOND >= before - 0.02, first + " ns against " + before + " s");
            assertTrue(second / NANOS_PER_SECOND <= after + 0.02, second + " ns against " + after + " s");
        }
    }

    private static double uptime() throws Exception
    {
        return Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
    }
}
