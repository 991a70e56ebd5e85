package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.frame.ReceiveReport;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.BitUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

import java.lang.foreign.Arena;

/**
 * The bounded ring by which the control agent tells the send agent what to seal. Sealing is the send agent's alone.
 *
 * <pre>
 *  command     offset  length  content
 *  KEEPALIVE        0       4  local index of the session
 *  CLOSE            0       4  local index of the session
 *  FLUSH            0       4  number of the peer whose waiting packets may go now
 *  DISCARD          0       4  number of the peer whose waiting packets will not go any more
 *  ECHO_REPLY       0       4  local index of the session
 *                   8      48  {@link ReceiveReport}
 *  ECHO_REQUEST     0       4  local index of the session
 *                   8      48  {@link ReceiveReport}
 * </pre>
 */
final class SendRing
{
    static final int KEEPALIVE = 1;
    static final int CLOSE = 2;
    static final int FLUSH = 3;
    static final int DISCARD = 4;
    static final int ECHO_REPLY = 5;
    static final int ECHO_REQUEST = 6;

    static final int INDEX_OFFSET = 0;
    static final int REPORT_OFFSET = 8;

    private static final int CAPACITY = 64 * 1024;

    private final OneToOneRingBuffer ring;
    private final Wakeup consumer;

    SendRing(final Arena arena, final Wakeup consumer)
    {
        final int length = CAPACITY + RingBufferDescriptor.TRAILER_LENGTH;
        final long address = arena.allocate(length, BitUtil.CACHE_LINE_LENGTH * 2L).address();
        this.ring = new OneToOneRingBuffer(new UnsafeBuffer(address, length));
        this.consumer = consumer;
    }

    /** KEEPALIVE or CLOSE on a session, or FLUSH of a peer. */
    boolean command(final SystemCalls calls, final int command, final int number)
    {
        final int index = ring.tryClaim(command, INDEX_OFFSET + Integer.BYTES);
        if (index < 0)
        {
            return false;
        }

        ring.buffer().putInt(index + INDEX_OFFSET, number);
        return publish(calls, index);
    }

    /** ECHO_REQUEST or ECHO_REPLY; returns the claim's index to encode the report at, or a negative. */
    int claimEcho(final int command, final int localIndex)
    {
        final int index = ring.tryClaim(command, REPORT_OFFSET + ReceiveReport.LENGTH);
        if (index >= 0)
        {
            ring.buffer().putInt(index + INDEX_OFFSET, localIndex);
        }

        return index;
    }

    MutableDirectBuffer buffer()
    {
        return ring.buffer();
    }

    boolean publish(final SystemCalls calls, final int index)
    {
        ring.commit(index);
        consumer.signal(calls);
        return true;
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
