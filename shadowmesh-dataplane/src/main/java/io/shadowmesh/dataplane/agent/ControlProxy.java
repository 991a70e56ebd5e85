package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.ReceiveReport;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;

/**
 * One hot agent's way to tell the control agent something. When the ring is full the event is lost and counted: all
 * that goes this way is sent again by the peer or seen again by the timers; a session whose CLOSE is lost ends by its age.
 *
 * <p><b>Threading:</b> the agent that owns it.
 */
final class ControlProxy
{
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final ManyToOneRingBuffer ring;
    private final Wakeup consumer;
    private final SystemCalls calls;
    private final Counters counters;

    ControlProxy(final ControlRing controlRing, final SystemCalls calls, final Counters counters)
    {
        this.ring = controlRing.ring();
        this.consumer = controlRing.consumer();
        this.calls = calls;
        this.counters = counters;
    }

    /** Something has happened to a session: CONFIRMED, ROAMED or CLOSED. Returns false when the event is lost. */
    boolean session(final int event, final int localIndex, final long source)
    {
        final int index = claim(event, ControlRing.INDEX_OFFSET + Integer.BYTES);
        if (index < 0)
        {
            return false;
        }

        copySource(source, index);
        ring.buffer().putInt(index + ControlRing.INDEX_OFFSET, localIndex);
        publish(index);
        return true;
    }

    /** The peer of a session asks for a receive report. */
    void echoRequest(final int localIndex, final long sequence, final long timestampNs)
    {
        final int index = claim(ControlRing.ECHO_REQUEST, ControlRing.TIMESTAMP_OFFSET + Long.BYTES);
        if (index >= 0)
        {
            ring.buffer().putInt(index + ControlRing.INDEX_OFFSET, localIndex);
            ring.buffer().putLong(index + ControlRing.SEQUENCE_OFFSET, sequence);
            ring.buffer().putLong(index + ControlRing.TIMESTAMP_OFFSET, timestampNs);
            publish(index);
        }
    }

    /** The peer of a session has sent a receive report. */
    void echoReply(final int localIndex, final long report, final long nowNs, final long timestampNs)
    {
        final int index = claim(ControlRing.ECHO_REPLY, ControlRing.REPLY_TIMESTAMP_OFFSET + Long.BYTES);
        if (index >= 0)
        {
            ring.buffer().putInt(index + ControlRing.INDEX_OFFSET, localIndex);
            view.wrap(report, ReceiveReport.LENGTH);
            ring.buffer().putBytes(index + ControlRing.REPORT_OFFSET, view, 0, ReceiveReport.LENGTH);
            ring.buffer().putLong(index + ControlRing.RECEIVED_OFFSET, nowNs);
            ring.buffer().putLong(index + ControlRing.REPLY_TIMESTAMP_OFFSET, timestampNs);
            publish(index);
        }
    }

    /** There is traffic for a peer without a session. */
    void wanted(final int peer)
    {
        final int index = claim(ControlRing.WANTED, ControlRing.INDEX_OFFSET + Integer.BYTES);
        if (index >= 0)
        {
            ring.buffer().putInt(index + ControlRing.INDEX_OFFSET, peer);
            publish(index);
        }
    }

    private int claim(final int event, final int length)
    {
        final int index = ring.tryClaim(event, length);
        if (index < 0)
        {
            counters.drop(DropReason.CONTROL_RING_FULL);
        }

        return index;
    }

    private void copySource(final long source, final int index)
    {
        view.wrap(source, ControlRing.SOURCE_LENGTH);
        ring.buffer().putBytes(index + ControlRing.SOURCE_OFFSET, view, 0, ControlRing.SOURCE_LENGTH);
    }

    private void publish(final int index)
    {
        ring.commit(index);
        consumer.signal(calls);
    }
}
