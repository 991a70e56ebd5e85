package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.capture.CaptureRing;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.PathMtuProbe;
import io.shadowmesh.dataplane.device.ReceiveBatch;
import io.shadowmesh.dataplane.device.SegmentJoiner;
import io.shadowmesh.dataplane.device.SegmentSplitter;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.handshake.HandshakeTable;
import io.shadowmesh.dataplane.handshake.ReceiverIndices;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.ring.CoDel;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.ring.WaitingPackets;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerSettings;
import io.shadowmesh.dataplane.session.PeerTimers;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.session.SessionTable;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.EchoReply;
import io.shadowmesh.dataplane.status.NodeDescription;
import io.shadowmesh.dataplane.status.StatusFile;
import io.shadowmesh.ffi.PagedArena;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.BitUtil;
import org.agrona.ErrorHandler;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * The agents of one tunnel, the rings between them and the threads that they run on: all that lies between a device
 * and a socket.
 *
 * <pre>
 *   data threads   outbound              inbound         sending
 *              1   tun, send, receive
 *              2   tun, send             receive
 *              3   tun                   receive         send
 * </pre>
 *
 * <p>Control and handshakes have a thread each besides.
 */
public final class Dataplane
{
    /** The size of the ring between the TUN device and the sender, in bytes. */
    public static final int RING_CAPACITY = 16 * 1024 * 1024;

    /** Places for peers that come while the tunnel runs. */
    private static final int MORE_PEERS = 4096;
    private static final int WAITING_PACKETS = 1024;
    private static final int MINIMUM_SLOT_LENGTH = 2048;
    private static final int SPINS_WITH_CORES_TO_SPARE = 20;
    private static final int CORES_TO_SPARE = 5;
    private static final int RECEIVE_BATCH = 32;
    private static final long CHANGE_TIME_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long RESPONSE_POLL_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long PARTING_TIME_NS = TimeUnit.MILLISECONDS.toNanos(300);

    private final Arena arena = new PagedArena(Arena.ofShared());
    private final SystemCalls callersCalls = new SystemCalls(arena);
    private final AgentThread out;
    private final AgentThread send;
    private final AgentThread in;
    private final AgentThread control;
    private final AgentThread handshake;
    private final ForwardingState state;
    private final PeerId self;
    private final ControlAgent controlAgent;
    private final SessionRegistry sessions;
    private final PeerResolver resolver;
    private final PeriodicReport report;
    private final CaptureRing captures;
    private final OffloadStates offloads;

