package io.shadowmesh.cli.watch;

import io.shadowmesh.cli.QuantityFormat;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.status.NodeDescription;
import io.shadowmesh.dataplane.status.NodeStatus;
import io.shadowmesh.dataplane.status.OffloadDescription;
import io.shadowmesh.dataplane.status.PeerCounter;
import io.shadowmesh.dataplane.status.PeerDescription;
import io.shadowmesh.dataplane.status.PeerStatus;
import io.shadowmesh.dataplane.status.TimeDistribution;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelTime;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** The status of nodes for people. */
final class StatusText
{
    private static final int MOST_PREFIXES = 8;
    private static final double MEDIAN = 50;
    private static final double NEARLY_ALL = 99;

    private StatusText()
    {
    }

    static String of(final List<NodeStatus> nodes)
    {
        final StringBuilder text = new StringBuilder();
        for (final NodeStatus node : nodes)
        {
            text.append(text.isEmpty() ? "" : "\n");
            write(text, node);
        }
        return text.toString();
    }

    private static void write(final StringBuilder text, final NodeStatus node)
    {
        final NodeDescription is = node.description();
        text.append("interface: ").append(is.device()).append('\n');
        line(text, "peer ID", is.peerId());
        line(text, "running", "for " + QuantityFormat.duration(node.uptimeNs()) + ", process " + node.pid() +
            (is.version().isEmpty() ? "" : ", version " + is.version()));
        line(text, "address", (is.addresses().isEmpty() ? "none" : String.join(" ", is.addresses())) + ", MTU " + is.mtu());
        line(text, "UDP", is.udp());
        line(text, "threads", is.threading());
        line(text, "cipher", is.suite() + ", by " + is.cipher());
        line(text, "offloads", offloads(is.offloads()));
        line(text, "ring", node.counters().get(TunnelCounter.RING_FILL) + " of " +
            node.counters().get(TunnelCounter.RING_LIMIT) + " packets");
        for (final TunnelTime time : TunnelTime.values())
        {
            final TimeDistribution times = node.counters().times(time);
            if (times.count() > 0)
            {
                line(text, time.text(), "p50 " + QuantityFormat.shortTime(times.percentileNs(MEDIAN)) +
                    ", p99 " + QuantityFormat.shortTime(times.percentileNs(NEARLY_ALL)) +
                    ", max " + QuantityFormat.shortTime(times.greatestNs()));
            }
        }
        drops(text, node.counters()::get);
        for (final PeerStatus peer : node.peers())
        {
            text.append('\n');
            write(text, peer);
        }
    }

    private static void write(final StringBuilder text, final PeerStatus peer)
    {
        final PeerDescription is = peer.description();
        final long handshakeNs = peer.ageNs(PeerCounter.LAST_HANDSHAKE);
        final long sessionNs = peer.ageNs(PeerCounter.SESSION_START);
        text.append("peer: ").append(is.name()).append('\n');
        line(text, "peer ID", is.peerId());
        line(text, "endpoint", (is.endpoint().isEmpty() ? "not known yet" : is.endpoint()) +
            (is.host().isEmpty() || is.host().equals(is.endpoint()) ? "" : ", looked up as " + is.host()));
        line(text, "allowed IPs", prefixes(is));
        if (is.keepaliveSeconds() > 0)
        {
            line(text, "keepalive", "every " + is.keepaliveSeconds() + " s");
        }
        line(text, "last handshake", (handshakeNs < 0 ? "never" : QuantityFormat.duration(handshakeNs) + " ago") +
            (sessionNs < 0 ? ", no session" : ", session " + QuantityFormat.duration(sessionNs) + " old"));
        line(text, "received", peer.get(PeerCounter.PACKETS_RECEIVED) + " packets, " +
            QuantityFormat.bytes(peer.get(PeerCounter.BYTES_RECEIVED)));
        line(text, "sent", peer.get(PeerCounter.PACKETS_SENT) + " packets, " +
            QuantityFormat.bytes(peer.get(PeerCounter.BYTES_SENT)));
        if (peer.get(PeerCounter.RTT_LAST) >= 0)
        {
            line(text, "round trip", "last " + QuantityFormat.milliseconds(peer.get(PeerCounter.RTT_LAST)) +
                ", min " + QuantityFormat.milliseconds(peer.get(PeerCounter.RTT_MINIMUM)) +
                ", p50 " + QuantityFormat.milliseconds(peer.get(PeerCounter.RTT_P50)) +
                ", p99 " + QuantityFormat.milliseconds(peer.get(PeerCounter.RTT_P99)));
            line(text, "loss", QuantityFormat.percent(peer.get(PeerCounter.LOSS_PPM)));
        }
        drops(text, peer::get);
    }

    private static void line(final StringBuilder text, final String name, final String value)
    {
        text.append("  ").append(name).append(": ").append(value).append('\n');
    }

    private static String prefixes(final PeerDescription peer)
    {
        final List<String> shown = peer.allowedIps().stream().limit(MOST_PREFIXES).toList();
        final int more = peer.allowedIpsCount() - shown.size();
        return (shown.isEmpty() ? "none" : String.join(" ", shown)) + (more > 0 ? " and " + more + " more" : "");
    }

    private static String offloads(final List<OffloadDescription> offloads)
    {
        final List<String> words = new ArrayList<>();
        for (final OffloadDescription offload : offloads)
        {
            words.add(name(offload) + (offload.on() ? "" : " off") +
                (offload.detail().isEmpty() ? "" : " (" + offload.detail() + ")"));
        }
        return String.join(", ", words);
    }

    private static String name(final OffloadDescription offload)
    {
        return switch (offload.name())
        {
            case OffloadDescription.TUN -> "TUN super-packets";
            case OffloadDescription.JOIN -> "joining";
            case OffloadDescription.GSO -> "UDP segmentation";
            case OffloadDescription.GRO -> "UDP receive";
            default -> offload.name();
        };
    }

    /** A line for each reason for which anything was dropped. */
    private static void drops(final StringBuilder text, final ToLongFunction<DropReason> counts)
    {
        for (final DropReason reason : DropReason.values())
        {
            final long count = counts.applyAsLong(reason);
            if (count > 0)
            {
                line(text, "dropped", count + " " + reason.text());
            }
        }
    }
}
