package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerTimers;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.ffi.SystemCalls;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Peers that are being removed, step by step:
 * <ol>
 * <li>CLOSE is commanded on their sessions, and the handshake thread forgets them;</li>
 * <li>when both are done their sessions are ended, and packets that wait for them are dropped;</li>
 * <li>when no hot agent can hold the peer any more its place is free.</li>
 * </ol>
 *
 * <p>By then {@link ForwardingState#allowedIps} has long been without them.
 *
 * <p><b>Threading:</b> the control thread; {@link #peers} is for any.
 */
final class PeerDepartures
{
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(1);

    /** How far one has come. The handshake thread sets {@code forgotten}. */
    private static final class Departure
    {
        private final long beganNs;
        private volatile boolean forgotten;
        private boolean ended;
        private SessionRegistry.Grace grace;

        Departure(final long beganNs, final SessionRegistry.Grace grace)
        {
            this.beganNs = beganNs;
            this.grace = grace;
        }
    }

    private final Map<Peer, Departure> departures = new LinkedHashMap<>();
    private final Set<Peer> peers = ConcurrentHashMap.newKeySet();
    private final ForwardingState state;
    private final SendRing commands;
    private final SessionRegistry sessions;
    private final EchoControl echoes;

    PeerDepartures(
        final ForwardingState state, final SendRing commands, final SessionRegistry sessions, final EchoControl echoes)
    {
        this.state = state;
        this.commands = commands;
        this.sessions = sessions;
        this.echoes = echoes;
    }

    /** Any thread: those that have a place still. */
    Set<Peer> peers()
    {
        return Set.copyOf(peers);
    }

    boolean contains(final Peer peer)
    {
        return !peers.isEmpty() && peers.contains(peer);
    }

    void begin(final Peer peer, final HandshakeAgent handshakes, final SystemCalls calls, final long nowNs)
    {
        close(peer, calls);
        final Departure departure = new Departure(nowNs, sessions.grace());
        peers.add(peer);
        departures.put(peer, departure);
        handshakes.remove(peer, () -> departure.forgotten = true);
    }

    /** Commands CLOSE on the sessions of a peer, which may stay. */
    void close(final Peer peer, final SystemCalls calls)
    {
        close(peer.previous(), calls);
        close(peer.current(), calls);
    }

    /** Takes the steps that are due. */
    void poll(final PeerTimers timers, final SystemCalls calls, final long nowNs)
    {
        if (departures.isEmpty())
        {
            return;
        }
        for (final Iterator<Map.Entry<Peer, Departure>> all = departures.entrySet().iterator(); all.hasNext();)
        {
            final Map.Entry<Peer, Departure> entry = all.next();
            final Peer peer = entry.getKey();
            final Departure departure = entry.getValue();
            final boolean heard = departure.grace.isOver(calls) && commands.isEmpty();
            if (!departure.ended && departure.forgotten && (heard || nowNs - departure.beganNs >= PATIENCE_NS))
            {
                end(peer, timers);
                commands.command(calls, SendRing.DISCARD, peer.number());
                departure.ended = true;
                departure.grace = sessions.grace();
            }
            else if (departure.ended && heard)
            {
                state.place(peer.number(), null);
                peers.remove(peer);
                all.remove();
            }
        }
    }

    /** Ends its sessions, also those that are not confirmed. */
    private void end(final Peer peer, final PeerTimers timers)
    {
        timers.endAll(peer);
        final List<Session> left = new ArrayList<>();
        state.sessions().forEach(session ->
        {
            if (session.peer() == peer)
            {
                left.add(session);
            }
        });
        left.forEach(timers::end);
        echoes.forget(peer);
    }

    private void close(final Session session, final SystemCalls calls)
    {
        if (null != session)
        {
            commands.command(calls, SendRing.CLOSE, session.localIndex());
        }
    }
}
