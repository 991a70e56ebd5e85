package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.EchoReply;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Whose echo a reply answers. A request has no room for a number; its reply brings back when it was sealed, and it is the
 * echo that was asked for nearest to that time. So all echoes of a peer are kept in mind while somebody waits for one of
 * them, also those that the timers send.
 *
 * <p><b>Threading:</b> the control thread; the answers are cancelled by any.
 */
final class EchoProbes
{
    /** More than are under way at ten a second on any path; the oldest are forgotten. */
    private static final int MOST = 256;

    private final Map<Peer, Deque<Echo>> echoes = new HashMap<>();

    /** Somebody asks for an echo on a session. */
    void onProbe(
        final Peer peer, final int session, final long nowNs, final CompletableFuture<EchoReply> answer)
    {
        add(echoes.computeIfAbsent(peer, asked -> new ArrayDeque<>()), session, nowNs, answer);
    }

    /** The timers ask for an echo on a session. */
    void onEcho(final Peer peer, final int session, final long nowNs)
    {
        final Deque<Echo> asked = echoes.get(peer);
        if (null != asked)
        {
            add(asked, session, nowNs, null);
        }
    }

    /** A reply has come, to a request that was sealed at a time. */
    void onReply(final Peer peer, final long sealedNs, final EchoReply reply)
    {
        final Deque<Echo> asked = echoes.get(peer);
        if (null == asked)
        {
            return;
        }
        Echo nearest = null;
        boolean awaited = false;
        for (final Echo echo : asked)
        {
            awaited |= echo.isAwaited();
            if (!echo.answered && echo.session == reply.session() &&
                (null == nearest || echo.distanceNs(sealedNs) < nearest.distanceNs(sealedNs)))
            {
                nearest = echo;
            }
        }
        if (null != nearest)
        {
            nearest.answered = true;
            if (null != nearest.answer)
            {
                nearest.answer.complete(reply);
            }
        }
        if (!awaited)
        {
            echoes.remove(peer);
        }
    }

    /** A peer without sessions is leaving: whoever waits for it is told so. */
    void forget(final Peer peer)
    {
        final Deque<Echo> asked = echoes.remove(peer);
        if (null == asked)
        {
            return;
        }
        for (final Echo echo : asked)
        {
            if (echo.isAwaited())
            {
                echo.answer.completeExceptionally(new IllegalStateException(peer + " is no peer any more"));
            }
        }
    }

    /** Whether somebody waits, as far as is known: an answer that was given up is noticed at the next reply. */
    boolean isIdle()
    {
        return echoes.isEmpty();
    }

    private static void add(
        final Deque<Echo> asked, final int session, final long nowNs, final CompletableFuture<EchoReply> answer)
    {
        asked.addLast(new Echo(session, nowNs, answer));
        if (asked.size() > MOST)
        {
            asked.removeFirst();
        }
    }

    /** One request. */
    private static final class Echo
    {
        private final int session;
        private final long askedNs;
        private final CompletableFuture<EchoReply> answer;
        private boolean answered;

        Echo(final int session, final long askedNs, final CompletableFuture<EchoReply> answer)
        {
            this.session = session;
            this.askedNs = askedNs;
            this.answer = answer;
        }

        boolean isAwaited()
        {
            return null != answer && !answer.isDone();
        }

        long distanceNs(final long sealedNs)
        {
            return Math.abs(sealedNs - askedNs);
        }
    }
}
