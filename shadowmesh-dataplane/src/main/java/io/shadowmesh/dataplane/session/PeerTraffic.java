package io.shadowmesh.dataplane.session;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What went to a peer and came from it, and when: stamps and counts with one writer each. The timers poll them; so
 * nothing is scheduled or cancelled per packet.
 *
 * <p>Two stamps open an obligation and are written only when it is not open already: the first data sent since anything
 * was received, and the first data received since anything was sent.
 *
 * <p><b>Threading:</b> the send agent writes its half, the receive agent the other; any thread reads.
 */
final class PeerTraffic
{
    static final long NEVER = Long.MIN_VALUE;

    private static final VarHandle SENT_NS;
    private static final VarHandle DATA_SENT_NS;
    private static final VarHandle UNANSWERED_NS;
    private static final VarHandle WANTED_NS;
    private static final VarHandle PACKETS_SENT;
    private static final VarHandle BYTES_SENT;
    private static final VarHandle RECEIVED_NS;
    private static final VarHandle UNACKNOWLEDGED_NS;
    private static final VarHandle PACKETS_RECEIVED;
    private static final VarHandle BYTES_RECEIVED;
    private static final VarHandle HANDSHAKE_NS;

    static
    {
        try
        {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            SENT_NS = lookup.findVarHandle(PeerTraffic.class, "sentNs", long.class);
            DATA_SENT_NS = lookup.findVarHandle(PeerTraffic.class, "dataSentNs", long.class);
            UNANSWERED_NS = lookup.findVarHandle(PeerTraffic.class, "unansweredNs", long.class);
            WANTED_NS = lookup.findVarHandle(PeerTraffic.class, "wantedNs", long.class);
            PACKETS_SENT = lookup.findVarHandle(PeerTraffic.class, "packetsSent", long.class);
            BYTES_SENT = lookup.findVarHandle(PeerTraffic.class, "bytesSent", long.class);
            RECEIVED_NS = lookup.findVarHandle(PeerTraffic.class, "receivedNs", long.class);
            UNACKNOWLEDGED_NS = lookup.findVarHandle(PeerTraffic.class, "unacknowledgedNs", long.class);
            PACKETS_RECEIVED = lookup.findVarHandle(PeerTraffic.class, "packetsReceived", long.class);
            BYTES_RECEIVED = lookup.findVarHandle(PeerTraffic.class, "bytesReceived", long.class);
            HANDSHAKE_NS = lookup.findVarHandle(PeerTraffic.class, "handshakeNs", long.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    // The send agent's.
    private long sentNs = NEVER;
    private long dataSentNs = NEVER;
    private long unansweredNs = NEVER;
    private long wantedNs = NEVER;
    private long packetsSent;
    private long bytesSent;

    // The receive agent's.
    private long receivedNs = NEVER;
    private long unacknowledgedNs = NEVER;
    private long packetsReceived;
    private long bytesReceived;

    // The control thread's.
    private long handshakeNs = NEVER;

    void sent(final long nowNs)
    {
        SENT_NS.setOpaque(this, nowNs);
    }

    void dataSent(final long nowNs)
    {
        if (unansweredNs <= heardNs())
        {
            UNANSWERED_NS.setOpaque(this, nowNs);
        }
        DATA_SENT_NS.setOpaque(this, nowNs);
        SENT_NS.setOpaque(this, nowNs);
    }

    void wanted(final long nowNs)
    {
        WANTED_NS.setOpaque(this, nowNs);
    }

    void countSent(final int packets, final long bytes)
    {
        PACKETS_SENT.setOpaque(this, packetsSent + packets);
        BYTES_SENT.setOpaque(this, bytesSent + bytes);
    }

    void received(final long nowNs)
    {
        RECEIVED_NS.setOpaque(this, nowNs);
    }

    void dataReceived(final long nowNs)
    {
        if (unacknowledgedNs == NEVER || unacknowledgedNs < sentNs())
        {
            UNACKNOWLEDGED_NS.setOpaque(this, nowNs);
        }
        RECEIVED_NS.setOpaque(this, nowNs);
    }

    void countReceived(final int packets, final long bytes)
    {
        PACKETS_RECEIVED.setOpaque(this, packetsReceived + packets);
        BYTES_RECEIVED.setOpaque(this, bytesReceived + bytes);
    }

    /** A completed handshake is a sign of life as good as a frame. */
    void handshake(final long nowNs)
    {
        HANDSHAKE_NS.setOpaque(this, nowNs);
    }

    /** When the first data was sent that nothing has come after, or {@link #NEVER}. */
    long unansweredSinceNs()
    {
        final long since = (long)UNANSWERED_NS.getOpaque(this);
        return since > heardNs() ? since : NEVER;
    }

    /**
     * When the first data came that nothing has been sent after, or {@link #NEVER}. Of data received and a frame sent
     * in the same duty cycle the order is unknown: the data counts as unacknowledged, which costs a keepalive at most.
     */
    long unacknowledgedSinceNs()
    {
        final long since = (long)UNACKNOWLEDGED_NS.getOpaque(this);
        return since >= sentNs() ? since : NEVER;
    }

    long sentNs()
    {
        return (long)SENT_NS.getOpaque(this);
    }

    long dataSentNs()
    {
        return (long)DATA_SENT_NS.getOpaque(this);
    }

    long wantedNs()
    {
        return (long)WANTED_NS.getOpaque(this);
    }

    long receivedNs()
    {
        return (long)RECEIVED_NS.getOpaque(this);
    }

    long handshakeNs()
    {
        return (long)HANDSHAKE_NS.getOpaque(this);
    }

    long packetsSent()
    {
        return (long)PACKETS_SENT.getOpaque(this);
    }

    long bytesSent()
    {
        return (long)BYTES_SENT.getOpaque(this);
    }

    long packetsReceived()
    {
        return (long)PACKETS_RECEIVED.getOpaque(this);
    }

    long bytesReceived()
    {
        return (long)BYTES_RECEIVED.getOpaque(this);
    }

    private long heardNs()
    {
        return Math.max((long)RECEIVED_NS.getOpaque(this), (long)HANDSHAKE_NS.getOpaque(this));
    }
}
