package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.handshake.ReceiverIndices;
import io.shadowmesh.dataplane.handshake.SessionKeys;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.session.SessionTerms;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.ffi.SystemCalls;

import java.util.ArrayDeque;

/**
 * The coming and going of sessions: makes one of agreed keys and publishes it, takes it back, and frees its keys when
 * both hot agents have begun a later duty cycle and so hold it no more.
 *
 * <p><b>Threading:</b> the handshake thread adds, the control thread retires; both are cold, and so may wait for each
 * other.
 */
final class SessionRegistry
{
    private record Retired(Session session, long sendCycle, long receiveCycle)
    {
    }

    /** The time in which a hot agent may hold what has been taken back before it began. */
    final class Grace
    {
        private final long sendCount = sendCycle.count();
        private final long receiveCount = receiveCycle.count();

        /** Wakes those that sleep in the cycle that might. */
        boolean isOver(final SystemCalls calls)
        {
            if (sendCycle.count() > sendCount && receiveCycle.count() > receiveCount)
            {
                return true;
            }
            sender.signal(calls);
            receiver.signal(calls);
            return false;
        }

        /** The same for threads without system calls of their own. */
        boolean isOver()
        {
            if (sendCycle.count() > sendCount && receiveCycle.count() > receiveCount)
            {
                return true;
            }
            sender.signal();
            receiver.signal();
            return false;
        }
    }

    private final ArrayDeque<Retired> retired = new ArrayDeque<>();
    private final ForwardingState state;
    private final Aead aead;
    private final ReceiverIndices indices;
    private final DutyCycle sendCycle;
    private final DutyCycle receiveCycle;
    private final Wakeup sender;
    private final Wakeup receiver;
    private final Counters counters;

    SessionRegistry(
        final ForwardingState state,
        final Aead aead,
        final ReceiverIndices indices,
        final DutyCycle sendCycle,
        final DutyCycle receiveCycle,
        final Wakeup sender,
        final Wakeup receiver,
        final Counters counters)
    {
        this.state = state;
        this.aead = aead;
        this.indices = indices;
        this.sendCycle = sendCycle;
        this.receiveCycle = receiveCycle;
        this.sender = sender;
        this.receiver = receiver;
        this.counters = counters;
    }

    /** Makes a session and publishes it; an initiator's is confirmed already. The keys are zeroed. */
    synchronized Session add(final SessionKeys keys, final Peer peer)
    {
        final SessionTerms terms = new SessionTerms(
            keys.localIndex(),
            keys.remoteIndex(),
            keys.initiator(),
            keys.suite(),
            keys.sendKey(),
            keys.sendIv(),
            keys.receiveKey(),
            keys.receiveIv(),
            keys.capabilities(),
            keys.innerMtu(),
            keys.establishedNs());
        final Session session = new Session(terms, aead, peer, keys.initiator());
        keys.destroy();
        state.publish(state.sessions().with(session));
        counters.set(TunnelCounter.SESSIONS_LIVE, state.sessions().size());
        return session;
    }

    /** Takes a session out of the table, to be freed later. */
    synchronized void retire(final Session session)
    {
        state.publish(state.sessions().without(session));
        counters.set(TunnelCounter.SESSIONS_LIVE, state.sessions().size());
        retired.add(new Retired(session, sendCycle.count(), receiveCycle.count()));
    }

    /** The time that begins now. */
    Grace grace()
    {
        return new Grace();
    }

    /** Frees what no hot agent can hold any more; wakes those that sleep in the cycle that might. */
    synchronized void freeRetired(final SystemCalls calls)
    {
        while (!retired.isEmpty())
        {
            final Retired first = retired.peek();
            final boolean sendDone = sendCycle.count() > first.sendCycle();
            final boolean receiveDone = receiveCycle.count() > first.receiveCycle();
            if (!sendDone || !receiveDone)
            {
                sender.signal(calls);
                receiver.signal(calls);
                return;
            }

            retired.remove();
            free(first.session());
        }
    }

    /** Frees everything. When both hot agents have ended. */
    synchronized void freeAll()
    {
        retired.forEach(entry -> free(entry.session()));
        retired.clear();
        state.sessions().forEach(this::free);
    }

    private void free(final Session session)
    {
        session.destroy();
        indices.release(session.localIndex());
    }
}
