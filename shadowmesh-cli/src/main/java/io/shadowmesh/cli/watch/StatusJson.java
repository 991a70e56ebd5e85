package io.shadowmesh.cli.watch;

import io.shadowmesh.cli.JsonWriter;
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

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/** The status of nodes as JSON: {@code docs/status.schema.json} has the names and what they mean. */
final class StatusJson
{
    private static final int FORMAT = 1;
    private static final int UNKNOWN = -1;
    private static final double MEDIAN = 50;
    private static final double NEARLY_ALL = 99;

    private StatusJson()
    {
    }

    static String of(final List<NodeStatus> nodes, final Instant now)
    {
        final JsonWriter json = JsonWriter.indented();
        json.begin(null, '{').number("format", FORMAT).text("time", now.toString()).begin("nodes", '[');
        nodes.forEach(node -> write(json, node));
        return json.end(']').end('}') + "\n";
    }

    private static void write(final JsonWriter json, final NodeStatus node)
    {
        final NodeDescription is = node.description();
        json.begin(null, '{')
            .text("interface", is.device())
            .text("peer_id", is.peerId())
            .text("version", is.version().isEmpty() ? null : is.version())
            .number("pid", node.pid())
            .text("started", Instant.ofEpochMilli(node.startMs()).toString())
            .text("updated", Instant.ofEpochMilli(node.updatedMs()).toString())
            .raw("uptime_seconds", QuantityFormat.seconds(node.uptimeNs()));
        json.begin("addresses", '[');
        is.addresses().forEach(address -> json.text(null, address));
        json.end(']')
            .number("mtu", is.mtu())
            .text("udp", is.udp())
            .text("threading", is.threading())
            .text("suite", is.suite())
            .text("cipher", is.cipher());
        json.begin("offloads", '{');
        for (final OffloadDescription offload : is.offloads())
        {
            json.begin(offload.name(), '{').flag("on", offload.on())
                .text("detail", offload.detail().isEmpty() ? null : offload.detail()).end('}');
        }
        json.end('}');
        json.begin("ring", '{')
            .number("limit_packets", node.counters().get(TunnelCounter.RING_LIMIT))
            .number("fill_packets", node.counters().get(TunnelCounter.RING_FILL)).end('}');
        json.begin("times", '{');
        for (final TunnelTime time : TunnelTime.values())
        {
            write(json, time, node.counters().times(time));
        }
        json.end('}');
        json.begin("counters", '{');
        for (final TunnelCounter counter : TunnelCounter.values())
        {
            json.number(counter.name().toLowerCase(Locale.ROOT), node.counters().get(counter));
        }
        json.end('}');
        drops(json, node.counters()::get);
        json.begin("peers", '[');
        node.peers().forEach(peer -> write(json, peer, node.updatedMs()));
        json.end(']').end('}');
    }

    private static void write(final JsonWriter json, final TunnelTime time, final TimeDistribution times)
    {
        final boolean known = times.count() > 0;
        json.begin(time.name().toLowerCase(Locale.ROOT), '{')
            .number("count", times.count())
            .raw("sum_seconds", QuantityFormat.seconds(times.sumNs()))
            .raw("p50_seconds", time(known ? times.percentileNs(MEDIAN) : UNKNOWN))
            .raw("p99_seconds", time(known ? times.percentileNs(NEARLY_ALL) : UNKNOWN))
            .raw("max_seconds", time(known ? times.greatestNs() : UNKNOWN)).end('}');
    }

    private static void write(final JsonWriter json, final PeerStatus peer, final long updatedMs)
    {
        final PeerDescription is = peer.description();
        final long handshakeAgeNs = peer.ageNs(PeerCounter.LAST_HANDSHAKE);
        json.begin(null, '{')
            .text("name", is.name())
            .text("peer_id", is.peerId())
            .text("endpoint", is.endpoint().isEmpty() ? null : is.endpoint())
            .text("host", is.host().isEmpty() ? null : is.host());
        json.begin("allowed_ips", '[');
        is.allowedIps().forEach(prefix -> json.text(null, prefix));
        json.end(']')
            .number("allowed_ips_count", is.allowedIpsCount())
            .number("keepalive_seconds", is.keepaliveSeconds())
            .text("last_handshake", handshakeAgeNs < 0 ? null :
                Instant.ofEpochMilli(updatedMs - TimeUnit.NANOSECONDS.toMillis(handshakeAgeNs)).toString())
            .raw("last_handshake_age_seconds", time(handshakeAgeNs))
            .raw("session_age_seconds", time(peer.ageNs(PeerCounter.SESSION_START)))
            .raw("last_received_age_seconds", time(peer.ageNs(PeerCounter.LAST_RECEIVED)))
            .raw("last_sent_age_seconds", time(peer.ageNs(PeerCounter.LAST_SENT)));
        json.begin("received", '{').number("packets", peer.get(PeerCounter.PACKETS_RECEIVED))
            .number("bytes", peer.get(PeerCounter.BYTES_RECEIVED)).end('}');
        json.begin("sent", '{').number("packets", peer.get(PeerCounter.PACKETS_SENT))
            .number("bytes", peer.get(PeerCounter.BYTES_SENT)).end('}');
        json.begin("rtt_seconds", '{')
            .raw("last", time(peer.get(PeerCounter.RTT_LAST)))
            .raw("smoothed", time(peer.get(PeerCounter.RTT_SMOOTHED)))
            .raw("min", time(peer.get(PeerCounter.RTT_MINIMUM)))
            .raw("p50", time(peer.get(PeerCounter.RTT_P50)))
            .raw("p99", time(peer.get(PeerCounter.RTT_P99))).end('}');
        final long loss = peer.get(PeerCounter.LOSS_PPM);
        final long rate = peer.get(PeerCounter.DELIVERED_RATE);
        json.raw("loss_ratio", loss < 0 ? "null" : QuantityFormat.ratio(loss))
            .raw("delivered_bits_per_second", rate < 0 ? "null" : Long.toString(rate));
        json.begin("echoes", '{').number("sent", peer.get(PeerCounter.ECHOES_SENT))
            .number("answered", peer.get(PeerCounter.ECHOES_ANSWERED)).end('}');
        drops(json, peer::get);
        json.end('}');
    }

    /** The reasons for which anything was dropped. */
    private static void drops(final JsonWriter json, final ToLongFunction<DropReason> counts)
    {
        json.begin("drops", '{');
        for (final DropReason reason : DropReason.values())
        {
            final long count = counts.applyAsLong(reason);
            if (count > 0)
            {
                json.number(reason.name().toLowerCase(Locale.ROOT), count);
            }
        }
        json.end('}');
    }

    private static String time(final long ns)
    {
        return ns < 0 ? "null" : QuantityFormat.seconds(ns);
    }
}
