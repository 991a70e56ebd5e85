package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.UdpOptions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Handing 144 sealed datagrams of 1439 bytes to the kernel, per datagram: gathered into a batch, sent by
 * {@code sendmmsg(2)} to a {@link DrainedSocket}.
 */
public class SendCallBenchmark extends DataPathBenchmark
{
    /** Whether runs of datagrams cross the kernel as one, at either end, or each alone. */
    @Param({"true", "false"})
    public boolean offloads;

    private DrainedSocket drained;
    private SealedFrames frames;

    /** For JMH. */
    public SendCallBenchmark()
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

        drained = new DrainedSocket(UdpOptions.defaults().coalescing(offloads));
        frames = new SealedFrames(drained.address(), offloads);
    }

    /** Closes them; fails if nothing came through. */
    @TearDown
    public void close()
    {
        final long received = drained.messages();
        drained.close();
        frames.close();
        if (0 == received)
        {
            throw new IllegalStateException("no datagram has reached the drained socket");
        }
    }

    /**
     * Sends the datagrams.
     *
     * @return how many the kernel took.
     */
    @Benchmark
    @OperationsPerInvocation(SealedFrames.COUNT)
    public int send()
    {
        return frames.send();
    }
}