    /**
     * Makes agents, rings and threads; nothing runs yet.
     *
     * @param identity    of this node.
     * @param peers       numbered by their places.
     * @param allowedIps  of the peers.
     * @param device      to read packets from and write them to.
     * @param socket      to send and receive datagrams with.
     * @param suite       to propose in handshakes that this node begins.
     * @param aead        to seal and open with.
     * @param dataThreads 1, 2 or 3.
     * @param counters    to count in.
     * @param renewalAge  of a session that this node began, in nanoseconds: see {@link PeerTimers}.
     * @param link       that datagrams leave by.
     * @throws IOException when the kernel gives no eventfd.
     */
    public Dataplane(
        final Identity identity,
        final Peer[] peers,
        final AllowedIps allowedIps,
        final TunDevice device,
        final UdpSocket socket,
        final Suite suite,
        final Aead aead,
        final int dataThreads,
        final Counters counters,
        final long renewalAge,
        final LinkOptions link) throws IOException
    {
        out = thread("shadowmesh-out", counters);
        send = dataThreads < 3 ? out : thread("shadowmesh-send", counters, out);
        in = dataThreads < 2 ? out : thread("shadowmesh-in", counters, out, send);
        control = thread("shadowmesh-control", counters, out, send, in);
        handshake = thread("shadowmesh-handshake", counters, out, send, in, control);

        state = new ForwardingState(Arrays.copyOf(peers, peers.length + MORE_PEERS), allowedIps, SessionTable.EMPTY);
        self = identity.peerId();
        final OversizeNotice oversizeNotice = new OversizeNotice();
        final RoutingLoop routingLoop = new RoutingLoop(socket.localAddress().getPort());
        final ControlRing events = new ControlRing(arena, control.wakeup());
        final SecureRandom random = new SecureRandom();
        final ReceiverIndices indices = new ReceiverIndices(random);
        final HandshakeLanes lanes = new HandshakeLanes(arena, indices, handshake.wakeup(), counters);
        final SendRing commands = new SendRing(arena, send.wakeup());
        offloads = new OffloadStates(device, socket);
        final PacketRing ring = new PacketRing(arena, RING_CAPACITY, device.maxPacketLength());
        final WaitingPackets waiting = new WaitingPackets(arena, WAITING_PACKETS, device.mtu(), state.capacity());
        captures = new CaptureRing(arena);
        final boolean superPackets = device.headerLength() > 0;

        final TunAgent tunAgent = new TunAgent(
            device, ring, out.calls(), out.clock(), counters, send == out ? null : send.wakeup());
        final PathMtuProbe probe = new PathMtuProbe(arena, socket.localAddress());
        final PathMtus paths =
            new PathMtus(endpoint -> probe.pathMtu(send.calls(), endpoint), state, device.mtu());
        final Pacer pacer = new Pacer();
        final CoDel codel = new CoDel();
        final QueueDiscipline discipline = new QueueDiscipline(ring, pacer, codel, counters, link.aqm());
        final Outbox outbox = new Outbox(arena, socket, send.calls(), counters, offloads, paths);
        final SendAgent sendAgent = new SendAgent(
            arena,
            ring,
            commands,
            waiting,
            socket,
            state,
            send.calls(),
            send.clock(),
            counters,
            outbox,
            new PacketSealer(
                superPackets ? new SegmentSplitter(arena) : null,
                outbox,
                waiting,
                new ControlProxy(events, send.calls(), counters),
                send.calls(),
                counters,
                new OversizeSender(arena, socket, oversizeNotice, counters),
                routingLoop,
                paths,
                new TooBigAnswers(arena, device, send.calls(), counters),
                discipline,
                captures.outboundTap(),
                state.capacity()),
            pacer,
            discipline,
            send == out ? null : out.wakeup());
        final ReceiveAgent receiveAgent = new ReceiveAgent(
            new ReceiveBatch(arena, RECEIVE_BATCH, slotLength(device, socket), 0),
            socket,
            new TunWriter(
                device,
                superPackets ? new SegmentJoiner(arena, offloads.tun().joinsUdp()) : null,
                in.calls(),
                counters,
                offloads),
            state,
            new ControlProxy(events, in.calls(), counters),
            lanes,
            paths,
            captures.inboundTap(),
            in.calls(),
            in.clock(),
            counters);

        sessions = new SessionRegistry(
            state, aead, indices, sendAgent.cycle(), receiveAgent.cycle(), send.wakeup(), in.wakeup(), counters);
        resolver = new PeerResolver(socket);
        report = new PeriodicReport(counters, oversizeNotice, routingLoop, offloads, device.mtu());
        controlAgent = new ControlAgent(
            state,
            events,
            commands,
            sessions,
            resolver,
            report,
            new LinkControl(
                new AdaptiveBuffer(state, ring, counters, link.bandwidth()),
                new PaceControl(state, pacer, codel, counters, link),
                new LinkProfile(state, ring, counters)),
            control,
            counters);
        final HandshakeAgent handshakeAgent =
            new HandshakeAgent(state, lanes, sessions, handshake, counters, suite);
        handshakeAgent.join(
            new HandshakeTable(
                identity,
                handshakeAgent,
                new HandshakeSocket(arena, socket, handshake.calls(), counters),
                handshakeAgent,
                indices,
                device.mtu(),
                Session.PARTIAL_CHECKSUMS,
                random),
            controlAgent);
        controlAgent.join(handshakeAgent, new PeerTimers(controlAgent, new SplittableRandom(), renewalAge));

        out.add(tunAgent);
        send.add(sendAgent);
        in.add(receiveAgent);
        control.add(controlAgent);
        handshake.add(handshakeAgent);
    }

    /** Room for the longest message that the socket may bring. */
    private static int slotLength(final TunDevice device, final UdpSocket socket)
    {
        return socket.coalesces() ? ReceiveBatch.COALESCED_LENGTH : Math.max(
            MINIMUM_SLOT_LENGTH, BitUtil.align(device.mtu() + SealedFrame.OVERHEAD, BitUtil.CACHE_LINE_LENGTH));
    }

    /**
     * Has a status file kept up to date from {@link #start} on. It is complete when this returns.
     *
     * @param status file that the counters lie in.
     * @param node   in words; of its offloads, those that are wanted are on.
     */
    public void show(final StatusFile status, final NodeDescription node)
    {
        report.sample();
        final StatusUpdate update = new StatusUpdate(status, state, offloads, node);
        update.begin(control.clock().nanoTime());
        controlAgent.show(update);
    }

