package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.agent.InboundPath;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.ReceiveBatch;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.ffi.SystemCalls;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;

/**
 * The whole receive path, per segment of three super-packets of 48: received end to end by {@code recvmmsg(2)} with
 * UDP_GRO, opened in place, inner header and source checked, joined, written by one {@code writev(2)} for each
 * super-packet. The receive agent is the tunnel's own; sending to it and emptying what it writes to is not measured.
 *
 * <p>A key seals 2^28 frames: a fork of more would fail here, by design.
 */
public class ReceivePathBenchmark extends DataPathBenchmark
{
    private static final int MOST_CYCLES = 1 << 20;

    /** What stands in for the device: a Unix socket pair, which takes a copy as a device does, or /dev/null. */
    @Param({"socketpair", "null"})
    public String sink;

    /** Whether checksums come partial, or are verified before packets are joined. */
    @Param({"true", "false"})
    public boolean partialChecksums;

    /** The AEAD's provider; auto is the fastest of this machine. */
    @Param("auto")
    public String provider;

    /** The AEAD. */
    @Param("AES_256_GCM")
    public Suite suite;

    private Arena arena;
    private SystemCalls calls;
    private UdpSocket socket;
    private SuperPacketSource source;
    private Session session;
    private TunDevice device;
    private InboundPath path;
    private int drained;
    private long room;
    private long prepared;

    /** For JMH. */
    public ReceivePathBenchmark()
    {
    }

    /**
     * Opens the sockets and makes both halves.
     *
     * @throws IOException if a socket cannot be opened.
     */
    @Setup
    public void open() throws IOException
    {
        // JMH counts what closing allocates, to link its calls above all: a first time, it is done here.
        new DrainedSocket(UdpOptions.defaults()).close();

        arena = Arena.ofConfined();
        calls = new SystemCalls(arena);
        room = arena.allocate(ReceiveBatch.COALESCED_LENGTH, Long.BYTES).address();
        final int[] pair = "socketpair".equals(sink) ? Descriptors.packetPair(calls) :
            new int[]{Descriptors.sink(calls), Descriptors.sink(calls)};
        device = TunDevice.ofDescriptor(pair[0], "sink", SuperPacketSource.MTU, TunOffloads.TCP_AND_UDP);
        drained = pair[1];

        socket = UdpSocket.bind(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), UdpOptions.defaults().coalescing(true));
        source = new SuperPacketSource(socket.localAddress(), provider, suite, partialChecksums);
        session = SampleKeys.responder(Aead.named(provider), suite);
        session.peer().endpoint(Endpoint.of(source.address()));
        SampleKeys.makeCurrent(session);
        path = new InboundPath(
            arena,
            calls,
            device,
            socket,
            session,
            AllowedIps.of(Map.of(IpPrefix.ofIpv4(SampleSegments.SOURCE, Integer.SIZE), session.peer())),
            () -> SampleKeys.NOW_NS);
    }

    /** Sends three super-packets, and makes room for them. Not measured. */
    @Setup(Level.Invocation)
    public void prepare()
    {
        Descriptors.drain(calls, drained, room, ReceiveBatch.COALESCED_LENGTH);
        prepared += source.send();
    }

    /** Closes all; fails if not every packet got to the device, 48 with each write. */
    @TearDown
    public void close()
    {
        final long packets = path.packetsWritten();
        final long writes = path.writeCalls();
        source.close();
        socket.close();
        device.close();
        path.close();
        calls.close(drained);
        session.destroy();
        arena.close();
        if (packets != prepared || packets != writes * SampleSegments.SEGMENTS)
        {
            throw new IllegalStateException(
                "of " + prepared + " packets " + packets + " were written, by " + writes + " calls");
        }
    }

    /**
     * Receives three super-packets.
     *
     * @return how many datagrams came.
     */
    @Benchmark
    @OperationsPerInvocation(SuperPacketSource.SEGMENTS)
    public int receive()
    {
        int datagrams = path.run();
        for (int i = 0; datagrams < SuperPacketSource.SEGMENTS; i++)
        {
            if (i == MOST_CYCLES)
            {
                throw new IllegalStateException("only " + datagrams + " datagrams came");
            }
            datagrams += path.run();
        }
        return datagrams;
    }
}
