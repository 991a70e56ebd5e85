package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.Poller;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.VirtioNetHeader;
import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelTime;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.NanoClock;

/**
 * Outbound, first half: TUN device → {@link PacketRing}. Each packet is read straight into the ring; while the ring is
 * full, or holds as many packets as the link is worth, the device is not read. A device with offloads puts its header
 * into the record's headroom.
 *
 * <p><b>Threading:</b> one agent thread.
 */
final class TunAgent implements WaitingAgent
{
    private static final int BATCH_LIMIT = 64;

    /** Past this many bytes the sender has its turn, so that what was read is still in the cache. */
    private static final int BYTE_LIMIT = 64 * 1024;

    private final TunDevice device;
    private final int headerLength;
    private final PacketRing ring;
    private final SystemCalls calls;
    private final NanoClock clock;
    private final Counters counters;
    private final Wakeup sender;
    private final TimeSampler reads;
    private long nowNs;
    private int pollIndex;
    private boolean failing;

    /** The sender is the thread to wake after a packet, or null where it is this very thread. */
    TunAgent(
        final TunDevice device,
        final PacketRing ring,
        final SystemCalls calls,
        final NanoClock clock,
        final Counters counters,
        final Wakeup sender)
    {
        this.device = device;
        this.headerLength = device.headerLength();
        this.ring = ring;
        this.calls = calls;
        this.clock = clock;
        this.counters = counters;
        this.sender = sender;
        this.reads = new TimeSampler(counters.times(TunnelTime.TUN_READ_CALL));
    }

    @Override
    public int doWork()
    {
        int packets = 0;
        long bytes = 0;
        failing = false;
        while (packets < BATCH_LIMIT && bytes < BYTE_LIMIT)
        {
            final long address = ring.claim();
            if (0 == address)
            {
                break;
            }

            // The last packet's time: this one's is not known yet.
            final boolean timed = reads.begin(nowNs);
            final long result = device.read(calls, address - headerLength, headerLength + ring.maxPacketLength());
            if (result <= headerLength)
            {
                if (-Errno.EAGAIN != result && -Errno.EINTR != result)
                {
                    onReadFailure((int)-result);
                }
                break;
            }
            if (timed)
            {
                reads.end(1);
            }
            final long length = result - headerLength;

            if (0 == packets)
            {
                nowNs = clock.nanoTime();
            }
            ring.commit((int)length, wirePackets(address, (int)length), nowNs);
            packets++;
            bytes += length;
        }

        if (packets > 0)
        {
            counters.add(TunnelCounter.TUN_READ_CALLS, packets);
            counters.add(TunnelCounter.TUN_BYTES_READ, bytes);
            if (null != sender)
            {
                sender.signal(calls);
            }
        }

        return packets;
    }

    private int wirePackets(final long address, final int length)
    {
        return 0 == headerLength ? 1 : VirtioNetHeader.packets(address - headerLength, length);
    }

    @Override
    public void register(final Poller poller)
    {
        pollIndex = poller.add(device.fileDescriptor(), Poller.READABLE);
    }

    @Override
    public boolean arm(final Poller poller)
    {
        poller.events(pollIndex, failing || ring.isFull() ? 0 : Poller.READABLE);
        return true;
    }

    @Override
    public long longestWaitNs()
    {
        return failing ? ERROR_PAUSE_NS : Poller.FOR_EVER;
    }

    @Override
    public String roleName()
    {
        return "tun";
    }

    /** An error number, or less than 1 for a read that brought no whole packet. */
    private void onReadFailure(final int errno)
    {
        counters.add(TunnelCounter.TUN_READ_FAILURES, 1);
        failing = true;
        if (Errno.EBADF == errno || Errno.EBADFD == errno || Errno.ENODEV == errno || Errno.ENXIO == errno ||
            Errno.EFAULT == errno)
        {
            throw new AgentTerminationException(
                "the TUN device " + device.name() + " is gone: " + Errno.describe(errno));
        }
    }
}
