package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.Poller;
import io.shadowmesh.dataplane.device.SocketAddressCodec;
import io.shadowmesh.dataplane.handshake.HandshakeOutcome;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerActions;
import io.shadowmesh.dataplane.session.PeerTimers;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.EchoReply;
import io.shadowmesh.dataplane.status.NodeEvents;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.NanoClock;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

/**
 * Everything that is neither per packet nor a handshake: the timers of the peers, the sessions' coming and going, and
 * what the log says.
 *
 * <p>It hears of the network from the {@link ControlRing} and from the {@link HandshakeAgent}, which it tells whom to
 * reach, and has the send agent seal for it by the {@link SendRing}. It may allocate.
 *
 * <p><b>Threading:</b> one agent thread; {@link #probe}, {@link #want}, {@link #requestClose}, {@link #change},
 * {@link #touch}, {@link #leaving}, {@link #onAgreed}, {@link #onUnconfirmedExpired}, {@link #onAttemptEnded} and
 * {@link #onClaimRefused} are for any thread.
 */
final class ControlAgent implements WaitingAgent, PeerActions
{
    private static final Logger LOGGER = System.getLogger(ControlAgent.class.getName());
    private static final int EVENT_LIMIT = 64;

    private final MessageHandler eventHandler = this::onEvent;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final CountDownLatch parted = new CountDownLatch(1);

    private final ForwardingState state;
    private final ControlRing events;
    private final SendRing commands;
    private final SessionRegistry sessions;
    private final PeerResolver resolver;
    private final PeriodicReport report;
    private final LinkControl links;
    private final SystemCalls calls;
    private final NanoClock clock;
    private final Counters counters;
    private final Wakeup wakeup;
    private final EchoControl echoes;
    private final PeerDepartures departures;
    private final int[] attempts;
    private final boolean[] attempting;

    private HandshakeAgent handshakes;
    private PeerRegistry peers;
    private PeerTimers timers;
    private StatusUpdate status;
    private volatile boolean closeRequested;
    private long nowNs;
    private long nextTickNs = Long.MIN_VALUE;

    ControlAgent(
        final ForwardingState state,
        final ControlRing events,
        final SendRing commands,
        final SessionRegistry sessions,
        final PeerResolver resolver,
        final PeriodicReport report,
        final LinkControl links,
        final AgentThread thread,
        final Counters counters)
    {
        this.state = state;
        this.events = events;
        this.commands = commands;
        this.sessions = sessions;
        this.resolver = resolver;
        this.report = report;
        this.links = links;
        this.calls = thread.calls();
        this.clock = thread.clock();
        this.wakeup = thread.wakeup();
        this.counters = counters;
        this.echoes = new EchoControl(commands, calls);
        this.departures = new PeerDepartures(state, commands, sessions, echoes);
        this.attempts = new int[state.capacity()];
        this.attempting = new boolean[state.capacity()];
    }

    /** Gives it what itself is a part of. Before the thread starts. */
    void join(final HandshakeAgent newHandshakes, final PeerTimers newTimers)
    {
        this.handshakes = newHandshakes;
        this.timers = newTimers;
        this.peers = new PeerRegistry(state, departures, newHandshakes, resolver, report, calls, this::execute);
    }

    /** Gives it a status file to keep up to date. Before the thread starts. */
    void show(final StatusUpdate newStatus)
    {
        this.status = newStatus;
    }

    @Override
    public int doWork()
    {
        nowNs = clock.nanoTime();
        int work = 0;
        for (Runnable task = tasks.poll(); null != task; task = tasks.poll())
        {
            task.run();
            work++;
        }
        work += events.drain(eventHandler, EVENT_LIMIT);

        if (closeRequested && parted.getCount() > 0)
        {
            part();
            work++;
        }

        if (nowNs >= nextTickNs && !closeRequested)
        {
            nextTickNs = nowNs + PeerTimers.TICK_NS;
            for (int i = 0; i < state.peerCount(); i++)
            {
                tick(state.peer(i));
            }
            links.onTick(nowNs);
            report.onTick(nowNs);
            if (null != status)
            {
                status.onTick(nowNs);
            }
        }

        departures.poll(timers, calls, nowNs);
        sessions.freeRetired(calls);
        return work;
    }

    @Override
    public void register(final Poller poller)
    {
        // Its eventfd is all that it waits for.
    }

    @Override
    public boolean arm(final Poller poller)
    {
        return events.isEmpty() && tasks.isEmpty() && (!closeRequested || 0 == parted.getCount());
    }

