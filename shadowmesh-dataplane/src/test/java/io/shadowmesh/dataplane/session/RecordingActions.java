package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.address.Endpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Notes what the timers ask for, and when. */
final class RecordingActions implements PeerActions
{
    final List<String> events = new ArrayList<>();
    final List<Long> initiatedNs = new ArrayList<>();
    final List<Long> resolvedNs = new ArrayList<>();
    final List<Long> keptAliveNs = new ArrayList<>();
    final List<Long> echoedNs = new ArrayList<>();
    long nowNs;

    /** Where the keepalives of one session go. */
    Consumer<Session> wire = ignored ->
    {
    };

    /** What resolving finds, null for nothing. */
    Endpoint found;

    @Override
    public void initiate(final Peer peer)
    {
        assertNotNull(peer.endpoint(), "no attempt without an endpoint");
        events.add("initiate");
        initiatedNs.add(nowNs);
    }

    @Override
    public void keepalive(final Peer peer)
    {
        assertTrue(peer.current().isUsable(nowNs), "no keepalive without a key");
        events.add("keepalive");
        keptAliveNs.add(nowNs);
    }

    @Override
    public void keepalive(final Session session)
    {
        events.add("keepalive " + session.localIndex());
        wire.accept(session);
    }

    @Override
    public void echo(final Session session)
    {
        assertTrue(session.isUsable(nowNs), "no echo without a key");
        assertTrue(session.isConfirmed(), "no echo that the peer cannot open");
        echoedNs.add(nowNs);
    }

    @Override
    public void retire(final Session session)
    {
        assertTrue(session.isEnded(), "nothing is sealed on a session that is to be freed");
        events.add("retire " + session.localIndex());
    }

    @Override
    public void resolve(final Peer peer)
    {
        events.add("resolve");
        resolvedNs.add(nowNs);
        if (found != null)
        {
            peer.resolved(found);
        }
    }

    @Override
    public void cancel(final Peer peer)
    {
        events.add("cancel");
    }

    @Override
    public void giveUp(final Peer peer)
    {
        events.add("give up");
    }

    /** What was asked for since the last call. */
    List<String> take()
    {
        final List<String> taken = List.copyOf(events);
        events.clear();
        return taken;
    }
}
