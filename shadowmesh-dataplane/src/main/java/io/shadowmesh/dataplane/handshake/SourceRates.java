package io.shadowmesh.dataplane.handshake;

import java.util.LinkedHashMap;
import java.util.concurrent.TimeUnit;

/**
 * How many M1s each source may send: 20 a second, 5 of them at once. Of sources, the 4096 seen last are remembered; one
 * that was forgotten begins anew.
 *
 * <p>For each source one time is kept, the one at which all that it has sent would have been sent evenly ("generic cell
 * rate algorithm", ITU-T I.371). A fragment counts as its share of a message.
 *
 * <p><b>Units:</b> ns. <b>Threading:</b> one thread. Source: wire protocol ShadowMesh/1, section 5.
 */
final class SourceRates
{
    /** Sources that are remembered. */
    static final int CAPACITY = 4096;

    /** Time that pays for one message: 20 a second. */
    static final long MESSAGE_NS = TimeUnit.MILLISECONDS.toNanos(50);

    /** Messages at once. */
    static final int BURST = 5;

    private final LinkedHashMap<SourcePrefix, Source> sources = new LinkedHashMap<>(CAPACITY * 2, 0.75f, true);

    /**
     * Tells whether a source may send one more fragment now, and counts it if so.
     *
     * @param count of the fragments of its message.
     */
    boolean pass(final SourcePrefix prefix, final int count, final long nowNs)
    {
        final Source source = remember(prefix, nowNs);
        final long paidNs = Math.max(source.paidNs, nowNs) + MESSAGE_NS / count;
        if (paidNs - nowNs > BURST * MESSAGE_NS)
        {
            return false;
        }
        source.paidNs = paidNs;
        return true;
    }

    private Source remember(final SourcePrefix prefix, final long nowNs)
    {
        final Source known = sources.get(prefix);
        if (known != null)
        {
            return known;
        }
        if (sources.size() == CAPACITY)
        {
            sources.pollFirstEntry();
        }
        final Source source = new Source(nowNs);
        sources.put(prefix, source);
        return source;
    }

    int size()
    {
        return sources.size();
    }

    private static final class Source
    {
        private long paidNs;

        Source(final long nowNs)
        {
            paidNs = nowNs;
        }
    }
}
