package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.device.SegmentJoiner;
import io.shadowmesh.dataplane.device.SegmentSplitter;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;

/** One of the 48 packets that are joined into a super-packet of 64 KiB: its share of all, and its vector. */
public class JoinBenchmark extends DataPathBenchmark
{
    private static final int SLOT_LENGTH = 1600;
    private static final int HEADROOM = 64;
    private static final int SEGMENT_LENGTH = SampleSegments.HEADER_LENGTH + SampleSegments.GSO_SIZE;

    private Arena arena;
    private SegmentJoiner joiner;
    private UnsafeBuffer partial;
    private UnsafeBuffer full;
    private UnsafeBuffer header;

    /** For JMH. */
    public JoinBenchmark()
    {
    }

    /** Makes the packets, with either kind of checksum. */
    @Setup
    public void open()
    {
        arena = Arena.ofConfined();
        joiner = new SegmentJoiner(arena, true);
        header = new UnsafeBuffer(arena.allocate(HEADROOM, Long.BYTES).address(), HEADROOM);
        partial = slots(true);
        full = slots(false);
        if (partialChecksums() != joinedLength() || fullChecksums() != joinedLength())
        {
            throw new IllegalStateException("the packets are not joined");
        }
    }

    /** Frees them. */
    @TearDown
    public void close()
    {
        arena.close();
    }

    private static long joinedLength()
    {
        return SampleSegments.LENGTH + 10;
    }

    private UnsafeBuffer slots(final boolean partialAllowed)
    {
        final int length = SampleSegments.SEGMENTS * SLOT_LENGTH;
        final UnsafeBuffer slots = new UnsafeBuffer(arena.allocate(length, 64).address(), length);
        final SegmentSplitter splitter = new SegmentSplitter(arena);
        splitter.begin(SampleSegments.superPacket(arena), SampleSegments.LENGTH, partialAllowed);
        for (int i = 0; splitter.next(); i++)
        {
            slots.putBytes(
                i * SLOT_LENGTH + HEADROOM, new UnsafeBuffer(splitter.address(), splitter.length()), 0, splitter.length());
        }
        return slots;
    }

    /**
     * Believes the checksums, as those of partial packets are.
     *
     * @return bytes to be written.
     */
    @Benchmark
    @OperationsPerInvocation(SampleSegments.SEGMENTS)
    public long partialChecksums()
    {
        return join(partial, true);
    }

    /**
     * Verifies the checksums.
     *
     * @return bytes to be written.
     */
    @Benchmark
    @OperationsPerInvocation(SampleSegments.SEGMENTS)
    public long fullChecksums()
    {
        return join(full, false);
    }

    private long join(final UnsafeBuffer slots, final boolean isPartial)
    {
        header.putBytes(0, slots, HEADROOM, SampleSegments.HEADER_LENGTH);
        for (int i = 0; i < SampleSegments.SEGMENTS; i++)
        {
            joiner.add(slots.addressOffset() + i * SLOT_LENGTH + HEADROOM, SEGMENT_LENGTH, isPartial);
        }
        final long bytes = joiner.finish();
        joiner.reset();
        // The first packet's headers have become those of all.
        slots.putBytes(HEADROOM, header, 0, SampleSegments.HEADER_LENGTH);
        return bytes;
    }
}
