package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.UdpOptions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;

/** The JDK's own channels, with direct buffers, at what {@link ForeignCallBenchmark} does by system calls. */
public class ChannelBenchmark extends DataPathBenchmark
{
    private static final int PACKET_LENGTH = 1400;

    private final ByteBuffer packet = ByteBuffer.allocateDirect(PACKET_LENGTH);
    private Pipe pipe;
    private DatagramChannel channel;
    private DrainedSocket drained;
    private InetSocketAddress address;

    /** For JMH. */
    public ChannelBenchmark()
    {
    }

    /**
     * Opens a pipe and a socket.
     *
     * @throws IOException     if a channel cannot be opened.
     * @throws DeviceException if a socket cannot be opened.
     */
    @Setup
    public void open() throws IOException, DeviceException
    {
        new DrainedSocket(UdpOptions.defaults()).close();
        pipe = Pipe.open();
        drained = new DrainedSocket(UdpOptions.defaults());
        address = drained.address();
        channel = DatagramChannel.open();
        channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        channel.configureBlocking(false);
    }

    /**
     * Closes them.
     *
     * @throws IOException if that fails.
     */
    @TearDown
    public void close() throws IOException
    {
        drained.close();
        channel.close();
        pipe.sink().close();
        pipe.source().close();
    }

    /**
     * Writes 1400 bytes into a pipe and reads them.
     *
     * @return 1400.
     * @throws IOException if that fails.
     */
    @Benchmark
    public int pipe() throws IOException
    {
        packet.clear();
        final int written = pipe.sink().write(packet);
        packet.clear();
        return Math.min(written, pipe.source().read(packet));
    }

    /**
     * Sends 1400 bytes to a drained loopback socket.
     *
     * @return 1400.
     * @throws IOException if that fails.
     */
    @Benchmark
    public int sendto() throws IOException
    {
        packet.clear();
        return channel.send(packet, address);
    }
}
