package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.SendBatch;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.ffi.SystemCalls;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.SplittableRandom;

/**
 * Sends the packets of a measurement into the tunnel's device, the way a program of this host would: UDP to the discard
 * port, in runs that cross the kernel as one where it can. They leave through the device alone and pass no router behind
 * the peer.
 *
 * <p><b>Threading:</b> one thread, which also closes.
 */
final class BenchSource implements AutoCloseable
{
    /** Packets of a run. */
    static final int RUN = 32;

    private static final int DISCARD = 9;
    private static final int ONE_HOP = 1;
    private static final int UDP_HEADER = 8;
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int LONGEST_RUN = 64_000;

    private final Arena arena = Arena.ofConfined();
    private final SystemCalls calls = new SystemCalls(arena);
    private final UdpSocket socket;
    private final SendBatch batch;
    private final Endpoint destination;
    private final long payloads;
    private final int payloadLength;
    private final int run;

    BenchSource(final String device, final InetAddress to, final int packetLength) throws DeviceException
    {
        final boolean ipv4 = to instanceof Inet4Address;
        payloadLength = packetLength - UDP_HEADER - (ipv4 ? IPV4_HEADER : IPV6_HEADER);
        run = Math.max(1, Math.min(RUN, LONGEST_RUN / packetLength));
        destination = Endpoint.of(new InetSocketAddress(to, DISCARD));
        final MemorySegment memory = arena.allocate((long)run * payloadLength, Long.BYTES);
        final SplittableRandom random = new SplittableRandom();
        for (long i = 0; i < memory.byteSize(); i++)
        {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte)random.nextInt());
        }
        payloads = memory.address();
        socket = bind(ipv4);
        batch = new SendBatch(arena, run, !ipv4, socket.maxSegments());
        try
        {
            socket.confine(device, ONE_HOP);
        }
        catch (final DeviceException e)
        {
            close();
            throw e;
        }
    }

    private UdpSocket bind(final boolean ipv4) throws DeviceException
    {
        try
        {
            return UdpSocket.bind(
                new InetSocketAddress(wildcard(ipv4), 0), UdpOptions.defaults().segmentation(true));
        }
        catch (final DeviceException e)
        {
            arena.close();
            throw e;
        }
    }

    /** Sends packets, of one run at most, as far as the host takes them. Returns how many it took. */
    int send(final int packets)
    {
        for (int i = 0; i < Math.min(run, packets); i++)
        {
            batch.add(payloads + (long)i * payloadLength, payloadLength, destination);
        }
        final int sent = socket.flush(calls, batch);
        batch.clear();
        return Math.max(0, sent);
    }

    int longestRun()
    {
        return run;
    }

    private static InetAddress wildcard(final boolean ipv4)
    {
        try
        {
            return InetAddress.getByAddress(new byte[ipv4 ? Integer.BYTES : 2 * Long.BYTES]);
        }
        catch (final UnknownHostException e)
        {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close()
    {
        socket.close();
        arena.close();
    }
}
