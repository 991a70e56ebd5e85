package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.SocketAddressCodec;
import io.shadowmesh.dataplane.frame.ReceiveReport;
import org.agrona.BitUtil;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

import java.lang.foreign.Arena;

/**
 * The bounded ring by which the send and receive agents tell the control agent what it must know, each through a
 * {@link ControlProxy} of its own.
 *
 * <pre>
 *  event          offset  length  content
 *  all                 0      48  source address, and the local one that it addressed, or zeros
 *  CONFIRMED          48       4  local index of the session
 *  ROAMED             48       4  local index of the session
 *  CLOSED             48       4  local index of the session
 *  ECHO_REQUEST       48       4  local index of the session
 *                     56       8  sequence of the request
 *                     64       8  timestamp of the request
 *  ECHO_REPLY         48       4  local index of the session
 *                     56      48  {@link ReceiveReport}
 *                    104       8  when it came, on this node's clock
 *                    112       8  timestamp of the reply
 *  WANTED             48       4  number of the peer
 * </pre>
 */
final class ControlRing
{
    static final int CONFIRMED = 1;
    static final int ROAMED = 2;
    static final int CLOSED = 3;
    static final int ECHO_REQUEST = 4;
    static final int ECHO_REPLY = 5;
    static final int WANTED = 6;

    static final int SOURCE_OFFSET = 0;
    static final int SOURCE_LENGTH = SocketAddressCodec.SLOT_LENGTH;
    static final int INDEX_OFFSET = SOURCE_LENGTH;
    static final int SEQUENCE_OFFSET = 56;
    static final int TIMESTAMP_OFFSET = 64;
    static final int REPORT_OFFSET = 56;
    static final int RECEIVED_OFFSET = REPORT_OFFSET + ReceiveReport.LENGTH;
    static final int REPLY_TIMESTAMP_OFFSET = RECEIVED_OFFSET + Long.BYTES;

    private static final int CAPACITY = 64 * 1024;

    private final ManyToOneRingBuffer ring;
    private final Wakeup consumer;

    ControlRing(final Arena arena, final Wakeup consumer)
    {
        final int length = CAPACITY + RingBufferDescriptor.TRAILER_LENGTH;
        final long address = arena.allocate(length, BitUtil.CACHE_LINE_LENGTH * 2L).address();
        this.ring = new ManyToOneRingBuffer(new UnsafeBuffer(address, length));
        this.consumer = consumer;
    }

    ManyToOneRingBuffer ring()
    {
        return ring;
    }

    Wakeup consumer()
    {
        return consumer;
    }

    int drain(final MessageHandler handler, final int limit)
    {
        return ring.read(handler, limit);
    }

    boolean isEmpty()
    {
        return 0 == ring.size();
    }
}
