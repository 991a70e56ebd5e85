package io.shadowmesh.dataplane.session;

/**
 * The receive reports of a peer for as long as a window goes back, of one session: what came and what did not between
 * two of them.
 *
 * <p>A session that follows another begins at nothing. A report that contradicts an earlier one is passed over.
 *
 * <p><b>Threading:</b> one thread.
 */
final class ReportWindow
{
    /** The most reports that a window holds: more than ten a second for ten seconds are not asked for. */
    private static final int CAPACITY = 128;

    private final long lengthNs;
    private final long[] times = new long[CAPACITY];
    private final long[] packets = new long[CAPACITY];
    private final long[] lost = new long[CAPACITY];

    private int session;
    private int oldest;
    private int size;
    private long reportedNs;
    private long reportedBytes;
    private long lastNs;
    private long lastBytes;
    private long lastPackets;
    private int lossPpm;
    private int lastLossPpm;

    ReportWindow(final long lengthNs)
    {
        this.lengthNs = lengthNs;
    }

    /** Takes a report in. Returns false when there is nothing to compare it with, or it is not sound. */
    boolean add(
        final int ofSession,
        final long nowNs,
        final long sentNs,
        final long packetsReceived,
        final long bytesReceived,
        final long packetsLost)
    {
        if (0 == size || session != ofSession)
        {
            session = ofSession;
            size = 0;
            oldest = 0;
            keep(nowNs, packetsReceived, packetsLost);
            reportedNs = sentNs;
            reportedBytes = bytesReceived;
            return false;
        }
        final int newest = (oldest + size - 1) % CAPACITY;
        if (sentNs <= reportedNs || bytesReceived < reportedBytes || packetsReceived < packets[newest] || packetsLost < 0)
        {
            return false;
        }

        lastNs = sentNs - reportedNs;
        lastBytes = bytesReceived - reportedBytes;
        lastPackets = packetsReceived - packets[newest];
        reportedNs = sentNs;
        reportedBytes = bytesReceived;
        while (size > 1 && nowNs - times[oldest] > lengthNs)
        {
            forget();
        }
        final long came = packetsReceived - packets[oldest];
        final long missing = Math.max(0, packetsLost - lost[oldest]);
        lossPpm = LinkMeter.ppm(missing, came + missing);
        final long lastMissing = Math.max(0, packetsLost - lost[newest]);
        lastLossPpm = LinkMeter.ppm(lastMissing, lastPackets + lastMissing);
        keep(nowNs, packetsReceived, packetsLost);
        return true;
    }

    private void keep(final long nowNs, final long packetsReceived, final long packetsLost)
    {
        if (size == CAPACITY)
        {
            forget();
        }
        final int slot = (oldest + size) % CAPACITY;
        times[slot] = nowNs;
        packets[slot] = packetsReceived;
        lost[slot] = packetsLost;
        size++;
    }

    private void forget()
    {
        oldest = (oldest + 1) % CAPACITY;
        size--;
    }

    /** Time between the last two reports, by the peer's clock. */
    long lastNs()
    {
        return lastNs;
    }

    /** Bytes that came between them. */
    long lastBytes()
    {
        return lastBytes;
    }

    /** Frames that came between them. */
    long lastPackets()
    {
        return lastPackets;
    }

    /** What did not come between the last two, in parts per million. */
    int lastLossPpm()
    {
        return lastLossPpm;
    }

    /** What did not come in the window, in parts per million. */
    int lossPpm()
    {
        return lossPpm;
    }
}
