package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.EventFd;
import io.shadowmesh.dataplane.handshake.ReceiverIndices;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.session.SessionTable;
import io.shadowmesh.dataplane.session.StressSession;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.ffi.SystemCalls;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/**
 * A session that a hot agent finds is whole; and one that was taken out is freed only when no agent can still use it.
 */
public class PublicationStress
{
    private static final int INDEX = 7;
    private static final ThreadLocal<SystemCalls> CALLS = ThreadLocal.withInitial(() -> new SystemCalls(Arena.ofAuto()));
    private static final ReceiverIndices INDICES = new ReceiverIndices(new SplittableRandom());
    private static final Counters COUNTERS = Counters.inMemory();
    private static final Wakeup AWAKE = awake();

    private PublicationStress()
    {
    }

    private static Wakeup awake()
    {
        try
        {
            return new Wakeup(EventFd.open());
        }
        catch (final DeviceException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }

    /** The control thread adds a session while a hot agent looks for it. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "7, 1400", expect = Expect.ACCEPTABLE, desc = "there, and whole")
    @Outcome(expect = Expect.FORBIDDEN, desc = "there, and not whole")
    @State
    public static class Swap
    {
        private final ForwardingState state = new ForwardingState(new Peer[0], null, SessionTable.EMPTY);

        /** Adds. */
        @Actor
        public void control()
        {
            state.publish(state.sessions().with(StressSession.of(INDEX, null)));
        }

        /**
         * Looks.
         *
         * @param result of what it has found.
         */
        @Actor
        public void agent(final II_Result result)
        {
            final Session found = state.sessions().lookup(INDEX);
            if (found != null)
            {
                result.r1 = found.localIndex();
                result.r2 = found.innerMtu();
            }
        }
    }

    /** A node with one session, and the registry that takes it out and frees it. */
    private static final class Node
    {
        private final DutyCycle sendCycle = new DutyCycle();
        private final DutyCycle receiveCycle = new DutyCycle();
        private final Session session = StressSession.of(INDEX, null);
        private final ForwardingState state =
            new ForwardingState(new Peer[0], null, SessionTable.EMPTY.with(session));
        private final SessionRegistry registry = new SessionRegistry(
            state, StressSession.NO_AEAD, INDICES, sendCycle, receiveCycle, AWAKE, AWAKE, COUNTERS);

        /** Retires, has the agent that holds nothing go on, and frees if the other has too. */
        private void retireAndFree(final DutyCycle other)
        {
            registry.retire(session);
            other.begin();
            registry.freeRetired(CALLS.get());
        }

        /** Two duty cycles, the first of which uses what it finds. */
        private int use(final DutyCycle cycle)
        {
            cycle.begin();
            final Session found = state.sessions().lookup(INDEX);
            final int seen = null == found ? 0 : found.isEnded() ? 2 : 1;
            cycle.begin();
            return seen;
        }
    }

    /** The control thread takes a session out and frees it while the send agent uses it. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "the agent did not find it any more")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the agent used it, and it was not freed")
    @Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "freed under the agent's hands")
    @State
    public static class SendRetirement
    {
        private final Node node = new Node();

        /** Retires and frees. */
        @Actor
        public void control()
        {
            node.retireAndFree(node.receiveCycle);
        }

        /**
         * Uses it.
         *
         * @param result of the use.
         */
        @Actor
        public void agent(final I_Result result)
        {
            result.r1 = node.use(node.sendCycle);
        }
    }

    /** The control thread takes a session out and frees it while the receive agent uses it. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "the agent did not find it any more")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the agent used it, and it was not freed")
    @Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "freed under the agent's hands")
    @State
    public static class ReceiveRetirement
    {
        private final Node node = new Node();

        /** Retires and frees. */
        @Actor
        public void control()
        {
            node.retireAndFree(node.sendCycle);
        }

        /**
         * Uses it.
         *
         * @param result of the use.
         */
        @Actor
        public void agent(final I_Result result)
        {
            result.r1 = node.use(node.receiveCycle);
        }
    }
}
