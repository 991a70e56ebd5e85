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

import java.math.BigDecimal;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * The status of nodes as metrics: base units, the unit at the name's end, one label {@code tun} for the node and one
 * {@code peer}; {@code docs/watching.md} lists them.
 */
final class NodeMetrics
{
    private static final String PREFIX = "shadowmesh_";
    private static final String SECONDS = "seconds";
    private static final String BYTES = "bytes";
    private static final String PACKETS = "packets";
    private static final int BITS = 8;

    /**
     * The bounds of the histograms' buckets, which belong to them: the last values below powers of two, from 64 ns to 1 s,
     * where the file's own buckets end too.
     */
    private static final int LEAST_BOUND_BITS = 6;
    private static final int GREATEST_BOUND_BITS = 30;
    private static final List<String> BOUNDS = IntStream.rangeClosed(LEAST_BOUND_BITS, GREATEST_BOUND_BITS)
        .mapToObj(bits -> QuantityFormat.seconds((1L << bits) - 1)).toList();

    /** Those that go up and down. */
    private static final Set<TunnelCounter> GAUGES = EnumSet.of(
        TunnelCounter.HANDSHAKES_HALF_OPEN, TunnelCounter.FIRST_MESSAGES_INCOMPLETE,
        TunnelCounter.HANDSHAKES_UNDER_LOAD, TunnelCounter.SESSIONS_LIVE);

    /** Those that others stand for. */
    private static final Set<TunnelCounter> LEFT_OUT = EnumSet.of(
        TunnelCounter.TUN_OFFLOADS_ON, TunnelCounter.JOINING_ON, TunnelCounter.UDP_SEGMENTATION_ON,
        TunnelCounter.UDP_COALESCING_ON, TunnelCounter.RING_LIMIT, TunnelCounter.RING_FILL, TunnelCounter.PACING_RATE);

    private final MetricFamilies families = new MetricFamilies();
    private final Set<String> names = new HashSet<>();

    private NodeMetrics()
    {
    }

    static MetricFamilies of(final List<NodeStatus> nodes)
    {
        final NodeMetrics metrics = new NodeMetrics();
        metrics.gauge("nodes", "", "Nodes that run here.", Integer.toString(nodes.size()));
        for (final NodeStatus node : nodes)
        {
            final String tun = Nodes.name(node.file());
            // Of two folders; a label must not come twice.
            if (metrics.names.add(tun))
            {
                metrics.add(node, tun);
            }
        }
        return metrics.families;
    }

    private void add(final NodeStatus node, final String tun)
    {
        final NodeDescription is = node.description();
        families.add(MetricFamilies.Type.INFO, PREFIX + "node", "", "What the node is.", "1", "tun", tun,
            "interface", is.device(), "peer_id", is.peerId(), "version", is.version(), "threading", is.threading(),
            "suite", is.suite(), "cipher", is.cipher());
        gauge("start_time_seconds", SECONDS, "When the node started, as Unix time.", milliseconds(node.startMs()),
            "tun", tun);
        gauge("uptime_seconds", SECONDS, "For how long the node has run, the machine's sleep included.",
            QuantityFormat.seconds(node.uptimeNs()), "tun", tun);
        for (final OffloadDescription offload : is.offloads())
        {
            gauge("offload_enabled", "", "1 while the offload is in use.", offload.on() ? "1" : "0",
                "tun", tun, "offload", offload.name());
        }
        gauge("ring_limit_packets", PACKETS, "Packets that may be in the ring between device and sender.",
            Long.toString(node.counters().get(TunnelCounter.RING_LIMIT)), "tun", tun);
        gauge("ring_fill_packets", PACKETS, "Packets that were in the ring when last looked at.",
            Long.toString(node.counters().get(TunnelCounter.RING_FILL)), "tun", tun);
        gauge("pacing_rate_bytes_per_second", "bytes_per_second", "The rate that the sender keeps to; 0 for none.",
            bytesPerSecond(node.counters().get(TunnelCounter.PACING_RATE)), "tun", tun);
        for (final TunnelCounter counter : TunnelCounter.values())
        {
            if (!LEFT_OUT.contains(counter))
            {
                add(counter, node.counters().get(counter), tun);
            }
        }
        for (final TunnelTime time : TunnelTime.values())
        {
            add(time, node.counters().times(time), tun);
        }
        for (final DropReason reason : DropReason.values())
        {
            counter("dropped_packets", PACKETS, "Packets and datagrams dropped.",
                node.counters().get(reason), "tun", tun, "reason", reason.name().toLowerCase(Locale.ROOT));
        }

        final Set<String> peers = new HashSet<>();
        for (final PeerStatus peer : node.peers())
        {
            final String name = peer.description().name();
            final String label = peers.add(name) ? name : peer.description().peerId();
            add(peer, node.updatedMs(), tun, label);
        }
    }

