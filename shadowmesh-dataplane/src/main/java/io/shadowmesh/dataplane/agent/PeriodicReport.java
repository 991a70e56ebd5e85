package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.dataplane.handshake.HandshakeOutcome;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.status.AllocationMeter;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.DropBursts;
import io.shadowmesh.dataplane.status.NodeEvents;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.ffi.Errno;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What the control agent says of itself from time to time: measured counters, and warnings, each kind at most once a
 * minute and peer.
 *
 * <p><b>Threading:</b> the control thread, but {@link #watch}, which comes before.
 */
final class PeriodicReport
{
    private static final Logger LOGGER = System.getLogger(PeriodicReport.class.getName());
    private static final long SAMPLE_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long WARNING_INTERVAL_NS = TimeUnit.MINUTES.toNanos(1);

    private final Map<Peer, Long> attemptWarnings = new HashMap<>();
    private final Map<Peer, Long> claimWarnings = new HashMap<>();
    private final Counters counters;
    private final OversizeNotice oversizeNotice;
    private final RoutingLoop routingLoop;
    private final OffloadStates offloads;
    private final int innerMtu;
    private final DropBursts dropBursts;
    private volatile AllocationMeter meter;
    private long nextSampleNs = Long.MIN_VALUE;
    private long nextOversizeWarningNs = Long.MIN_VALUE;
    private long nextLoopWarningNs = Long.MIN_VALUE;
    private long nextStrangerWarningNs = Long.MIN_VALUE;
    private boolean segmentationNoted;
    private boolean joiningNoted;

    PeriodicReport(
        final Counters counters,
        final OversizeNotice oversizeNotice,
        final RoutingLoop routingLoop,
        final OffloadStates offloads,
        final int innerMtu)
    {
        this.counters = counters;
        this.oversizeNotice = oversizeNotice;
        this.routingLoop = routingLoop;
        this.offloads = offloads;
        this.innerMtu = innerMtu;
        this.dropBursts = new DropBursts(counters);
    }

    /** Starts to measure what the threads of the data path allocate. */
    void watch(final long... threadIds)
    {
        meter = new AllocationMeter(threadIds);
    }

    void onTick(final long nowNs)
    {
        if (nowNs >= nextSampleNs)
        {
            nextSampleNs = nowNs + SAMPLE_INTERVAL_NS;
            sample();
            noteRefusals();
            dropBursts.look(nowNs);
        }

        noteLoop(nowNs);
        if (nowNs >= nextOversizeWarningNs)
        {
            final int length = oversizeNotice.take();
            if (length > 0)
            {
                nextOversizeWarningNs = nowNs + WARNING_INTERVAL_NS;
                LOGGER.log(Level.WARNING, "[UDP-SEND-WARNING] Oversized frame: " + length + " bytes");
            }
        }
    }

    private void noteLoop(final long nowNs)
    {
        final Peer peer = nowNs >= nextLoopWarningNs ? routingLoop.take() : null;
        if (null != peer)
        {
            nextLoopWarningNs = nowNs + WARNING_INTERVAL_NS;
            LOGGER.log(
                Level.WARNING,
                "routing loop: the route to " + peer.endpoint() + ", where " + peer + " is, leads into this tunnel; " +
                "such datagrams are dropped: add a route to it past the tunnel (ip route add)");
        }
    }

    /** One line for each offload that the kernel has refused in use. */
    private void noteRefusals()
    {
        if (!segmentationNoted && 0 != offloads.segmentationRefusal())
        {
            segmentationNoted = true;
            LOGGER.log(Level.WARNING, "UDP segmentation offload is off from now on: the kernel refused it (" +
                Errno.describe(offloads.segmentationRefusal()) + ")");
            NodeEvents.offloadDowngrade("UDP segmentation", Errno.describe(offloads.segmentationRefusal()));
        }
        if (!joiningNoted && 0 != offloads.joiningRefusal())
        {
            joiningNoted = true;
            LOGGER.log(Level.WARNING, "joining of received packets is off from now on: the TUN device refused it (" +
                Errno.describe(offloads.joiningRefusal()) + ")");
            NodeEvents.offloadDowngrade("joining of received packets", Errno.describe(offloads.joiningRefusal()));
        }
    }

    /** Any thread: brings the measured counters up to date. */
    void sample()
    {
        counters.set(TunnelCounter.TUN_OFFLOADS_ON, offloads.tun() == TunOffloads.NONE ? 0 : 1);
        counters.set(TunnelCounter.JOINING_ON, offloads.joins() ? 1 : 0);
        counters.set(TunnelCounter.UDP_SEGMENTATION_ON, offloads.segments() ? 1 : 0);
        counters.set(TunnelCounter.UDP_COALESCING_ON, offloads.coalesces() ? 1 : 0);
        final AllocationMeter current = meter;
        if (null != current)
        {
            counters.set(TunnelCounter.AGENT_HEAP_BYTES, current.heapBytes());
            counters.set(TunnelCounter.COLLECTOR_RUNS, current.collectorRuns());
        }
    }

    void onSession(final Session session, final long nowNs)
    {
        attemptWarnings.remove(session.peer());
        claimWarnings.remove(session.peer());
        if (session.innerMtu() < innerMtu)
        {
            LOGGER.log(
                Level.WARNING,
                session.peer() + " takes packets of up to " + session.innerMtu() + " bytes, this device sends up to " +
                innerMtu + ": start both with -mtu " + session.innerMtu());
        }
    }

    void forget(final Peer peer)
    {
        attemptWarnings.remove(peer);
        claimWarnings.remove(peer);
    }

    /** A peer of null is not allowed here. Of many strangers one is named. */
    void onClaimRefused(final PeerId claimed, final Peer peer, final Endpoint source, final long nowNs)
    {
        if (null == peer)
        {
            if (nowNs >= nextStrangerWarningNs)
            {
                nextStrangerWarningNs = nowNs + WARNING_INTERVAL_NS;
                LOGGER.log(Level.WARNING, "{0} at {1} asked for a session and is not allowed here: to allow it, -allow {0}",
                    claimed, source);
            }
            return;
        }
        final Long lastNs = claimWarnings.get(peer);
        if (null == lastNs || nowNs - lastNs >= WARNING_INTERVAL_NS)
        {
            claimWarnings.put(peer, nowNs);
            LOGGER.log(Level.WARNING, "no session with {0} at {1}: its handshake does not authenticate; {2}", peer, source,
                null == peer.settings().presharedKey() ? "the peer may have a preshared key that is not set here" :
                "the preshared key that is set here may not be the peer's");
        }
    }

    void onAttemptFailed(final Peer peer, final HandshakeOutcome why, final long nowNs)
    {
        final Long lastNs = attemptWarnings.get(peer);
        if (HandshakeOutcome.CANCELLED != why && HandshakeOutcome.SUPERSEDED != why &&
            (null == lastNs || nowNs - lastNs >= WARNING_INTERVAL_NS))
        {
            attemptWarnings.put(peer, nowNs);
            LOGGER.log(Level.WARNING, "no session with {0} at {1}: {2}", peer, peer.endpoint(), why.text());
        }
    }
}
