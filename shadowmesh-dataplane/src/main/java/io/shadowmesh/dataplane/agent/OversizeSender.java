package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.SendBatch;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;

/**
 * Sends frames larger than a standard one: from a buffer of their own, one at a time, without the don't-fragment mark.
 *
 * <p><b>Threading:</b> the send agent.
 */
final class OversizeSender
{
    private static final int BUFFER_LENGTH = FrameHeader.LENGTH + FrameHeader.MAX_PAYLOAD_LENGTH;

    private final UnsafeBuffer from = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer buffer;
    private final UdpSocket socket;
    private final OversizeNotice notice;
    private final Counters counters;
    private final SendBatch batch;

    OversizeSender(final Arena arena, final UdpSocket socket, final OversizeNotice notice, final Counters counters)
    {
        this.buffer = new UnsafeBuffer(arena.allocate(BUFFER_LENGTH, Long.BYTES).address(), BUFFER_LENGTH);
        this.socket = socket;
        this.notice = notice;
        this.counters = counters;
        this.batch = new SendBatch(arena, 1, socket.isIpv6());
    }

    /** Copies a packet to where it can be sealed, as far as it fits. Returns the address of the frame. */
    long copy(final long packet, final int length)
    {
        final int fitting = Math.min(length, BUFFER_LENGTH - SealedFrame.OVERHEAD);
        from.wrap(packet, fitting);
        buffer.putBytes(SealedFrame.PLAINTEXT_OFFSET, from, 0, fitting);
        return buffer.addressOffset();
    }

    /** Sends the sealed frame. Returns what {@link UdpSocket#flushOversized} does. */
    int send(final SystemCalls calls, final int datagramLength, final Endpoint endpoint)
    {
        counters.add(TunnelCounter.OVERSIZED_FRAMES, 1);
        notice.onOversized(datagramLength - FrameHeader.LENGTH);
        batch.add(buffer.addressOffset(), datagramLength, endpoint);
        final int sent = socket.flushOversized(calls, batch);
        counters.addDrops(DropReason.SEND_FAILED, batch.clear());
        return sent;
    }

    SendBatch batch()
    {
        return batch;
    }
}