    @Override
    public long longestWaitNs()
    {
        return Math.max(0, nextTickNs - clock.nanoTime());
    }

    @Override
    public String roleName()
    {
        return "control";
    }

    /** Any thread: has CLOSE sent on every session. The latch opens when all is on its way to the send agent. */
    CountDownLatch requestClose(final SystemCalls callersCalls)
    {
        closeRequested = true;
        wakeup.signal(callersCalls);
        return parted;
    }

    /** Nobody calls, or is kept by keepalives, that has gone or is going. */
    private void tick(final Peer peer)
    {
        if (null != peer && !departures.contains(peer))
        {
            timers.tick(peer, nowNs);
        }
    }

    /** Any thread: those that are being removed. */
    Set<Peer> leaving()
    {
        return departures.peers();
    }

    /** Any thread: has a change of the peers made, and the future completed when it is in force. */
    void change(final PeerChange change, final CompletableFuture<Void> done)
    {
        execute(() ->
        {
            peers.apply(change, attempting, nowNs);
            done.complete(null);
        });
    }

    /** Any thread: the future is completed when the control thread comes to it. */
    void touch(final CompletableFuture<Void> done)
    {
        execute(() -> done.complete(null));
    }

    /** Any thread: runs a task on the control thread. */
    private void execute(final Runnable task)
    {
        tasks.add(task);
        wakeup.signal();
    }

    private void onEvent(final int event, final MutableDirectBuffer buffer, final int index, final int length)
    {
        switch (event)
        {
            case ControlRing.WANTED:
                tick(state.peer(buffer.getInt(index + ControlRing.INDEX_OFFSET)));
                break;

            default:
                final Session session = state.sessions().lookup(buffer.getInt(index + ControlRing.INDEX_OFFSET));
                if (null != session)
                {
                    onSessionEvent(event, session, buffer, index);
                }
                break;
        }
    }

    private void onSessionEvent(
        final int event, final Session session, final MutableDirectBuffer buffer, final int index)
    {
        final Peer peer = session.peer();
        switch (event)
        {
            case ControlRing.CONFIRMED:
                if (!session.isConfirmed())
                {
                    peer.endpoint(
                        learned(peer, SocketAddressCodec.decode(buffer, index + ControlRing.SOURCE_OFFSET)));
                    handshakes.confirmed(session.localIndex());
                    onConfirmed(session);
                }
                break;

            case ControlRing.ROAMED:
                if (session == peer.current())
                {
                    onRoamed(peer, SocketAddressCodec.decode(buffer, index + ControlRing.SOURCE_OFFSET));
                }
                break;

            case ControlRing.CLOSED:
                LOGGER.log(Level.INFO, "{0} closed the session", peer);
                timers.end(session);
                break;

            case ControlRing.ECHO_REQUEST:
                echoes.onRequest(session, buffer, index, nowNs);
                break;

            case ControlRing.ECHO_REPLY:
                echoes.onReply(session, buffer, index);
                break;

            default:
                break;
        }
    }

    /** A peer sends from elsewhere, or to another of this machine's addresses. */
    private void onRoamed(final Peer peer, final Endpoint source)
    {
        final Endpoint before = peer.endpoint();
        peer.endpoint(learned(peer, source));
        if (!source.equals(before))
        {
            LOGGER.log(Level.INFO, "{0} moved from {1} to {2}", peer, before, source);
            counters.add(TunnelCounter.ENDPOINT_MOVES, 1);
            NodeEvents.roam(peer.name(), before, source);
        }
    }

    /**
     * A peer that calls is answered from the address that it called. Towards one that this node can call itself, the
     * source is the routing table's choice, which follows when this machine changes networks.
     */
    private static Endpoint learned(final Peer peer, final Endpoint source)
    {
        return null == peer.settings().host() ? source : source.withoutSource();
    }

    /** A session is held by both ends: it takes its slot, and what waited for it may go. */
    private void onConfirmed(final Session session)
    {
        final Peer peer = session.peer();
        final boolean first = null == peer.current();
        if (departures.contains(peer))
        {
            return;
        }
        if (timers.onConfirmed(session, nowNs))
        {
            commands.command(calls, SendRing.FLUSH, peer.number());
            counters.add(TunnelCounter.SESSIONS_ESTABLISHED, 1);
            LOGGER.log(
                first ? Level.INFO : Level.DEBUG,
                "{0} {1} at {2}", first ? "session with" : "new keys with", peer, peer.endpoint());
            report.onSession(session, nowNs);
            tellRecorder(session, first);
        }
    }

