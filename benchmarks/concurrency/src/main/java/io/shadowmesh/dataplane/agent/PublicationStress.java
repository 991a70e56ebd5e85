package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.AeadOpener;
import io.shadowmesh.dataplane.crypto.AeadSealer;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.session.SessionTable;
import io.shadowmesh.dataplane.session.SessionTerms;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * A session that a hot agent finds is whole; and one that was taken out is freed only when no agent can still use it.
 */
public class PublicationStress
{
    private static final int INDEX = 7;
    private static final int MTU = 1400;

    private PublicationStress()
    {
    }

    /** Ciphers that do nothing. */
    private static final class NoAead implements Aead, AeadSealer, AeadOpener
    {
        @Override
        public String name()
        {
            return "none";
        }

        @Override
        public String description()
        {
            return "none";
        }

        @Override
        public AeadSealer sealer(final Suite suite, final byte[] key32, final byte[] iv12)
        {
            return this;
        }

        @Override
        public AeadOpener opener(final Suite suite, final byte[] key32, final byte[] iv12)
        {
            return this;
        }

        @Override
        public void seal(
            final long sequence, final long aad, final int aadLength, final long text, final int length, final long out)
        {
            // Nothing to do.
        }

        @Override
        public int open(
            final long sequence, final long aad, final int aadLength, final long sealed, final int length, final long out)
        {
            return 0;
        }

        @Override
        public void close()
        {
            // Nothing to do.
        }
    }

    private static Session session()
    {
        final byte[] key = new byte[32];
        final byte[] iv = new byte[12];
        return new Session(
            new SessionTerms(INDEX, 8, true, Suite.AES_256_GCM, key, iv, key, iv, 1, MTU, 1), new NoAead(), null, true);
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
            state.publish(state.sessions().with(session()));
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

    /** The control thread takes a session out and frees it, as {@link SessionRegistry} does, while an agent uses it. */
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "the agent did not find it any more")
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "the agent used it, and it was not freed")
    @Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "freed under the agent's hands")
    @State
    public static class Retirement
    {
        private final Session session = session();
        private final ForwardingState state =
            new ForwardingState(new Peer[0], null, SessionTable.EMPTY.with(session));
        private final DutyCycle cycle = new DutyCycle();

        /** Retires, and frees if the agent has begun a later cycle. */
        @Actor
        public void control()
        {
            state.publish(state.sessions().without(session));
            final long retired = cycle.count();
            if (cycle.count() > retired)
            {
                session.destroy();
            }
        }

        /**
         * Two duty cycles, the first of which uses what it finds.
         *
         * @param result of the use.
         */
        @Actor
        public void agent(final I_Result result)
        {
            cycle.begin();
            final Session found = state.sessions().lookup(INDEX);
            if (found != null)
            {
                result.r1 = found.isEnded() ? 2 : 1;
            }
            cycle.begin();
        }
    }
}
