package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.SendBatch;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.handshake.HandshakeTransport;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;

/**
 * Sends handshake datagrams. They are not sealed, so they need not pass the send agent: they leave from the
 * handshake thread, by the tunnel's own socket. What the socket does not take is dropped; the initiator sends it again.
 *
 * <p><b>Threading:</b> the handshake thread.
 */
final class HandshakeSocket implements HandshakeTransport
{
    private final UdpSocket socket;
    private final SystemCalls calls;
    private final Counters counters;
    private final SendBatch batch;
    private final UnsafeBuffer buffer;

    HandshakeSocket(final Arena arena, final UdpSocket socket, final SystemCalls calls, final Counters counters)
    {
        this.socket = socket;
        this.calls = calls;
        this.counters = counters;
        this.batch = new SendBatch(arena, 1, socket.isIpv6());
        this.buffer = new UnsafeBuffer(
            arena.allocate(HandshakeLanes.MAX_DATAGRAM_LENGTH, Long.BYTES).address(), HandshakeLanes.MAX_DATAGRAM_LENGTH);
    }

    @Override
    public void send(final byte[] datagram, final int length, final Endpoint to)
    {
        buffer.putBytes(0, datagram, 0, length);
        batch.add(buffer.addressOffset(), length, to);
        final int sent = socket.flush(calls, batch);
        counters.addDrops(DropReason.SEND_FAILED, batch.failed() + batch.clear());
        if (sent > 0)
        {
            counters.add(TunnelCounter.HANDSHAKE_DATAGRAMS_SENT, sent);
        }
    }
}