    private void add(final TunnelCounter counter, final long value, final String tun)
    {
        final String name = counter.name().toLowerCase(Locale.ROOT);
        final String help = counter.text().substring(0, 1).toUpperCase(Locale.ROOT) + counter.text().substring(1) + ".";
        if (GAUGES.contains(counter))
        {
            gauge(name, "", help, Long.toString(value), "tun", tun);
            return;
        }
        switch (counter)
        {
            case TUN_PACKETS_READ -> counter("tun_read_packets", PACKETS, help, value, "tun", tun);
            case TUN_BYTES_READ -> counter("tun_read_bytes", BYTES, help, value, "tun", tun);
            case TUN_PACKETS_WRITTEN -> counter("tun_written_packets", PACKETS, help, value, "tun", tun);
            case TUN_BYTES_WRITTEN -> counter("tun_written_bytes", BYTES, help, value, "tun", tun);
            case UDP_DATAGRAMS_SENT -> counter("udp_sent_datagrams", "datagrams", help, value, "tun", tun);
            case UDP_BYTES_SENT -> counter("udp_sent_bytes", BYTES, help, value, "tun", tun);
            case UDP_DATAGRAMS_RECEIVED -> counter("udp_received_datagrams", "datagrams", help, value, "tun", tun);
            case UDP_BYTES_RECEIVED -> counter("udp_received_bytes", BYTES, help, value, "tun", tun);
            case AGENT_HEAP_BYTES -> counter("agent_heap_allocated_bytes", BYTES, help, value, "tun", tun);
            default -> counter(name, "", help, value, "tun", tun);
        }
    }

    private void add(final TunnelTime time, final TimeDistribution times, final String tun)
    {
        final long[] counts = new long[BOUNDS.size()];
        for (int i = 0; i < counts.length; i++)
        {
            counts[i] = times.countBelow(1L << (LEAST_BOUND_BITS + i));
        }
        families.addHistogram(PREFIX + time.name().toLowerCase(Locale.ROOT) + "_seconds", help(time), BOUNDS, counts,
            times.count(), QuantityFormat.seconds(times.sumNs()), "tun", tun);
    }

    private static String help(final TunnelTime time)
    {
        return switch (time)
        {
            case RING_WAIT -> "How long packets waited in the ring between device and sender, by samples.";
            case SEAL -> "Sealing, for each datagram, by samples.";
            case SEND_CALL -> "System calls that send datagrams, by samples.";
            case OPEN -> "Opening of a datagram, by samples.";
            case TUN_WRITE_CALL -> "System calls that write to the TUN device, by samples.";
            case TUN_READ_CALL -> "System calls that read from the TUN device, by samples.";
        };
    }

