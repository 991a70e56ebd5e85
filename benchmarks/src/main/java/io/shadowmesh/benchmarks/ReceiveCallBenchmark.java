package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.ReceiveBatch;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.ffi.SystemCalls;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Taking 144 datagrams of 1439 bytes from the kernel by {@code recvmmsg(2)}, per datagram. They wait in the socket: sending
 * them is not measured.
 */
public class ReceiveCallBenchmark extends DataPathBenchmark
{
    private static final int BATCH = 64;
    private static final int SLOT_LENGTH = 2048;
    private static final int MOST_CALLS = 1 << 20;

    /** Whether runs of datagrams cross the kernel as one, at either end, or each alone. */
    @Param({"true", "false"})
    public boolean offloads;

    private Arena arena;
    private SystemCalls calls;
    private UdpSocket socket;
    private ReceiveBatch batch;
    private SealedFrames frames;

    /** For JMH. */
    public ReceiveCallBenchmark()
    {
    }

    /**
     * Opens the sockets.
     *
     * @throws DeviceException if one cannot be opened.
     */
    @Setup
    public void open() throws DeviceException
    {
        // JMH counts what closing allocates, to link its calls above all: a first time, it is done here.
        new DrainedSocket(UdpOptions.defaults()).close();

        arena = Arena.ofConfined();
        calls = new SystemCalls(arena);
        socket = UdpSocket.bind(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), UdpOptions.defaults().coalescing(offloads));
        batch = new ReceiveBatch(arena, BATCH, offloads ? ReceiveBatch.COALESCED_LENGTH : SLOT_LENGTH, 0);
        frames = new SealedFrames(socket.localAddress(), offloads);
    }

    /** Sends the datagrams. */
    @Setup(Level.Invocation)
    public void prepare()
    {
        frames.send();
    }

    /** Closes the sockets. */
    @TearDown
    public void close()
    {
        frames.close();
        socket.close();
        arena.close();
    }

    /**
     * Receives the datagrams.
     *
     * @return their bytes.
     */
    @Benchmark
    @OperationsPerInvocation(SealedFrames.COUNT)
    public long receive()
    {
        long bytes = 0;
        for (int i = 0; bytes < (long)SealedFrames.COUNT * SealedFrames.LENGTH; i++)
        {
            if (i == MOST_CALLS)
            {
                throw new IllegalStateException("only " + bytes + " bytes came");
            }
            final int messages = batch.receive(calls, socket.fileDescriptor());
            for (int j = 0; j < messages; j++)
            {
                bytes += batch.length(j);
            }
        }
        return bytes;
    }
}
