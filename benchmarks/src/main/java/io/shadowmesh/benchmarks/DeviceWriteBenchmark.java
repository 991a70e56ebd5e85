package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.ReceiveBatch;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;

/**
 * Writing a super-packet of 48 segments that lie apart, by one {@code writev(2)}, per segment. Emptying what it is written
 * to is not measured.
 */
public class DeviceWriteBenchmark extends DataPathBenchmark
{
    private static final int SLOT_LENGTH = 1600;
    private static final int VECTOR_LENGTH = 16;

    /** What stands in for the device: a Unix socket pair, which takes a copy as a device does, or /dev/null. */
    @Param({"socketpair", "null"})
    public String sink;

    private Arena arena;
    private SystemCalls calls;
    private TunDevice device;
    private int drained;
    private long room;
    private long vectors;

    /** For JMH. */
    public DeviceWriteBenchmark()
    {
    }

    /**
     * Opens the device's stand-in.
     *
     * @throws DeviceException if a socket cannot be opened.
     */
    @Setup
    public void open() throws DeviceException
    {
        // JMH counts what closing allocates, to link its calls above all: a first time, it is done here.
        new DrainedSocket(UdpOptions.defaults()).close();

        arena = Arena.ofConfined();
        calls = new SystemCalls(arena);
        final int[] pair = "socketpair".equals(sink) ? Descriptors.packetPair(calls) :
            new int[]{Descriptors.sink(calls), Descriptors.sink(calls)};
        device = TunDevice.ofDescriptor(pair[0], "sink", SuperPacketSource.MTU, TunOffloads.TCP_AND_UDP);
        drained = pair[1];
        room = arena.allocate(ReceiveBatch.COALESCED_LENGTH, Long.BYTES).address();

        final long slots = arena.allocate((long)SampleSegments.SEGMENTS * SLOT_LENGTH, Long.BYTES).address();
        final int length = SampleSegments.SEGMENTS * VECTOR_LENGTH;
        final UnsafeBuffer vector = new UnsafeBuffer(arena.allocate(length, Long.BYTES).address(), length);
        for (int i = 0; i < SampleSegments.SEGMENTS; i++)
        {
            vector.putLong(i * VECTOR_LENGTH, slots + (long)i * SLOT_LENGTH);
            vector.putLong(i * VECTOR_LENGTH + Long.BYTES, SampleSegments.GSO_SIZE);
        }
        vectors = vector.addressOffset();
    }

    /** Makes room. Not measured. */
    @Setup(Level.Invocation)
    public void prepare()
    {
        Descriptors.drain(calls, drained, room, ReceiveBatch.COALESCED_LENGTH);
    }

    /** Closes it. */
    @TearDown
    public void close()
    {
        device.close();
        calls.close(drained);
        arena.close();
    }

    /**
     * Writes the packet.
     *
     * @return its length.
     */
    @Benchmark
    @OperationsPerInvocation(SampleSegments.SEGMENTS)
    public long writev()
    {
        final long written = device.writev(calls, vectors, SampleSegments.SEGMENTS);
        if (written != SampleSegments.SEGMENTS * SampleSegments.GSO_SIZE)
        {
            throw new IllegalStateException("writing gave " + written);
        }
        return written;
    }
}
