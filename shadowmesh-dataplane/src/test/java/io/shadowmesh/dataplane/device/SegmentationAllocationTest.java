package io.shadowmesh.dataplane.device;

import com.sun.management.ThreadMXBean;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Splitting and joining allocate nothing: exactly 0 bytes once they are warm. */
class SegmentationAllocationTest
{
    private static final ThreadMXBean THREADS = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private static final int WARM_UP = 20_000;
    private static final int TIMES = 5_000;
    private static final int ROUNDS = 3;
    private static final int GSO_SIZE = 100;

    private long sum;

    @Test
    void splitsAndJoinsWithoutAllocation()
    {
        try (Offloading offloading = new Offloading(true))
        {
            for (final boolean ipv6 : new boolean[] {false, true})
            {
                for (final int protocol : new int[] {PacketBuilder.TCP, PacketBuilder.UDP})
                {
                    final PacketBuilder builder = PacketBuilder.of(ipv6, protocol);
                    builder.payload = new byte[1010];
                    final byte[] packet = builder.partial();
                    final long at = offloading.place(builder.virtio(GSO_SIZE), packet);
                    final long pieces = offloading.place(new byte[10], new byte[4096]);
                    assertEquals(0, allocated(offloading, at, packet.length, pieces));
                }
            }
        }
        assertTrue(sum != 0);
    }

    /** The least of several rounds: what allocates per packet does so in each. */
    private long allocated(final Offloading offloading, final long at, final int length, final long pieces)
    {
        THREADS.getCurrentThreadAllocatedBytes();
        run(offloading, at, length, pieces, WARM_UP);
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++)
        {
            final long before = THREADS.getCurrentThreadAllocatedBytes();
            run(offloading, at, length, pieces, TIMES);
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    private void run(
        final Offloading offloading, final long at, final int length, final long pieces, final int times)
    {
        final SegmentSplitter splitter = offloading.splitter;
        final SegmentJoiner joiner = offloading.joiner;
        final long header = at - VirtioNetHeader.LENGTH;
        final int csumStart = VirtioNetHeader.csumStart(header);
        final int csumOffset = VirtioNetHeader.csumOffset(header);
        final int gsoType = VirtioNetHeader.gsoType(header);
        for (int i = 0; i < times; i++)
        {
            final boolean partial = (i & 1) == 0;
            sum += splitter.begin(at, length, partial);
            long to = pieces;
            while (splitter.next())
            {
                UnsafeApi.copyMemory(splitter.address(), to, splitter.length());
                sum += joiner.add(to, splitter.length(), splitter.isPartial());
                to += splitter.length() + 16 + 7 & -8;
            }
            sum += joiner.finish() + joiner.packets();
            if (joiner.packets() != 11)
            {
                throw new AssertionError(joiner.packets() + " packets were joined");
            }
            sum += joiner.add(at, length, true);
            joiner.reset();

            // As it was: the first piece's headers are still there.
            UnsafeApi.copyMemory(pieces, at, splitterHeader(csumStart, csumOffset));
            VirtioNetHeader.encode(header, VirtioNetHeader.NEEDS_CSUM, gsoType, 0, GSO_SIZE, csumStart, csumOffset);
        }
    }

    private static long splitterHeader(final int csumStart, final int csumOffset)
    {
        return csumStart + (csumOffset == TransportLayout.TCP_CHECKSUM_OFFSET ? 20 : 8);
    }
}
