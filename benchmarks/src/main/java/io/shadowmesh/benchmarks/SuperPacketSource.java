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

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;

/**
 * The sending half of a tunnel with all offloads, fed with super-packets. Of these only the headers are written: the
 * payload is what lies in the ring.
 *
 * <p><b>Threading:</b> one thread.
 */
final class SuperPacketSource implements AutoCloseable
{
    static final int MTU = 1400;
    static final int SUPER_PACKETS = 3;
    static final int SEGMENTS = SUPER_PACKETS * SampleSegments.SEGMENTS;

    private final Arena arena = Arena.ofConfined();
    private final Session session;
    private final TunDevice device;
    private final UdpSocket socket;
    private final OutboundPath path;
    private final PacketRing ring;
    private final long template;

    SuperPacketSource(
        final InetSocketAddress receiver, final String provider, final Suite suite, final boolean partialChecksums)
        throws IOException
    {
        final SystemCalls calls = new SystemCalls(arena);
        socket = UdpSocket.bind(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), UdpOptions.defaults().segmentation(true));
        device = TunDevice.ofDescriptor(Descriptors.sink(calls), "sink", MTU, TunOffloads.TCP_AND_UDP);
        session = SampleKeys.initiator(Aead.named(provider), suite, partialChecksums);
        session.peer().endpoint(Endpoint.of(receiver));
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
        template = SampleSegments.superPacket(arena);
        if (socket.maxSegments() <= 1)
        {
            throw new IllegalStateException("this kernel has no UDP_SEGMENT");
        }
    }

    InetSocketAddress address()
    {
        return socket.localAddress();
    }

    /** Puts three super-packets into the ring and has them sent. Returns how many datagrams the kernel took. */
    long send()
    {
        for (int i = 0; i < SUPER_PACKETS; i++)
        {
            SampleSegments.copyHeaders(template, ring.claim());
            ring.commit(SampleSegments.LENGTH);
        }
        final long before = path.datagramsSent();
        path.run();
        final long sent = path.datagramsSent() - before;
        if (sent != SEGMENTS)
        {
            throw new IllegalStateException("sent " + sent + " of " + SEGMENTS + " datagrams");
        }
        return sent;
    }

    @Override
    public void close()
    {
        socket.close();
        device.close();
        path.close();
        session.destroy();
        arena.close();
    }
}
