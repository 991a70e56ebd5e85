package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.PacketTooBig;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.session.ReplyLimit;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.ffi.SystemCalls;

import java.lang.foreign.Arena;

/**
 * Tells the senders of inner packets that are longer than the path takes, through the device that these came from: so
 * many times a second and no more, as any router does (RFC 1812, section 4.3.2.8).
 *
 * <p><b>Threading:</b> the send agent. The device takes packets from this thread and the receive agent's at once.
 */
final class TooBigAnswers
{
    /** One each for the flows of a busy host; those that come too late are told at their next packet. */
    static final int PER_SECOND = 500;

    private final TunDevice device;
    private final SystemCalls calls;
    private final Counters counters;
    private final PacketTooBig message;
    private final ReplyLimit limit = new ReplyLimit(PER_SECOND);

    TooBigAnswers(final Arena arena, final TunDevice device, final SystemCalls calls, final Counters counters)
    {
        this.device = device;
        this.calls = calls;
        this.counters = counters;
        this.message = new PacketTooBig(arena);
    }

    /** Tells the sender of a packet, which is not to be sent, the longest that would have gone. */
    void answer(final long packet, final int length, final int mtu, final long nowNs)
    {
        if (limit.pass(nowNs))
        {
            final int messageLength = message.write(packet, length, mtu);
            final int headerLength = device.headerLength();
            if (device.write(calls, message.address() - headerLength, headerLength + messageLength) > 0)
            {
                counters.add(TunnelCounter.TOO_BIG_ANSWERS, 1);
            }
        }
    }
}
