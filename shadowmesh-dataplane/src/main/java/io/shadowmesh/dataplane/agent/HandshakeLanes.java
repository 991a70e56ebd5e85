package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.SocketAddressCodec;
import io.shadowmesh.dataplane.frame.CookieFrame;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.HandshakeHeader;
import io.shadowmesh.dataplane.handshake.ReceiverIndices;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.BitUtil;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

import java.lang.foreign.Arena;
import java.nio.ByteOrder;

/**
 * The two bounded queues between the receive agent and the handshake agent: one for M1s, which anybody can send, and one
 * for what names a handshake of this node, so that a flood of the former leaves the latter alone. What finds its queue
 * full is dropped at once, and so is what names no handshake: neither costs more than the look at it.
 *
 * <pre>
 *  offset  length  content
 *       0      48  source address, and the local one that it addressed
 *      48       n  the datagram
 * </pre>
 *
 * <p><b>Threading:</b> {@link #offer} and {@link #publish} belong to the receive agent, the drains to the handshake agent.
 */
final class HandshakeLanes
{
    static final int SOURCE_OFFSET = 0;
    static final int SOURCE_LENGTH = SocketAddressCodec.SLOT_LENGTH;
    static final int DATAGRAM_OFFSET = SOURCE_LENGTH;

    /** The longest handshake datagram that is passed on. */
    static final int MAX_DATAGRAM_LENGTH = 2048;

    /** Room for about 770 M1s: what comes while the thread waits for a core that others keep busy. */
    private static final int CAPACITY = 1024 * 1024;

    private static final int FIRST_MESSAGE = 1;
    private static final int DATAGRAM = 1;

    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final OneToOneRingBuffer firsts;
    private final OneToOneRingBuffer named;
    private final ReceiverIndices indices;
    private final Wakeup consumer;
    private final Counters counters;
    private boolean offered;

    HandshakeLanes(final Arena arena, final ReceiverIndices indices, final Wakeup consumer, final Counters counters)
    {
        this.firsts = ring(arena);
        this.named = ring(arena);
        this.indices = indices;
        this.consumer = consumer;
        this.counters = counters;
    }

    private static OneToOneRingBuffer ring(final Arena arena)
    {
        final int length = CAPACITY + RingBufferDescriptor.TRAILER_LENGTH;
        final long address = arena.allocate(length, BitUtil.CACHE_LINE_LENGTH * 2L).address();
        return new OneToOneRingBuffer(new UnsafeBuffer(address, length));
    }

    /** Receive agent: a handshake or cookie datagram with a sound frame header has come. */
    void offer(final long source, final long datagram, final int length)
    {
        view.wrap(datagram, length);
        final boolean cookie = FrameType.COOKIE == FrameHeader.type(view, 0);
        if (cookie ? CookieFrame.LENGTH != length :
            length <= HandshakeHeader.OVERHEAD || length > MAX_DATAGRAM_LENGTH)
        {
            counters.drop(DropReason.HANDSHAKE_MALFORMED);
        }
        else if (!cookie && FIRST_MESSAGE == view.getByte(HandshakeHeader.MESSAGE_OFFSET))
        {
            add(firsts, source, length);
        }
        else if (indices.mayBeLive(view.getInt(
            cookie ? CookieFrame.RECEIVER_INDEX_OFFSET : HandshakeHeader.RECEIVER_INDEX_OFFSET, ByteOrder.BIG_ENDIAN)))
        {
            add(named, source, length);
        }
        else
        {
            counters.drop(DropReason.HANDSHAKE_UNKNOWN);
        }
    }

    /** The datagram is in the view. */
    private void add(final OneToOneRingBuffer lane, final long source, final int length)
    {
        final int index = lane.tryClaim(DATAGRAM, DATAGRAM_OFFSET + length);
        if (index < 0)
        {
            counters.drop(DropReason.HANDSHAKE_BACKLOG_FULL);
            return;
        }

        lane.buffer().putBytes(index + DATAGRAM_OFFSET, view, 0, length);
        view.wrap(source, SOURCE_LENGTH);
        lane.buffer().putBytes(index + SOURCE_OFFSET, view, 0, SOURCE_LENGTH);
        lane.commit(index);
        offered = true;
    }

    /** Receive agent, after a batch: wakes the handshake agent if there is something for it. */
    void publish(final SystemCalls calls)
    {
        if (offered)
        {
            offered = false;
            consumer.signal(calls);
        }
    }

    int drainFirsts(final MessageHandler handler, final int limit)
    {
        return firsts.read(handler, limit);
    }

    int drainNamed(final MessageHandler handler, final int limit)
    {
        return named.read(handler, limit);
    }

    boolean isEmpty()
    {
        return 0 == firsts.size() && 0 == named.size();
    }
}
