package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.InternetChecksum;
import io.shadowmesh.dataplane.device.SegmentJoiner;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelTime;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.AgentTerminationException;

/**
 * Writes packets to the device, from where they lie. Where the device takes super-packets, consecutive segments of a
 * flow are joined and written as one; nothing is held back beyond {@link #flush}, which ends every batch.
 *
 * <p><b>Threading:</b> the receive agent.
 */
final class TunWriter
{
    private final TunDevice device;
    private final SegmentJoiner joiner;
    private final SystemCalls calls;
    private final Counters counters;
    private final OffloadStates offloads;
    private final TimeSampler writes;
    private boolean joins;
    private Peer sender;
    private long nowNs;

    private long writeCalls;
    private long packetsWritten;
    private long bytesWritten;

    /** The joiner is null where the device takes packets alone. */
    TunWriter(
        final TunDevice device,
        final SegmentJoiner joiner,
        final SystemCalls calls,
        final Counters counters,
        final OffloadStates offloads)
    {
        this.device = device;
        this.joiner = joiner;
        this.calls = calls;
        this.counters = counters;
        this.offloads = offloads;
        this.writes = new TimeSampler(counters.times(TunnelTime.TUN_WRITE_CALL));
        this.joins = null != joiner && offloads.joins();
    }

    /** The duty cycle's time. */
    void begin(final long cyclesNowNs)
    {
        nowNs = cyclesNowNs;
    }

    /**
     * Takes a packet of which nothing has been checked yet, if it is joined with the last ones and those were of the same
     * peer. It then says of itself what the first of them says, source and flags among it: what was found right there is
     * right here. It must lie as {@link #write} says.
     *
     * @return false if it is not joined; nothing has become of it then.
     */
    boolean extend(final Peer peer, final long packet, final int length, final boolean partial)
    {
        return joins && peer == sender && joiner.extend(packet, length, partial);
    }

    /**
     * Takes a packet that its peer may send, which must lie behind at least 16 bytes that may be written over, and stay
     * until the next {@link #flush}.
     *
     * @param partial whether its checksum field holds the sum of the pseudo-header alone.
     */
    void write(final Peer peer, final long packet, final int length, final boolean partial)
    {
        if (null == joiner)
        {
            if (partial && !InternetChecksum.completeTransport(packet, length))
            {
                counters.drop(DropReason.INNER_MALFORMED);
                return;
            }
            final boolean timed = writes.begin(nowNs);
            account(device.write(calls, packet, length), length, 1, 0, timed);
            return;
        }

        int result = joiner.add(packet, length, partial);
        if (SegmentJoiner.FULL == result)
        {
            writeJoined();
            result = joiner.add(packet, length, partial);
        }
        if (SegmentJoiner.MALFORMED == result)
        {
            counters.drop(DropReason.INNER_MALFORMED);
        }
        else
        {
            sender = peer;
        }
        if (!joins)
        {
            writeJoined();
        }
    }

    /** Writes what is still being joined, and counts. */
    void flush()
    {
        if (null != joiner)
        {
            writeJoined();
        }
        if (writeCalls > 0)
        {
            counters.add(TunnelCounter.TUN_WRITE_CALLS, writeCalls);
            counters.add(TunnelCounter.TUN_PACKETS_WRITTEN, packetsWritten);
            counters.add(TunnelCounter.TUN_BYTES_WRITTEN, bytesWritten);
            writeCalls = 0;
            packetsWritten = 0;
            bytesWritten = 0;
        }
    }

    private void writeJoined()
    {
        if (!joiner.isEmpty())
        {
            final long length = joiner.finish();
            final int packets = joiner.packets();
            final boolean timed = writes.begin(nowNs);
            account(
                device.writev(calls, joiner.vectors(), joiner.vectorCount()),
                length,
                packets,
                device.headerLength(),
                timed);
            joiner.reset();
        }
    }

    /** A device takes a packet whole or not at all: one that it has cut short is lost. */
    private void account(
        final long written, final long length, final int packets, final int headerLength, final boolean timed)
    {
        if (written >= length)
        {
            if (timed)
            {
                writes.end(1);
            }
            writeCalls++;
            packetsWritten += packets;
            bytesWritten += written - headerLength;
        }
        else if (-Errno.EBADF == written || -Errno.EBADFD == written || -Errno.ENODEV == written ||
            -Errno.ENXIO == written || -Errno.EFAULT == written)
        {
            throw new AgentTerminationException(
                "the TUN device " + device.name() + " is gone: " + Errno.describe((int)-written));
        }
        else
        {
            counters.addDrops(DropReason.TUN_WRITE_FAILED, packets);
            if (-Errno.EINVAL == written && packets > 1)
            {
                joins = false;
                offloads.joiningRefused(Errno.EINVAL);
            }
        }
    }
}
