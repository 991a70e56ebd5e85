package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.identity.PeerId;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

import java.util.List;

/**
 * What a hot agent finds in a peer's two slots while the control thread confirms a session: always a current one that is
 * whole and has not ended, and never the new one before the old one has the other slot.
 */
public class PeerSlotsStress
{
    private static final PeerId SELF = PeerId.ofHash(new byte[PeerId.LENGTH]);
    private static final PeerSettings SETTINGS = new PeerSettings(
        PeerId.of(new byte[0]), "peer", null, 0, List.of(), false, 0, null);
    private static final long NOW_NS = Lifetimes.REKEY_INITIATOR_NS;
    private static final int NOT_WHOLE = 1000;

    private PeerSlotsStress()
    {
    }

    /** A peer with one session after the other, the last of which is current. */
    private static Peer peer(final int... indices)
    {
        final Peer peer = new Peer(SETTINGS, SELF, 0);
        for (final int index : indices)
        {
            confirm(peer, index);
        }
        return peer;
    }

    private static void confirm(final Peer peer, final int index)
    {
        peer.sessions().confirm(StressSession.of(index, peer), NOW_NS * index, NoActions.INSTANCE);
    }

    /** The index, 0 where there is none; less than that if it has ended. */
    private static int seen(final Session session)
    {
        if (null == session)
        {
            return 0;
        }
        if (session.innerMtu() != StressSession.MTU)
        {
            return NOT_WHOLE;
        }
        return session.isEnded() ? -session.localIndex() : session.localIndex();
    }

    /** Leaves what is asked of it undone. */
    private static final class NoActions implements PeerActions
    {
        private static final NoActions INSTANCE = new NoActions();

        @Override
        public void initiate(final Peer peer)
        {
            // Nothing to do.
        }

        @Override
        public void keepalive(final Peer peer)
        {
            // Nothing to do.
        }

        @Override
        public void retire(final Session session)
        {
            // Nothing to do.
        }

        @Override
        public void resolve(final Peer peer)
        {
            // Nothing to do.
        }
    }

    /** A second session comes. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "before")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "between")
    @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "after")
    @Outcome(expect = Expect.FORBIDDEN, desc = "no session, one that is not whole, or the old one nowhere")
    @State
    public static class Second
    {
        private final Peer peer = peer(1);

        /** Confirms it. */
        @Actor
        public void control()
        {
            confirm(peer, 2);
        }

        /**
         * Looks at the slots.
         *
         * @param result current and previous session.
         */
        @Actor
        public void agent(final II_Result result)
        {
            result.r1 = seen(peer.current());
            result.r2 = seen(peer.previous());
        }
    }

    /** A third session comes, and the first ends. */
    @JCStressTest
    @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "before")
    @Outcome(id = "2, -1", expect = Expect.ACCEPTABLE, desc = "the oldest was found just before it ended")
    @Outcome(id = "2, 2", expect = Expect.ACCEPTABLE, desc = "between")
    @Outcome(id = "3, 2", expect = Expect.ACCEPTABLE, desc = "after")
    @Outcome(expect = Expect.FORBIDDEN, desc = "no session, one that is not whole, an ended one, or the old one nowhere")
    @State
    public static class Third
    {
        private final Peer peer = peer(1, 2);

        /** Confirms it. */
        @Actor
        public void control()
        {
            confirm(peer, 3);
        }

        /**
         * Looks at the slots.
         *
         * @param result current and previous session.
         */
        @Actor
        public void agent(final II_Result result)
        {
            result.r1 = seen(peer.current());
            result.r2 = seen(peer.previous());
        }
    }
}
