package io.shadowmesh.dataplane.status;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Whoever reads counters while they are written sees whole values, in the order of their writing, and none is lost. */
public class CountersStress
{
    private static final long LOW = 0xFFFF_FFFFL;
    private static final long CARRIED = LOW + 1;

    private CountersStress()
    {
    }

    /** One thread counts, past 32 bits and in two counters; another reads, as a status does. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "before")
    @Outcome(id = "0, " + LOW, expect = Expect.ACCEPTABLE, desc = "between")
    @Outcome(id = "0, " + CARRIED, expect = Expect.ACCEPTABLE, desc = "between")
    @Outcome(id = "1, " + CARRIED, expect = Expect.ACCEPTABLE, desc = "after")
    @Outcome(expect = Expect.FORBIDDEN, desc = "half a value, or the later count without the earlier")
    @State
    public static class Reading
    {
        private final Counters counters = Counters.inMemory();

        /** Bytes first, then the call that brought them. */
        @Actor
        public void writer()
        {
            counters.add(TunnelCounter.UDP_BYTES_RECEIVED, LOW);
            counters.add(TunnelCounter.UDP_BYTES_RECEIVED, 1);
            counters.add(TunnelCounter.UDP_RECEIVE_CALLS, 1);
        }

        /**
         * Reads them the other way round.
         *
         * @param result the calls, and then the bytes.
         */
        @Actor
        public void reader(final JJ_Result result)
        {
            result.r1 = counters.get(TunnelCounter.UDP_RECEIVE_CALLS);
            result.r2 = counters.get(TunnelCounter.UDP_BYTES_RECEIVED);
        }
    }

    /** Two threads count in one counter. */
    @JCStressTest
    @Outcome(id = "0, " + (2 * LOW), expect = Expect.ACCEPTABLE, desc = "both counted")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a count is lost")
    @State
    public static class Shared
    {
        private final Counters counters = Counters.inMemory();

        /** Counts. */
        @Actor
        public void one()
        {
            counters.addShared(TunnelCounter.AGENT_WAITS, LOW);
        }

        /** Counts. */
        @Actor
        public void other()
        {
            counters.addShared(TunnelCounter.AGENT_WAITS, LOW);
        }

        /**
         * Reads.
         *
         * @param result the sum.
         */
        @Arbiter
        public void sum(final JJ_Result result)
        {
            result.r2 = counters.get(TunnelCounter.AGENT_WAITS);
        }
    }
}
