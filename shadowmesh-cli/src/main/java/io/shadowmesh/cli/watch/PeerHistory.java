package io.shadowmesh.cli.watch;

import io.shadowmesh.dataplane.status.NodeStatus;
import io.shadowmesh.dataplane.status.PeerCounter;
import io.shadowmesh.dataplane.status.PeerStatus;

import java.util.Arrays;

/**
 * What became of a peer from one look to the next: rates now, and those of the last minute. A look that the node has
 * written nothing new for adds nothing.
 */
final class PeerHistory
{
    /** Looks that are remembered: a minute of them at one a second. */
    static final int LENGTH = 60;

    private static final double BITS_PER_BYTE_AND_MS = 8_000;

    private final double[] throughput = new double[LENGTH];
    private final double[] rtts = new double[LENGTH];
    private int count;
    private long updatedMs;
    private long received;
    private long sent;
    private long pid;
    private double receiveRate = -1;
    private double sendRate = -1;

    /** Takes a look. */
    void add(final NodeStatus node, final PeerStatus peer)
    {
        add(node.pid(), node.updatedMs(), peer.get(PeerCounter.BYTES_RECEIVED), peer.get(PeerCounter.BYTES_SENT),
            peer.get(PeerCounter.RTT_LAST));
    }

    void add(
        final long nodePid, final long nowMs, final long bytesReceived, final long bytesSent, final long rttNs)
    {
        if (nodePid == pid && nowMs == updatedMs)
        {
            return;
        }
        final long elapsedMs = nowMs - updatedMs;
        if (nodePid == pid && elapsedMs > 0 && bytesReceived >= received && bytesSent >= sent)
        {
            receiveRate = (bytesReceived - received) * BITS_PER_BYTE_AND_MS / elapsedMs;
            sendRate = (bytesSent - sent) * BITS_PER_BYTE_AND_MS / elapsedMs;
            throughput[count % LENGTH] = receiveRate + sendRate;
            rtts[count % LENGTH] = rttNs;
            count++;
        }
        pid = nodePid;
        updatedMs = nowMs;
        received = bytesReceived;
        sent = bytesSent;
    }

    /** Bit/s received now, -1 for unknown. */
    double receiveRate()
    {
        return receiveRate;
    }

    /** Bit/s sent now, -1 for unknown. */
    double sendRate()
    {
        return sendRate;
    }

    /** Bit/s both ways, the oldest first. */
    double[] throughput()
    {
        return inOrder(throughput);
    }

    /** Round trips in ns, the oldest first; -1 for unknown. */
    double[] rtts()
    {
        return inOrder(rtts);
    }

    private double[] inOrder(final double[] ring)
    {
        if (count < LENGTH)
        {
            return Arrays.copyOf(ring, count);
        }
        final double[] all = new double[LENGTH];
        for (int i = 0; i < LENGTH; i++)
        {
            all[i] = ring[(count + i) % LENGTH];
        }
        return all;
    }
}