    private void tellRecorder(final Session session, final boolean first)
    {
        final Peer peer = session.peer();
        final Session previous = peer.previous();
        if (first || null == previous)
        {
            NodeEvents.handshake(peer.name(), peer.endpoint(), session.isInitiator(), "established");
        }
        else
        {
            NodeEvents.rekey(peer.name(), session.isInitiator(), nowNs - previous.establishedNs(), previous.bytesSealed());
        }
    }

    private void part()
    {
        for (int i = 0; i < state.peerCount(); i++)
        {
            final Peer peer = state.peer(i);
            if (null != peer)
            {
                departures.close(peer, calls);
            }
        }
        parted.countDown();
    }

    /**
     * The handshake thread: keys have been agreed on, and the session published. A responder's packets for the peer wait
     * from now on, and not only when this agent has its turn: the peer's first frame may be quicker.
     */
    void onAgreed(final Session session)
    {
        if (session.isInitiator())
        {
            execute(() -> onConfirmed(session));
        }
        else
        {
            session.peer().answered(true);
        }
    }

    /** Any thread: nothing has come on a session that this node answered. */
    void onUnconfirmedExpired(final int localIndex)
    {
        execute(() -> expire(localIndex));
    }

    /** Any thread: the attempt of a number has ended. */
    void onAttemptEnded(final Peer peer, final int attempt, final HandshakeOutcome why)
    {
        execute(() -> endAttempt(peer, attempt, why));
    }

    /** Any thread: somebody has claimed to be a peer, which is null for one that is not allowed here, and was refused. */
    void onClaimRefused(final PeerId claimed, final Peer peer, final Endpoint source)
    {
        execute(() -> report.onClaimRefused(claimed, peer, source, nowNs));
    }

    private void expire(final int localIndex)
    {
        final Session session = state.sessions().lookup(localIndex);
        if (null != session && !session.isConfirmed())
        {
            timers.end(session);
            session.peer().answered(state.sessions().hasUnconfirmed(session.peer()));
            if (!session.peer().mayGetSession())
            {
                giveUp(session.peer());
            }
        }
    }

    /** The end of an attempt that another has followed already is no news. */
    private void endAttempt(final Peer peer, final int attempt, final HandshakeOutcome why)
    {
        if (attempt != attempts[peer.number()])
        {
            return;
        }
        attempting[peer.number()] = false;
        if (HandshakeOutcome.ESTABLISHED != why)
        {
            LOGGER.log(Level.DEBUG, "handshake with {0} at {1}: {2}", peer, peer.endpoint(), why.text());
            report.onAttemptFailed(peer, why, nowNs);
            NodeEvents.handshake(peer.name(), peer.endpoint(), true, why.text());
            timers.onAttemptEnded(peer);
        }
    }

    @Override
    public void initiate(final Peer peer)
    {
        attempting[peer.number()] = true;
        handshakes.initiate(peer, peer.endpoint(), ++attempts[peer.number()]);
    }

    @Override
    public void keepalive(final Peer peer)
    {
        final Session current = peer.current();
        if (null != current)
        {
            keepalive(current);
        }
    }

    @Override
    public void keepalive(final Session session)
    {
        commands.command(calls, SendRing.KEEPALIVE, session.localIndex());
    }

    @Override
    public void echo(final Session session)
    {
        echoes.send(session, nowNs);
    }

    /** Any thread: has an echo sent to a peer that has a session; where it has none, the answer fails. */
    void probe(final Peer peer, final CompletableFuture<EchoReply> answer)
    {
        execute(() -> echoes.probe(peer, nowNs, answer));
    }

    /** Any thread: somebody wants to reach a peer, as if there were packets for it. */
    void want(final Peer peer)
    {
        execute(() ->
        {
            peer.onWanted(nowNs);
            timers.tick(peer, nowNs);
        });
    }

    @Override
    public void retire(final Session session)
    {
        sessions.retire(session);
    }

    @Override
    public void resolve(final Peer peer)
    {
        resolver.resolve(peer, found -> execute(() -> onResolved(peer, found)));
    }

    /** A late answer does not move a peer that a session has been made with meanwhile. */
    private void onResolved(final Peer peer, final Endpoint found)
    {
        final Session current = peer.current();
        if (null == current || !current.isUsable(nowNs) || attempting[peer.number()])
        {
            peer.resolved(found);
        }
    }

    @Override
    public void cancel(final Peer peer)
    {
        handshakes.cancel(peer);
    }

    @Override
    public void giveUp(final Peer peer)
    {
        commands.command(calls, SendRing.DISCARD, peer.number());
    }
}
