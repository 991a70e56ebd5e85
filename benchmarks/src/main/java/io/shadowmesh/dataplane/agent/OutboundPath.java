package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.capture.CaptureRing;
import io.shadowmesh.dataplane.device.EventFd;
import io.shadowmesh.dataplane.device.PathMtuProbe;
import io.shadowmesh.dataplane.device.SegmentSplitter;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.ring.CoDel;
import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.ring.WaitingPackets;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.SessionTable;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.NanoClock;

import java.io.IOException;
import java.lang.foreign.Arena;

/**
 * A tunnel's {@link SendAgent} with its ring, sealer and outbox, joined as {@link Dataplane} joins them, for a benchmark
 * to put packets into and to run. It is in this package because the agents are nobody else's to see.
 *
 * <p><b>Threading:</b> one thread.
 */
public final class OutboundPath implements AutoCloseable
{
    private final Counters counters = Counters.inMemory();
    private final Wakeup control = new Wakeup(EventFd.open());
    private final PacketRing ring;
    private final Outbox outbox;
    private final SendAgent agent;

    /**
     * Makes the agent.
     *
     * @param arena      that owns its memory.
     * @param calls      of the thread that runs it.
     * @param device     that the packets would come from; nothing is read from it.
     * @param socket     to send with.
     * @param peer       that all packets are for, with a session and an endpoint; its number is 0.
     * @param allowedIps that say so.
     * @param clock      that the session is measured by.
     * @throws IOException when the kernel gives no eventfd.
     */
    public OutboundPath(
        final Arena arena,
        final SystemCalls calls,
        final TunDevice device,
        final UdpSocket socket,
        final Peer peer,
        final AllowedIps allowedIps,
        final NanoClock clock) throws IOException
    {
        final Peer[] peers = {peer};
        ring = new PacketRing(arena, Dataplane.RING_CAPACITY, device.maxPacketLength());
        final ForwardingState state = new ForwardingState(peers, allowedIps, SessionTable.EMPTY);
        final PathMtuProbe probe = new PathMtuProbe(arena, socket.localAddress());
        final PathMtus paths = new PathMtus(endpoint -> probe.pathMtu(calls, endpoint), state, device.mtu());
        outbox = new Outbox(arena, socket, calls, counters, new OffloadStates(device, socket), paths);
        final WaitingPackets waiting = new WaitingPackets(arena, peers.length, device.mtu(), peers.length);
        final Pacer pacer = new Pacer();
        final QueueDiscipline discipline = new QueueDiscipline(ring, pacer, new CoDel(), counters, true);
        agent = new SendAgent(
            arena,
            ring,
            new SendRing(arena, control),
            waiting,
            socket,
            state,
            calls,
            clock,
            counters,
            outbox,
            new PacketSealer(
                device.headerLength() > 0 ? new SegmentSplitter(arena) : null,
                outbox,
                waiting,
                new ControlProxy(new ControlRing(arena, control), calls, counters),
                calls,
                counters,
                new OversizeSender(arena, socket, new OversizeNotice(), counters),
                new RoutingLoop(socket.localAddress().getPort()),
                paths,
                new TooBigAnswers(arena, device, calls, counters),
                discipline,
                new CaptureRing(arena).outboundTap(),
                peers.length),
            pacer,
            discipline,
            null);
    }

    /**
     * The ring that packets go into.
     *
     * @return the ring.
     */
    public PacketRing ring()
    {
        return ring;
    }

    /**
     * Runs one duty cycle, and more until the socket has taken all that was sealed.
     *
     * @return packets taken from the ring.
     */
    public int run()
    {
        int packets = agent.doWork();
        while (!outbox.isEmpty())
        {
            packets += agent.doWork();
        }
        return packets;
    }

    /**
     * Datagrams that the socket has taken.
     *
     * @return the count.
     */
    public long datagramsSent()
    {
        return counters.get(TunnelCounter.UDP_DATAGRAMS_SENT);
    }

    /** Closes what is not the arena's. */
    @Override
    public void close()
    {
        control.close();
    }
}
