package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.SealedFrame;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;

/** The frame header: what a sender writes, and what a receiver checks before it looks at anything else. */
public class FrameBenchmark extends DataPathBenchmark
{
    private static final int DATAGRAM_LENGTH = SealedFrame.OVERHEAD + SealedFrame.STANDARD_PLAINTEXT_LENGTH;
    private static final int RECEIVER_INDEX = 0x1F3A77C2;

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private Arena arena;
    private long sequence;

    /** For JMH. */
    public FrameBenchmark()
    {
    }

    /** Makes a datagram. */
    @Setup
    public void open()
    {
        arena = Arena.ofConfined();
        view.wrap(arena.allocate(DATAGRAM_LENGTH, Long.BYTES).address(), DATAGRAM_LENGTH);
        encode();
        if (validate() != FrameHeader.VALID)
        {
            throw new IllegalStateException("the header is not valid");
        }
    }

    /** Frees it. */
    @TearDown
    public void close()
    {
        arena.close();
    }

    /** Writes header and receiver's index. */
    @Benchmark
    public void encode()
    {
        final long next = sequence++;
        FrameHeader.encode(view, 0, next, FrameType.DATA, next, DATAGRAM_LENGTH - FrameHeader.LENGTH);
        SealedFrame.receiverIndex(view, 0, RECEIVER_INDEX);
    }

    /**
     * Checks a header.
     *
     * @return {@link FrameHeader#VALID}.
     */
    @Benchmark
    public int validate()
    {
        return FrameHeader.validate(view, 0, DATAGRAM_LENGTH);
    }

    /**
     * Writes a header and checks it.
     *
     * @return {@link FrameHeader#VALID}.
     */
    @Benchmark
    public int encodeAndValidate()
    {
        encode();
        return validate();
    }
}
