package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.dataplane.device.UdpSocket;

/**
 * Which offloads are in use. They start as device and socket have them; an agent that meets a refusal does without from
 * then on and says so here, once, for the control thread to log.
 *
 * <p><b>Threading:</b> any thread reads; each refusal has one writer.
 */
final class OffloadStates
{
    private final TunOffloads tun;
    private final boolean segmentation;
    private final boolean coalescing;
    private volatile int segmentationRefusal;
    private volatile int joiningRefusal;

    OffloadStates(final TunDevice device, final UdpSocket socket)
    {
        this.tun = device.offloads();
        this.segmentation = socket.maxSegments() > 1;
        this.coalescing = socket.coalesces();
    }

    TunOffloads tun()
    {
        return tun;
    }

    /** Runs of datagrams cross the kernel as one. */
    boolean segments()
    {
        return segmentation && 0 == segmentationRefusal;
    }

    /** Datagrams may arrive end to end. */
    boolean coalesces()
    {
        return coalescing;
    }

    /** Packets are joined before they are written to the device. */
    boolean joins()
    {
        return tun.joins() && 0 == joiningRefusal;
    }

    /** The error number that ended segmentation, or 0. */
    int segmentationRefusal()
    {
        return segmentationRefusal;
    }

    /** The error number that ended joining, or 0. */
    int joiningRefusal()
    {
        return joiningRefusal;
    }

    /** Of what {@link #segmentationRefusal} and {@link #joiningRefusal} say: another number when either has changed. */
    long refusals()
    {
        return (long)segmentationRefusal << Integer.SIZE | joiningRefusal;
    }

    /** The send agent. */
    void segmentationRefused(final int errno)
    {
        if (0 == segmentationRefusal)
        {
            segmentationRefusal = errno;
        }
    }

    /** The receive agent. */
    void joiningRefused(final int errno)
    {
        if (0 == joiningRefusal)
        {
            joiningRefusal = errno;
        }
    }
}
