package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.ring.PacketHandler;
import io.shadowmesh.dataplane.ring.PacketRing;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;

/**
 * Handing packets over from one thread to another, which spins: with the traffic between two cores that
 * {@link PacketRingBenchmark} does not have. The packets' bytes are not touched.
 */
public class RingHandOverBenchmark extends DataPathBenchmark
{
    private static final int CAPACITY = 1 << 20;
    private static final int MAX_PACKET_LENGTH = 1400;
    private static final int BATCH = 64;

    /** The other thread sends back packets of this length. */
    private static final int ECHO_LENGTH = 64;

    private final PacketHandler otherHandler = this::onPacket;
    private final PacketHandler echoHandler = this::onEcho;
    private Arena arena;
    private PacketRing there;
    private PacketRing back;
    private Thread other;
    private volatile boolean stopped;
    private long received;

    /** For JMH. */
    public RingHandOverBenchmark()
    {
    }

    /** Makes the rings and the other thread. */
    @Setup
    public void open()
    {
        arena = Arena.ofShared();
        there = new PacketRing(arena, CAPACITY, MAX_PACKET_LENGTH);
        back = new PacketRing(arena, CAPACITY, MAX_PACKET_LENGTH);
        other = new Thread(this::run, "other");
        other.start();
    }

    /**
     * Ends the other thread.
     *
     * @throws InterruptedException if interrupted.
     */
    @TearDown
    public void close() throws InterruptedException
    {
        stopped = true;
        other.join();
        arena.close();
    }

    private void run()
    {
        while (!stopped)
        {
            if (there.poll(otherHandler, BATCH) > 0)
            {
                there.release();
            }
            else
            {
                Thread.onSpinWait();
            }
        }
    }

    private void onPacket(final long address, final int length)
    {
        if (ECHO_LENGTH == length)
        {
            back.claim();
            back.commit(ECHO_LENGTH);
        }
    }

    private void onEcho(final long address, final int length)
    {
        received += length;
    }

    /** One packet of a stream, as fast as the slower of the two threads is. */
    @Benchmark
    public void stream()
    {
        while (0 == there.claim())
        {
            Thread.onSpinWait();
        }
        there.commit(MAX_PACKET_LENGTH);
    }

    /**
     * One packet there and one back.
     *
     * @return bytes that came back so far.
     */
    @Benchmark
    public long roundTrip()
    {
        there.claim();
        there.commit(ECHO_LENGTH);
        while (0 == back.poll(echoHandler, 1))
        {
            Thread.onSpinWait();
        }
        back.release();
        return received;
    }
}
