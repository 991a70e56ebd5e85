package io.shadowmesh.dataplane.capture;

import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;

/**
 * Where one agent shows the packets that it handles, in clear text. It copies them while somebody records.
 *
 * <p><b>Threading:</b> one agent.
 */
public final class PacketTap
{
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final CaptureRing captures;
    private final ManyToOneRingBuffer ring;
    private final int direction;
    private int snapLength;

    PacketTap(final CaptureRing captures, final int direction)
    {
        this.captures = captures;
        this.ring = captures.ring();
        this.direction = direction;
    }

    /**
     * Looks, once in a duty cycle, whether somebody records.
     */
    public void begin()
    {
        snapLength = captures.snapLength();
    }

    /**
     * Shows a packet.
     *
     * @param address of its IP header.
     * @param length  of it.
     * @param partial whether its checksum field holds the sum of the pseudo-header alone.
     * @param nowNs   of the duty cycle.
     */
    public void onPacket(final long address, final int length, final boolean partial, final long nowNs)
    {
        if (snapLength > 0)
        {
            copy(address, length, partial, nowNs);
        }
    }

    private void copy(final long address, final int length, final boolean partial, final long nowNs)
    {
        final int taken = Math.min(length, snapLength);
        final int index = ring.tryClaim(direction, CaptureRing.PACKET_OFFSET + taken);
        if (index < 0)
        {
            captures.miss();
            return;
        }
        view.wrap(address, taken);
        ring.buffer().putLong(index + CaptureRing.TIME_OFFSET, nowNs);
        ring.buffer().putInt(index + CaptureRing.LENGTH_OFFSET, length);
        ring.buffer().putInt(index + CaptureRing.PARTIAL_OFFSET, partial ? 1 : 0);
        ring.buffer().putBytes(index + CaptureRing.PACKET_OFFSET, view, 0, taken);
        ring.commit(index);
    }
}
