package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.PeerId;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * This node's own attempts, at most one per peer.
 *
 * <p><b>Threading:</b> one thread.
 */
final class InitiatorSide
{
    private final LocalNode node;
    private final Map<PeerId, InitiatorHandshake> byPeer = new HashMap<>();
    private final Map<Integer, InitiatorHandshake> byIndex = new HashMap<>();
    private final Map<PeerId, Integer> nextChunk = new HashMap<>();
    private final Map<PeerId, HeldCookie> cookies = new HashMap<>();
    private long cookiesTaken;

    InitiatorSide(final LocalNode node)
    {
        this.node = node;
    }

    void initiate(final PeerId peer, final Endpoint endpoint, final Suite suite, final long nowNs)
    {
        if (!byPeer.containsKey(peer))
        {
            final int chunk = nextChunk.getOrDefault(peer, FragmentLayout.LARGE_CHUNK);
            final HeldCookie cookie = cookies.computeIfAbsent(peer, of -> new HeldCookie());
            final InitiatorHandshake attempt =
                new InitiatorHandshake(node, peer, endpoint, suite, chunk, cookie, nowNs);
            byPeer.put(peer, attempt);
            byIndex.put(attempt.localIndex(), attempt);
        }
    }

    /**
     * The attempt that runs to reach a peer, or null.
     */
    InitiatorHandshake attemptAt(final PeerId peer)
    {
        return byPeer.get(peer);
    }

    /**
     * Takes a fragment of M2 or M4 whose fields are sound.
     */
    void onAnswer(final HandshakeDatagram datagram, final Endpoint source, final long nowNs)
    {
        final InitiatorHandshake attempt = byIndex.get(datagram.receiverIndex());
        if (attempt == null)
        {
            node.listener().onDrop(DropReason.HANDSHAKE_UNKNOWN);
            return;
        }

        final DropReason reason = attempt.onDatagram(datagram, source, nowNs);
        if (reason != null)
        {
            node.listener().onDrop(reason);
        }
        else if (attempt.session() != null)
        {
            remove(attempt);
            node.listener().onSession(attempt.session());
            node.listener().onAttemptEnded(attempt.peer(), HandshakeOutcome.ESTABLISHED);
        }
    }

    /**
     * Takes a cookie reply whose fields are sound.
     */
    void onCookie(final HandshakeDatagram datagram, final long nowNs)
    {
        final InitiatorHandshake attempt = byIndex.get(datagram.receiverIndex());
        if (attempt == null || !attempt.onCookie(datagram, nowNs))
        {
            node.listener().onDrop(DropReason.COOKIE_UNEXPECTED);
            return;
        }
        cookiesTaken++;
    }

    /**
     * Cookie replies that were of use.
     */
    long cookiesTaken()
    {
        return cookiesTaken;
    }

    /**
     * Ends the attempt to reach a peer, if one runs.
     */
    void end(final PeerId peer, final HandshakeOutcome why)
    {
        final InitiatorHandshake attempt = byPeer.get(peer);
        if (attempt != null)
        {
            end(attempt, why);
        }
    }

    /**
     * Sends again what was not answered, and ends attempts whose time is over.
     */
    void poll(final long nowNs)
    {
        if (nextDeadlineNs() > nowNs)
        {
            return;
        }

        final List<InitiatorHandshake> over = new ArrayList<>();
        for (final InitiatorHandshake attempt : byPeer.values())
        {
            if (attempt.isOver(nowNs))
            {
                over.add(attempt);
            }
            else
            {
                attempt.poll(nowNs);
            }
        }
        for (final InitiatorHandshake attempt : over)
        {
            if (byPeer.get(attempt.peer()) == attempt)
            {
                nextChunk.put(attempt.peer(), FragmentLayout.otherChunk(attempt.chunk()));
                end(attempt, attempt.failure());
            }
        }
    }

    long nextDeadlineNs()
    {
        long next = Long.MAX_VALUE;
        for (final InitiatorHandshake attempt : byPeer.values())
        {
            next = Math.min(next, attempt.nextDeadlineNs());
        }
        return next;
    }

    private void end(final InitiatorHandshake attempt, final HandshakeOutcome why)
    {
        remove(attempt);
        node.indices().release(attempt.localIndex());
        node.listener().onAttemptEnded(attempt.peer(), why);
    }

    private void remove(final InitiatorHandshake attempt)
    {
        byPeer.remove(attempt.peer());
        byIndex.remove(attempt.localIndex());
        attempt.destroy();
    }
}
