package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.ring.PacketHandler;
import io.shadowmesh.dataplane.ring.PacketRing;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;

/**
 * Handing packets over through the ring, both ends on one thread: what the ring itself costs, without the traffic
 * between two cores. The packets' bytes are not touched.
 */
public class PacketRingBenchmark extends DataPathBenchmark
{
    private static final int CAPACITY = 1 << 20;
    private static final int MAX_PACKET_LENGTH = 1400;
    private static final int BATCH = 64;

    private final PacketHandler handler = this::onPacket;
    private Arena arena;
    private PacketRing ring;
    private long bytes;

    /** For JMH. */
    public PacketRingBenchmark()
    {
    }

    /** Makes the ring. */
    @Setup
    public void open()
    {
        arena = Arena.ofConfined();
        ring = new PacketRing(arena, CAPACITY, MAX_PACKET_LENGTH);
    }

    /** Frees it. */
    @TearDown
    public void close()
    {
        arena.close();
    }

    /**
     * One packet: claim, commit, poll, release.
     *
     * @return bytes handed over so far.
     */
    @Benchmark
    public long handOver()
    {
        ring.claim();
        ring.commit(MAX_PACKET_LENGTH);
        ring.poll(handler, 1);
        ring.release();
        return bytes;
    }

    /**
     * One of 64 packets that are polled and released together.
     *
     * @return bytes handed over so far.
     */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long handOverBatch()
    {
        for (int i = 0; i < BATCH; i++)
        {
            ring.claim();
            ring.commit(MAX_PACKET_LENGTH);
        }
        ring.poll(handler, BATCH);
        ring.release();
        return bytes;
    }

    private void onPacket(final long address, final int length)
    {
        bytes += length;
    }
}
