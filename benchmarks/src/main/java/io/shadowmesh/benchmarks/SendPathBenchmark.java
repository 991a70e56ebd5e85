package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.SendBatch;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.ring.PacketHandler;
import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.InnerPacket;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * The whole send path, per packet of a batch of 64: written into the ring (a copy in place of the read from TUN), its
 * peer found, sealed in place, sent by one {@code sendmmsg(2)} to a {@link DrainedSocket}, the ring's memory given back.
 * The steps are the send agent's. The warm-up is long because a system call's path allocates until it is compiled, and
 * there is one for 64 packets.
 *
 * <p>A key seals 2^28 frames: a fork of more would fail here, by design.
 */
@Warmup(iterations = 3, time = 4)
@Measurement(iterations = 5, time = 5)
public class SendPathBenchmark extends DataPathBenchmark
{
    private static final int CAPACITY = 1 << 20;
    private static final int MAX_PACKET_LENGTH = 1400;
    private static final int BATCH = 64;
    private static final int DESTINATION = 0x0A0A0A04;
    private static final int IPV4_FIRST_BYTE = 0x45;
    private static final int IPV4_LENGTH_OFFSET = 2;
    private static final int IPV4_DESTINATION_OFFSET = 16;

    /** Bytes of the inner packets. */
    @Param({"64", "512", "1400"})
    public int length;

    /** The AEAD's provider. */
    @Param("libcrypto")
    public String provider;

    /** The AEAD. */
    @Param("AES_256_GCM")
    public Suite suite;

    private final PacketHandler handler = this::onPacket;
    private final UnsafeBuffer template = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private Arena arena;
    private SystemCalls calls;
    private PacketRing ring;
    private AllowedIps allowedIps;
    private Session session;
    private UdpSocket socket;
    private SendBatch batch;
    private DrainedSocket drained;
    private Endpoint endpoint;

    /** For JMH. */
    public SendPathBenchmark()
    {
    }

    /**
     * Opens the sockets and makes everything between them.
     *
     * @throws DeviceException if a socket cannot be opened.
     */
    @Setup
    public void open() throws DeviceException
    {
        // JMH counts what closing allocates, to link its calls above all: a first time, it is done here.
        new DrainedSocket().close();

        arena = Arena.ofConfined();
        calls = new SystemCalls(arena);
        ring = new PacketRing(arena, CAPACITY, MAX_PACKET_LENGTH);
        session = SampleKeys.initiator(Aead.named(provider), suite);
        allowedIps = AllowedIps.of(Map.of(IpPrefix.ofIpv4(DESTINATION, Integer.SIZE), session.peer()));
        drained = new DrainedSocket();
        endpoint = Endpoint.of(drained.address());
        socket = UdpSocket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), UdpOptions.defaults());
        batch = new SendBatch(arena, BATCH, socket.isIpv6());

        template.wrap(arena.allocate(length, Long.BYTES).address(), length);
        template.putByte(0, (byte)IPV4_FIRST_BYTE);
        template.putShort(IPV4_LENGTH_OFFSET, (short)length, ByteOrder.BIG_ENDIAN);
        template.putInt(IPV4_DESTINATION_OFFSET, DESTINATION, ByteOrder.BIG_ENDIAN);
    }

    /** Closes them; fails if nothing came through. */
    @TearDown
    public void close()
    {
        final long received = drained.datagrams();
        drained.close();
        socket.close();
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
    public int send()
    {
        for (int i = 0; i < BATCH; i++)
        {
            view.wrap(ring.claim(), length);
            view.putBytes(0, template, 0, length);
            ring.commit(length);
        }

        ring.poll(handler, BATCH);
        int sent = 0;
        while (batch.size() > 0)
        {
            sent += socket.flush(calls, batch);
        }
        ring.release();
        if (sent != BATCH)
        {
            throw new IllegalStateException("sent " + sent + " of " + BATCH + " datagrams");
        }
        return sent;
    }

    private void onPacket(final long address, final int packetLength)
    {
        view.wrap(address, packetLength);
        final int version = InnerPacket.validate(view, 0, packetLength);
        final Peer peer = allowedIps.lookupDestination(view, 0, version);
        final long frame = address - SealedFrame.PLAINTEXT_OFFSET;
        final int datagramLength = session.seal(FrameType.DATA, frame, packetLength, SampleKeys.NOW_NS);
        if (null == peer || datagramLength < 0)
        {
            throw new IllegalStateException("peer " + peer + ", sealing gave " + datagramLength);
        }
        batch.add(frame, datagramLength, endpoint);
        peer.onDataSent(SampleKeys.NOW_NS);
        peer.countSent(1, packetLength);
    }
}
