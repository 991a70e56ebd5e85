package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.SendBatch;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.ffi.SystemCalls;

import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * As many datagrams as three super-packets make, end to end as in the outbox's slab, to be sent again and again: what is
 * left of the send path when nothing is to be sealed.
 *
 * <p><b>Threading:</b> one thread.
 */
final class SealedFrames implements AutoCloseable
{
    static final int COUNT = SuperPacketSource.SEGMENTS;
    static final int LENGTH = SampleSegments.HEADER_LENGTH + SampleSegments.GSO_SIZE + SealedFrame.OVERHEAD;

    private final Arena arena = Arena.ofConfined();
    private final SystemCalls calls = new SystemCalls(arena);
    private final UdpSocket socket;
    private final SendBatch batch;
    private final Endpoint receiver;
    private final long frames;

    SealedFrames(final InetSocketAddress receiver, final boolean segmentation) throws DeviceException
    {
        socket = UdpSocket.bind(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), UdpOptions.defaults().segmentation(segmentation));
        batch = new SendBatch(arena, COUNT, socket.isIpv6(), socket.maxSegments());
        this.receiver = Endpoint.of(receiver);
        frames = arena.allocate((long)COUNT * LENGTH, Long.BYTES).address();
    }

    /** Sends them. Returns how many the kernel took. */
    int send()
    {
        for (int i = 0; i < COUNT; i++)
        {
            batch.add(frames + (long)i * LENGTH, LENGTH, receiver);
        }
        int sent = 0;
        while (batch.size() > 0)
        {
            sent += socket.flush(calls, batch);
        }
        if (sent != COUNT)
        {
            throw new IllegalStateException("sent " + sent + " of " + COUNT + " datagrams");
        }
        return sent;
    }

    @Override
    public void close()
    {
        socket.close();
        arena.close();
    }
}
