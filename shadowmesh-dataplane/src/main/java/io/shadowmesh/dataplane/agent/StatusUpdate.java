package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.session.LinkMeter;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerSettings;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.status.NodeDescription;
import io.shadowmesh.dataplane.status.OffloadDescription;
import io.shadowmesh.dataplane.status.PeerCounter;
import io.shadowmesh.dataplane.status.PeerDescription;
import io.shadowmesh.dataplane.status.PeerRecord;
import io.shadowmesh.dataplane.status.StatusFile;
import io.shadowmesh.ffi.Errno;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Copies once a second into the status file what is known of the peers and of the offloads. The data path's agents know
 * nothing of it: they write fields of their own, as they do anyway.
 *
 * <p><b>Threading:</b> the control thread, but for {@link #begin}, which comes before.
 */
final class StatusUpdate
{
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long NOTHING_SEEN = -1;
    private static final DropReason[] REASONS = DropReason.values();

    private final Map<Peer, Row> rows = new IdentityHashMap<>();
    private final StatusFile file;
    private final ForwardingState state;
    private final OffloadStates offloads;
    private final NodeDescription wanted;
    private long refusalsSeen = NOTHING_SEEN;
    private long nextNs = Long.MIN_VALUE;
    private long round;

    /** The offloads of the description are those that are wanted: off are those that the operator has switched off. */
    StatusUpdate(
        final StatusFile file, final ForwardingState state, final OffloadStates offloads, final NodeDescription wanted)
    {
        this.file = file;
        this.state = state;
        this.offloads = offloads;
        this.wanted = wanted;
    }

    /** Makes the file complete, before anybody is told that the node runs. */
    void begin(final long nowNs)
    {
        file.started(nowNs);
        update(nowNs);
    }

    void onTick(final long nowNs)
    {
        if (nowNs >= nextNs)
        {
            nextNs = nowNs + INTERVAL_NS;
            update(nowNs);
        }
    }

    private void update(final long nowNs)
    {
        final long refusals = offloads.refusals();
        if (refusals != refusalsSeen)
        {
            refusalsSeen = refusals;
            file.describe(wanted.with(offloads()));
        }

        round++;
        for (int i = 0; i < state.peerCount(); i++)
        {
            final Peer peer = state.peer(i);
            if (null != peer)
            {
                update(peer);
            }
        }
        for (final Iterator<Row> all = rows.values().iterator(); all.hasNext();)
        {
            final Row row = all.next();
            if (row.round != round)
            {
                row.record.remove();
                all.remove();
            }
        }
        file.updated(nowNs);
    }

    private void update(final Peer peer)
    {
        Row row = rows.get(peer);
        if (null == row)
        {
            final PeerRecord record = file.hasRoomForPeer() ? file.addPeer(description(peer)) : null;
            if (null == record)
            {
                return;
            }
            row = new Row(record);
            rows.put(peer, row);
        }
        row.round = round;
        row.update(peer);
    }

    private static PeerDescription description(final Peer peer)
    {
        final PeerSettings settings = peer.settings();
        final Endpoint endpoint = peer.endpoint();
        final String host = settings.host();
        return new PeerDescription(
            peer.name(),
            peer.id().toString(),
            null == endpoint ? "" : endpoint.toString(),
            null == host ? "" : (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + settings.port(),
            settings.persistentKeepaliveSeconds(),
            settings.allowedIps().size(),
            settings.allowedIps().stream().limit(PeerDescription.MOST_ALLOWED_IPS).map(IpPrefix::toString).toList());
    }

    /** What is in use, and of the rest why not. */
    private List<OffloadDescription> offloads()
    {
        final List<OffloadDescription> all = new ArrayList<>();
        for (final OffloadDescription wish : wanted.offloads())
        {
            final boolean on = switch (wish.name())
            {
                case OffloadDescription.TUN -> offloads.tun().joins();
                case OffloadDescription.JOIN -> offloads.joins();
                case OffloadDescription.GSO -> offloads.segments();
                default -> offloads.coalesces();
            };
            all.add(new OffloadDescription(wish.name(), on, on ? extent(wish) : reason(wish)));
        }
        return all;
    }

    private String extent(final OffloadDescription wish)
    {
        return OffloadDescription.TUN.equals(wish.name()) ? offloads.tun().text() : "";
    }

    private String reason(final OffloadDescription wish)
    {
        if (!wish.on())
        {
            return wish.detail();
        }
        return switch (wish.name())
        {
            case OffloadDescription.TUN -> offloads.tun() == TunOffloads.NONE ?
                "the device was opened without" : "the kernel refuses it";
            case OffloadDescription.JOIN -> 0 == offloads.joiningRefusal() ?
                "it needs the TUN device's offloads" :
                "the TUN device refused it in use: " + Errno.describe(offloads.joiningRefusal());
            case OffloadDescription.GSO -> 0 == offloads.segmentationRefusal() ?
                "the kernel has none" :
                "the kernel refused it in use: " + Errno.describe(offloads.segmentationRefusal());
            default -> "the kernel has none";
        };
    }

    /** A peer's place in the file, and what the description there was made from. */
    private static final class Row
    {
        private final PeerRecord record;
        private Endpoint endpoint;
        private PeerSettings settings;
        private long round;

        Row(final PeerRecord record)
        {
            this.record = record;
        }

        void update(final Peer peer)
        {
            if (peer.endpoint() != endpoint || peer.settings() != settings)
            {
                endpoint = peer.endpoint();
                settings = peer.settings();
                record.describe(description(peer));
            }

            final Session session = peer.current();
            record.set(PeerCounter.PACKETS_SENT, peer.packetsSent());
            record.set(PeerCounter.BYTES_SENT, peer.bytesSent());
            record.set(PeerCounter.PACKETS_RECEIVED, peer.packetsReceived());
            record.set(PeerCounter.BYTES_RECEIVED, peer.bytesReceived());
            record.set(PeerCounter.LAST_HANDSHAKE, peer.lastHandshakeNs());
            record.set(PeerCounter.SESSION_START, null == session ? Peer.NEVER : session.confirmedNs());
            record.set(PeerCounter.LAST_RECEIVED, peer.lastReceivedNs());
            record.set(PeerCounter.LAST_SENT, peer.lastSentNs());
            update(peer.link());
            for (final DropReason reason : REASONS)
            {
                record.set(reason, peer.drops().count(reason));
            }
        }

        private void update(final LinkMeter link)
        {
            final boolean known = link.echoesAnswered() > 0;
            record.set(PeerCounter.RTT_LAST, link.lastRttNs());
            record.set(PeerCounter.RTT_SMOOTHED, link.smoothedRttNs());
            record.set(PeerCounter.RTT_MINIMUM, link.minimumRttNs());
            record.set(PeerCounter.RTT_P50, link.rttP50Ns());
            record.set(PeerCounter.RTT_P99, link.rttP99Ns());
            record.set(PeerCounter.LOSS_PPM, known ? link.lossPpm() : LinkMeter.UNKNOWN);
            record.set(PeerCounter.DELIVERED_RATE, known ? link.deliveredBitsPerSecond() : LinkMeter.UNKNOWN);
            record.set(PeerCounter.ECHOES_SENT, link.echoesSent());
            record.set(PeerCounter.ECHOES_ANSWERED, link.echoesAnswered());
        }
    }
}