    /**
     * Starts all threads.
     *
     * @param errorHandler is told, on the agent's thread, what an agent did not survive.
     */
    public void start(final ErrorHandler errorHandler)
    {
        callersCalls.linkAll();
        // With few cores a spin takes the time of the thread that would bring the work.
        final int maxSpins =
            Runtime.getRuntime().availableProcessors() < CORES_TO_SPARE ? 0 : SPINS_WITH_CORES_TO_SPARE;
        for (final AgentThread thread : dataThreads())
        {
            thread.start(errorHandler, maxSpins);
        }
        report.watch(dataThreads().stream().mapToLong(AgentThread::threadId).toArray());
        control.start(errorHandler, 0);
        handshake.start(errorHandler, 0);
    }

    /**
     * Brings the counters up to date that are measured rather than counted.
     */
    public void sample()
    {
        report.sample();
    }

    /**
     * The peers now.
     *
     * @return a list of them.
     */
    public List<Peer> peers()
    {
        final List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < state.peerCount(); i++)
        {
            final Peer peer = state.peer(i);
            if (null != peer)
            {
                peers.add(peer);
            }
        }
        return peers;
    }

    /**
     * Sends an echo frame to a peer.
     *
     * @param peer   to send it to.
     * @param answer is completed by the control thread when the reply comes, which may be never; at once, with an
     *               {@link IllegalStateException}, where there is no session.
     */
    public void probe(final Peer peer, final CompletableFuture<EchoReply> answer)
    {
        controlAgent.probe(peer, answer);
    }

    /**
     * Has a session with a peer made, if there is none, as if there were packets for it.
     *
     * @param peer to reach.
     */
    public void want(final Peer peer)
    {
        controlAgent.want(peer);
    }

    /**
     * Where the packets inside the tunnel can be recorded from, until {@link #close}.
     *
     * @return the ring.
     */
    public CaptureRing captures()
    {
        return captures;
    }

    /**
     * Replaces the peers. Those that stay keep their sessions; those that go are sent CLOSE. One caller at a time.
     *
     * @param wanted all peers from now on.
     * @return what has changed.
     * @throws IllegalArgumentException if they cannot be had together; nothing has changed then.
     * @throws IllegalStateException    if the control agent does not take them up in time, as when it has ended.
     */
    public PeerChange replacePeers(final List<PeerSettings> wanted)
    {
        final PeerChange change = PeerChange.of(state, controlAgent.leaving(), self, wanted);
        final CompletableFuture<Void> done = new CompletableFuture<>();
        if (!change.isEmpty())
        {
            controlAgent.change(change, done);
            try
            {
                done.get(CHANGE_TIME_NS, TimeUnit.NANOSECONDS);
            }
            catch (final InterruptedException e)
            {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the peers were replaced", e);
            }
            catch (final ExecutionException | TimeoutException e)
            {
                throw new IllegalStateException("the tunnel does not take up its new peers", e);
            }
        }
        return change;
    }

    /**
     * Tells whether the agents do their work: each of the control agent, the send agent and the receive agent has a turn.
     *
     * @param patienceNs for how long to wait for that.
     * @return false if one of them has had none by then.
     */
    public boolean isResponsive(final long patienceNs)
    {
        final long beganNs = System.nanoTime();
        final SessionRegistry.Grace grace = sessions.grace();
        final CompletableFuture<Void> touched = new CompletableFuture<>();
        controlAgent.touch(touched);
        while (!touched.isDone() || !grace.isOver())
        {
            if (System.nanoTime() - beganNs >= patienceNs)
            {
                return false;
            }
            LockSupport.parkNanos(RESPONSE_POLL_NS);
        }
        return true;
    }

    /**
     * Has CLOSE sent on every session, ends all threads and frees all memory. Device and socket are the caller's.
     */
    public void close()
    {
        handshake.stop(callersCalls);
        try
        {
            controlAgent.requestClose(callersCalls).await(PARTING_TIME_NS, TimeUnit.NANOSECONDS);
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }

        report.sample();
        control.stop(callersCalls);
        dataThreads().forEach(thread -> thread.stop(callersCalls));
        resolver.close();
        sessions.freeAll();
        control.release();
        handshake.release();
        dataThreads().forEach(AgentThread::release);
        arena.close();
    }

    /** Makes a thread; when the kernel gives no eventfd for it, frees what has been made so far. */
    private AgentThread thread(final String name, final Counters counters, final AgentThread... made)
        throws IOException
    {
        try
        {
            return new AgentThread(name, arena, counters);
        }
        catch (final IOException e)
        {
            for (final AgentThread thread : made)
            {
                thread.release();
            }
            arena.close();
            throw e;
        }
    }

    private Set<AgentThread> dataThreads()
    {
        final Set<AgentThread> threads = new LinkedHashSet<>();
        threads.add(out);
        threads.add(send);
        threads.add(in);
        return threads;
    }
}
