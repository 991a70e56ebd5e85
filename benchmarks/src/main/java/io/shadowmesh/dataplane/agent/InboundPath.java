package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.capture.CaptureRing;
import io.shadowmesh.dataplane.device.EventFd;
import io.shadowmesh.dataplane.device.ReceiveBatch;
import io.shadowmesh.dataplane.device.SegmentJoiner;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.handshake.ReceiverIndices;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.session.SessionTable;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.NanoClock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/**
 * A tunnel's {@link ReceiveAgent} with its batch, joiner and writer, joined as {@link Dataplane} joins them, for a
 * benchmark to run. It is in this package because the agents are nobody else's to see.
 *
 * <p><b>Threading:</b> one thread.
 */
public final class InboundPath implements AutoCloseable
{
    private static final int BATCH = 64;

    private final Counters counters = Counters.inMemory();
    private final Wakeup control = new Wakeup(EventFd.open());
    private final ReceiveAgent agent;

    /**
     * Makes the agent.
     *
     * @param arena      that owns its memory.
     * @param calls      of the thread that runs it.
     * @param device     to write packets to; it takes super-packets.
     * @param socket     to receive with, which receives datagrams end to end.
     * @param session    that opens all frames.
     * @param allowedIps that say what its peer may send from.
     * @param clock      that the session is measured by.
     * @throws IOException when the kernel gives no eventfd.
     */
    public InboundPath(
        final Arena arena,
        final SystemCalls calls,
        final TunDevice device,
        final UdpSocket socket,
        final Session session,
        final AllowedIps allowedIps,
        final NanoClock clock) throws IOException
    {
        final OffloadStates offloads = new OffloadStates(device, socket);
        final ForwardingState state =
            new ForwardingState(new Peer[]{session.peer()}, allowedIps, SessionTable.EMPTY.with(session));
        agent = new ReceiveAgent(
            new ReceiveBatch(arena, BATCH, ReceiveBatch.COALESCED_LENGTH, 0),
            socket,
            new TunWriter(
                device, new SegmentJoiner(arena, offloads.tun().joinsUdp()), calls, counters, offloads),
            state,
            new ControlProxy(new ControlRing(arena, control), calls, counters),
            new HandshakeLanes(arena, new ReceiverIndices(new SplittableRandom()), control, counters),
            new PathMtus(endpoint -> 0, state, device.mtu()),
            new CaptureRing(arena).inboundTap(),
            calls,
            clock,
            counters);
    }

    /**
     * Runs one duty cycle.
     *
     * @return datagrams received.
     */
    public int run()
    {
        return agent.doWork();
    }

    /**
     * Packets that the device has taken.
     *
     * @return the count.
     */
    public long packetsWritten()
    {
        return counters.get(TunnelCounter.TUN_PACKETS_WRITTEN);
    }

    /**
     * Writes that the device has taken.
     *
     * @return the count.
     */
    public long writeCalls()
    {
        return counters.get(TunnelCounter.TUN_WRITE_CALLS);
    }

    /** Closes what is not the arena's. */
    @Override
    public void close()
    {
        control.close();
    }
}
