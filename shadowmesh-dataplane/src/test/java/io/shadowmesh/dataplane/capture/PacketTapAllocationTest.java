package io.shadowmesh.dataplane.capture;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A tap allocates nothing: while nobody records, while somebody does, and while he is too slow. */
class PacketTapAllocationTest
{
    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 200_000;
    /** The JVM may make the strings that a class names when it compiles it, on the thread that happens to ask. */
    private static final int ROUNDS = 5;
    private static final int LENGTH = 1300;

    @Test
    void allocatesNothing()
    {
        final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean)ManagementFactory.getThreadMXBean();
        try (Arena arena = Arena.ofConfined())
        {
            final CaptureRing ring = new CaptureRing(arena, 1 << 20);
            final PacketTap tap = ring.outboundTap();
            final long packet = arena.allocate(LENGTH, 8).address();
            for (final boolean recorded : new boolean[] {false, true})
            {
                if (recorded)
                {
                    ring.begin(LENGTH);
                }
                run(tap, packet, WARM_UP);
                threads.getCurrentThreadAllocatedBytes();
                long least = Long.MAX_VALUE;
                for (int round = 0; round < ROUNDS && least > 0; round++)
                {
                    final long before = threads.getCurrentThreadAllocatedBytes();
                    run(tap, packet, MEASURED);
                    least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
                }
                assertEquals(0, least, "recorded: " + recorded);
            }
            assertEquals(true, ring.missed() > MEASURED);
        }
    }

    private static void run(final PacketTap tap, final long packet, final int packets)
    {
        for (int i = 0; i < packets; i++)
        {
            tap.begin();
            tap.onPacket(packet, LENGTH, false, i);
        }
    }
}