    private void add(final PeerStatus peer, final long updatedMs, final String tun, final String name)
    {
        final PeerDescription is = peer.description();
        families.add(MetricFamilies.Type.INFO, PREFIX + "peer", "", "What the peer is.", "1", "tun", tun, "peer", name,
            "peer_id", is.peerId(), "endpoint", is.endpoint());
        final long handshakeNs = peer.ageNs(PeerCounter.LAST_HANDSHAKE);
        final long sessionNs = peer.ageNs(PeerCounter.SESSION_START);
        peerGauge("connected", "", "1 while there is a session.", sessionNs < 0 ? "0" : "1", tun, name);
        if (handshakeNs >= 0)
        {
            peerGauge("last_handshake_time_seconds", SECONDS, "When a session was last confirmed, as Unix time.",
                milliseconds(updatedMs - TimeUnit.NANOSECONDS.toMillis(handshakeNs)), tun, name);
        }
        time("session_age_seconds", "Age of the current session.", sessionNs, tun, name);
        peerCounter("received_packets", PACKETS, "Inner packets from the peer.",
            PeerCounter.PACKETS_RECEIVED, peer, tun, name);
        peerCounter("received_bytes", BYTES, "Bytes of the inner packets from the peer.",
            PeerCounter.BYTES_RECEIVED, peer, tun, name);
        peerCounter("sent_packets", PACKETS, "Inner packets to the peer.", PeerCounter.PACKETS_SENT, peer, tun, name);
        peerCounter("sent_bytes", BYTES, "Bytes of the inner packets to the peer.", PeerCounter.BYTES_SENT, peer, tun, name);
        time("rtt_last_seconds", "The last round trip.", peer.get(PeerCounter.RTT_LAST), tun, name);
        time("rtt_smoothed_seconds", "The smoothed round trip.", peer.get(PeerCounter.RTT_SMOOTHED), tun, name);
        time("rtt_min_seconds", "The shortest round trip of the last 10 s.", peer.get(PeerCounter.RTT_MINIMUM), tun, name);
        time("rtt_p50_seconds", "The median of the round trips.", peer.get(PeerCounter.RTT_P50), tun, name);
        time("rtt_p99_seconds", "The 99th percentile of the round trips.", peer.get(PeerCounter.RTT_P99), tun, name);
        if (peer.get(PeerCounter.LOSS_PPM) >= 0)
        {
            peerGauge("loss_ratio", "ratio", "Frames to the peer that did not arrive.",
                QuantityFormat.ratio(peer.get(PeerCounter.LOSS_PPM)), tun, name);
        }
        if (peer.get(PeerCounter.DELIVERED_RATE) >= 0)
        {
            peerGauge("delivered_rate_bytes_per_second", "bytes_per_second",
                "The greatest rate of late at which frames reached the peer.",
                bytesPerSecond(peer.get(PeerCounter.DELIVERED_RATE)), tun, name);
        }
        peerCounter("echoes_sent", "", "Echo requests sent.", PeerCounter.ECHOES_SENT, peer, tun, name);
        peerCounter("echoes_answered", "", "Echo requests answered.", PeerCounter.ECHOES_ANSWERED, peer, tun, name);
        for (final DropReason reason : DropReason.values())
        {
            if (peer.get(reason) > 0)
            {
                counter("peer_dropped_packets", PACKETS, "Packets and datagrams dropped that are known to be the peer's.",
                    peer.get(reason), "tun", tun, "peer", name, "reason", reason.name().toLowerCase(Locale.ROOT));
            }
        }
    }

    private void time(final String name, final String help, final long ns, final String tun, final String peer)
    {
        if (ns >= 0)
        {
            peerGauge(name, SECONDS, help, QuantityFormat.seconds(ns), tun, peer);
        }
    }

    private void peerGauge(
        final String name, final String unit, final String help, final String value, final String tun, final String peer)
    {
        gauge("peer_" + name, unit, help, value, "tun", tun, "peer", peer);
    }

    private void peerCounter(
        final String name, final String unit, final String help, final PeerCounter counter, final PeerStatus of,
        final String tun, final String peer)
    {
        counter("peer_" + name, unit, help, of.get(counter), "tun", tun, "peer", peer);
    }

    private void gauge(
        final String name, final String unit, final String help, final String value, final String... labels)
    {
        families.add(MetricFamilies.Type.GAUGE, PREFIX + name, unit, help, value, labels);
    }

    private void counter(
        final String name, final String unit, final String help, final long value, final String... labels)
    {
        families.add(MetricFamilies.Type.COUNTER, PREFIX + name, unit, help, Long.toString(value), labels);
    }

    private static String milliseconds(final long ms)
    {
        return BigDecimal.valueOf(ms, 3).toPlainString();
    }

    private static String bytesPerSecond(final long bitsPerSecond)
    {
        return BigDecimal.valueOf(bitsPerSecond).divide(BigDecimal.valueOf(BITS)).toPlainString();
    }
}
