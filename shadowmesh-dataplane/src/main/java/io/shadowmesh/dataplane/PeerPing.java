package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.status.EchoReply;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Echoes to one peer, one after the other, as ping(8) sends them: each at its time, whether or not the one before has
 * been answered. An echo renews no key: where the session has ended, or its key is past its time, another is asked for,
 * and the last echo goes as soon as there is one.
 *
 * <p><b>Threading:</b> one thread, that of {@link #run}.
 */
final class PeerPing
{
    /** What may be asked for; less would be more than a peer answers. */
    static final long SHORTEST_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Ten within a second, and no more, also when a thread is late with one of them. */
    private static final long SPACING_NS = TimeUnit.MILLISECONDS.toNanos(105);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long SHORT_LOOK_NS = LOOK_NS / 10;
    private static final long WAKE_NS = TimeUnit.SECONDS.toNanos(1);

    /** Who hears of it. */
    interface Listener
    {
        /** An echo has been answered. */
        void onReply(long sequence, EchoReply reply) throws IOException;

        /** An echo has not been answered in time. */
        void onLost(long sequence) throws IOException;
    }

    private final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
    private final Map<Long, Long> deadlines = new LinkedHashMap<>();
    private final Tunnel tunnel;
    private Peer peer;
    private long wokenNs = System.nanoTime() - WAKE_NS;
    private long retriedNs;
    private long unsent;

    PeerPing(final Tunnel tunnel, final Peer peer)
    {
        this.tunnel = tunnel;
        this.peer = peer;
    }

    boolean hasSession()
    {
        final Session current = peer.current();
        return null != current && !current.isEnded() && null != peer.endpoint();
    }

    /** Has a session made. Returns false when there is none after the time. */
    boolean awaitSession(final long patienceNs, final BooleanSupplier enough) throws InterruptedException
    {
        final long startNs = System.nanoTime();
        while (!hasSession())
        {
            final long nowNs = System.nanoTime();
            if (nowNs - startNs >= patienceNs || enough.getAsBoolean())
            {
                return false;
            }
            wakeIfDue(nowNs);
            TimeUnit.NANOSECONDS.sleep(SHORT_LOOK_NS);
        }
        return true;
    }

    /** Sends a number of echoes, 0 for any, and waits for the last answers. */
    void run(
        final long count,
        final long intervalNs,
        final long timeoutNs,
        final BooleanSupplier enough,
        final Listener listener) throws IOException, InterruptedException
    {
        long nextNs = System.nanoTime();
        long sent = 0;
        while (!enough.getAsBoolean() && (0 == count || sent < count || !deadlines.isEmpty()))
        {
            final long nowNs = System.nanoTime();
            final boolean sends = 0 == count || sent < count;
            if (sends && nowNs - nextNs >= 0)
            {
                send(++sent, nowNs + timeoutNs);
                // After a pause of this thread it does not catch up: the peer would not answer so many.
                nextNs = Math.max(nextNs + intervalNs, nowNs + SPACING_NS);
            }
            expire(nowNs, listener);
            retryIfDue(nowNs);
            final long lookNs = sends && 0 == unsent ? LOOK_NS : SHORT_LOOK_NS;
            final long waitNs = sends ? Math.min(lookNs, nextNs - System.nanoTime()) : lookNs;
            final Answer answer = answers.poll(Math.max(0, waitNs), TimeUnit.NANOSECONDS);
            if (null != answer)
            {
                take(answer, listener);
            }
        }
    }

    private void take(final Answer answer, final Listener listener) throws IOException
    {
        if (null == answer.reply)
        {
            unsent = Math.max(unsent, answer.sequence);
        }
        else if (null != deadlines.remove(answer.sequence))
        {
            listener.onReply(answer.sequence, answer.reply);
        }
    }

    private void send(final long sequence, final long deadlineNs)
    {
        unsent = 0;
        deadlines.put(sequence, deadlineNs);
        probe(sequence);
    }

    private void probe(final long sequence)
    {
        final CompletableFuture<EchoReply> future = new CompletableFuture<>();
        future.whenComplete((reply, failure) -> answers.add(new Answer(sequence, reply)));
        tunnel.probe(peer, future);
    }

    /** There was no session to send the last echo on: asks for one, and tries again. Those before it are lost. */
    private void retryIfDue(final long nowNs)
    {
        if (deadlines.containsKey(unsent) && nowNs - retriedNs >= SHORT_LOOK_NS)
        {
            retriedNs = nowNs;
            wakeIfDue(nowNs);
            final long sequence = unsent;
            unsent = 0;
            probe(sequence);
        }
    }

    private void wakeIfDue(final long nowNs)
    {
        if (nowNs - wokenNs >= WAKE_NS)
        {
            wokenNs = nowNs;
            // It may have been replaced since, by itself with another preshared key; or be gone, and then nobody answers.
            final Peer now = tunnel.peerOrNull(peer.id());
            if (null != now)
            {
                peer = now;
                tunnel.want(now);
            }
        }
    }

    private void expire(final long nowNs, final Listener listener) throws IOException
    {
        while (!deadlines.isEmpty())
        {
            final Map.Entry<Long, Long> oldest = deadlines.entrySet().iterator().next();
            if (nowNs - oldest.getValue() < 0)
            {
                return;
            }
            deadlines.remove(oldest.getKey());
            listener.onLost(oldest.getKey());
        }
    }

    /** One answered echo; the reply is null where it could not be sent. */
    private record Answer(long sequence, EchoReply reply)
    {
    }
}
