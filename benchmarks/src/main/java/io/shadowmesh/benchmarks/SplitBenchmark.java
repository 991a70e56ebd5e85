package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.device.SegmentSplitter;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;

/** One of the 48 packets that a super-packet of 64 KiB is split into: its share of all, and its header. */
public class SplitBenchmark extends DataPathBenchmark
{
    private Arena arena;
    private SegmentSplitter splitter;
    private UnsafeBuffer packet;
    private UnsafeBuffer header;

    /** For JMH. */
    public SplitBenchmark()
    {
    }

    /** Makes the super-packet. */
    @Setup
    public void open()
    {
        arena = Arena.ofConfined();
        splitter = new SegmentSplitter(arena);
        packet = new UnsafeBuffer(SampleSegments.superPacket(arena), SampleSegments.LENGTH);
        header = new UnsafeBuffer(
            arena.allocate(SampleSegments.HEADER_LENGTH, Long.BYTES).address(), SampleSegments.HEADER_LENGTH);
        header.putBytes(0, packet, 0, SampleSegments.HEADER_LENGTH);
        if (split(true) <= 0 || splitter.next())
        {
            throw new IllegalStateException("the packet is not split");
        }
    }

    /** Frees it. */
    @TearDown
    public void close()
    {
        arena.close();
    }

    /**
     * Leaves the checksums to the receiver.
     *
     * @return bytes of all packets.
     */
    @Benchmark
    @OperationsPerInvocation(SampleSegments.SEGMENTS)
    public long partialChecksums()
    {
        return split(true);
    }

    /**
     * Makes the checksums.
     *
     * @return bytes of all packets.
     */
    @Benchmark
    @OperationsPerInvocation(SampleSegments.SEGMENTS)
    public long fullChecksums()
    {
        return split(false);
    }

    private long split(final boolean partialAllowed)
    {
        packet.putBytes(0, header, 0, SampleSegments.HEADER_LENGTH);
        splitter.begin(packet.addressOffset(), SampleSegments.LENGTH, partialAllowed);
        long bytes = 0;
        while (splitter.next())
        {
            bytes += splitter.length();
        }
        return bytes;
    }
}
