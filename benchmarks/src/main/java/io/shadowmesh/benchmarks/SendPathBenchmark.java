package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.agent.OutboundPath;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * The whole send path without offloads, per packet of a batch of 64: put into the ring, its peer found, sealed in place,
 * sent by one {@code sendmmsg(2)} to a {@link DrainedSocket}, the ring's memory given back. The send agent is the tunnel's
 * own. Of the packets only the headers are written: the payload is what lies there.
 *
 * <p>A key seals 2^28 frames: a fork of more would fail here, by design.
 */
public class SendPathBenchmark extends DataPathBenchmark
{
    private static final int MTU = 1400;
    private static final int BATCH = 64;
    private static final int IPV4_FIRST_BYTE = 0x45;
    private static final int IPV4_LENGTH_OFFSET = 2;
    private static final int IPV4_DESTINATION_OFFSET = 16;
    private static final int IPV4_HEADER_LENGTH = 20;

    /** Bytes of the inner packets. */
    @Param({"64", "512", "1400"})
    public int length;

    /** The AEAD's provider; auto is the fastest of this machine. */
    @Param("auto")
    public String provider;

    /** The AEAD. */
    @Param("AES_256_GCM")
    public Suite suite;

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private Arena arena;
    private Session session;
    private TunDevice device;
    private UdpSocket socket;
    private DrainedSocket drained;
    private OutboundPath path;
    private PacketRing ring;

    /** For JMH. */
    public SendPathBenchmark()
    {
    }

    /**
     * Opens the sockets and makes everything between them.
     *
     * @throws IOException if a socket cannot be opened.
     */
    @Setup
    public void open() throws IOException
    {
        // JMH counts what closing allocates, to link its calls above all: a first time, it is done here.
        new DrainedSocket(UdpOptions.defaults()).close();

        arena = Arena.ofConfined();
        final SystemCalls calls = new SystemCalls(arena);
        drained = new DrainedSocket(UdpOptions.defaults());
        socket = UdpSocket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), UdpOptions.defaults());
        device = TunDevice.ofDescriptor(Descriptors.sink(calls), "sink", MTU, TunOffloads.NONE);
        session = SampleKeys.initiator(Aead.named(provider), suite);
        session.peer().endpoint(Endpoint.of(drained.address()));
        SampleKeys.makeCurrent(session);
        path = new OutboundPath(
            arena,
            calls,
            device,
            socket,
            session.peer(),
            AllowedIps.of(Map.of(IpPrefix.ofIpv4(SampleSegments.DESTINATION, Integer.SIZE), session.peer())),
            () -> SampleKeys.NOW_NS);
        ring = path.ring();
    }

    /** Closes them; fails if nothing came through. */
    @TearDown
    public void close()
    {
        final long received = drained.messages();
        drained.close();
        socket.close();
        device.close();
        path.close();
        session.destroy();
        arena.close();
        if (0 == received)
        {
            throw new IllegalStateException("no datagram has reached the drained socket");
        }
    }

    /**
     * Sends 64 packets.
     *
     * @return how many the kernel took.
     */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long send()
    {
        for (int i = 0; i < BATCH; i++)
        {
            view.wrap(ring.claim(), IPV4_HEADER_LENGTH);
            view.putByte(0, (byte)IPV4_FIRST_BYTE);
            view.putShort(IPV4_LENGTH_OFFSET, (short)length, ByteOrder.BIG_ENDIAN);
            view.putInt(IPV4_DESTINATION_OFFSET, SampleSegments.DESTINATION, ByteOrder.BIG_ENDIAN);
            ring.commit(length);
        }

        final long before = path.datagramsSent();
        path.run();
        final long sent = path.datagramsSent() - before;
        if (sent != BATCH)
        {
            throw new IllegalStateException("sent " + sent + " of " + BATCH + " datagrams");
        }
        return sent;
    }
}
