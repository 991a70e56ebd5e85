package io.shadowmesh.cli.watch;

import io.shadowmesh.cli.QuantityFormat;
import io.shadowmesh.dataplane.status.NodeDescription;
import io.shadowmesh.dataplane.status.NodeStatus;
import io.shadowmesh.dataplane.status.PeerCounter;
import io.shadowmesh.dataplane.status.PeerStatus;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the live screen shows, as lines of text, and what stands for it where there is no screen. */
final class LiveView
{
    private static final String ROW = "%-12.12s %-22.22s %12s %12s %10s %10s %8s %11s";
    private static final int SPARKLINES = 2;
    private static final int SPARKLINE_MARGIN = 14;

    private final Map<String, PeerHistory> histories = new HashMap<>();
    private final String bars;
    private Sorting sorting = Sorting.NAME;

    LiveView(final String bars)
    {
        this.bars = bars;
    }

    /** Takes a look at all nodes; before each drawing. */
    void add(final List<NodeStatus> nodes)
    {
        for (final NodeStatus node : nodes)
        {
            node.peers().forEach(peer -> history(node, peer).add(node, peer));
        }
    }

    /** A key was pressed. Returns false for one that means nothing. */
    boolean sort(final char key)
    {
        for (final Sorting candidate : Sorting.values())
        {
            if (candidate.key() == key)
            {
                sorting = candidate;
                return true;
            }
        }
        return false;
    }

    /** The screen, each line as wide as it is at most. */
    List<String> screen(final List<NodeStatus> nodes, final String message, final int width, final int height)
    {
        final List<String> lines = new ArrayList<>();
        if (nodes.isEmpty())
        {
            lines.add(message);
        }
        for (final NodeStatus node : nodes)
        {
            lines.add(head(node));
            lines.add(String.format(
                Locale.ROOT, ROW, "PEER", "ENDPOINT", "RX", "TX", "RTT", "RTT p99", "LOSS", "HANDSHAKE"));
            for (final LiveRow row : rows(node))
            {
                lines.add(row(row.peer(), row.history()));
                lines.add(sparklines(row.history(), width));
            }
            lines.add("");
        }
        final List<String> shown = new ArrayList<>(lines.subList(0, Math.min(lines.size(), Math.max(0, height - 1))));
        shown.add(help());
        shown.replaceAll(line -> line.length() > width ? line.substring(0, width) : line);
        return shown;
    }

    /** One line for each peer, for a file or a pipe. */
    List<String> lines(final List<NodeStatus> nodes, final Instant now)
    {
        final List<String> lines = new ArrayList<>();
        for (final NodeStatus node : nodes)
        {
            for (final LiveRow row : rows(node))
            {
                lines.add(now.truncatedTo(ChronoUnit.SECONDS) + " " + Nodes.name(node.file()) + " " +
                    row.peer().description().name() + " rx " + bitRate(row.history().receiveRate()) +
                    " tx " + bitRate(row.history().sendRate()) +
                    " rtt " + QuantityFormat.milliseconds(row.peer().get(PeerCounter.RTT_LAST)) +
                    " loss " + QuantityFormat.percent(row.peer().get(PeerCounter.LOSS_PPM)));
            }
        }
        return lines;
    }

    private PeerHistory history(final NodeStatus node, final PeerStatus peer)
    {
        return histories.computeIfAbsent(
            node.file() + " " + peer.description().peerId(), key -> new PeerHistory());
    }

    private List<LiveRow> rows(final NodeStatus node)
    {
        final List<LiveRow> rows = new ArrayList<>();
        node.peers().forEach(peer -> rows.add(new LiveRow(peer, history(node, peer))));
        rows.sort(sorting.order());
        return rows;
    }

    private String head(final NodeStatus node)
    {
        final NodeDescription is = node.description();
        double received = 0;
        double sent = 0;
        for (final PeerStatus peer : node.peers())
        {
            received += Math.max(0, history(node, peer).receiveRate());
            sent += Math.max(0, history(node, peer).sendRate());
        }
        return Nodes.name(node.file()) + "  up " + QuantityFormat.duration(node.uptimeNs()) + "  rx " + bitRate(received) +
            "  tx " + bitRate(sent) + "  peers " + node.peers().size() + "  " + is.udp() + "  " +
            String.join(" ", is.addresses());
    }

    private static String row(final PeerStatus peer, final PeerHistory history)
    {
        final long handshakeNs = peer.ageNs(PeerCounter.LAST_HANDSHAKE);
        final String endpoint = peer.description().endpoint();
        return String.format(Locale.ROOT, ROW, peer.description().name(), endpoint.isEmpty() ? "-" : endpoint,
            bitRate(history.receiveRate()), bitRate(history.sendRate()),
            QuantityFormat.milliseconds(peer.get(PeerCounter.RTT_LAST)),
            QuantityFormat.milliseconds(peer.get(PeerCounter.RTT_P99)),
            QuantityFormat.percent(peer.get(PeerCounter.LOSS_PPM)),
            handshakeNs < 0 ? "never" : QuantityFormat.duration(handshakeNs));
    }

    private String sparklines(final PeerHistory history, final int width)
    {
        final int room = Math.max(0, Math.min(PeerHistory.LENGTH, width / SPARKLINES - SPARKLINE_MARGIN));
        final String throughput = Sparkline.of(history.throughput(), room, bars);
        return "  rx+tx " + throughput + " ".repeat(room - throughput.length()) + "  RTT " +
            Sparkline.of(history.rtts(), room, bars);
    }

    private String help()
    {
        final StringBuilder text = new StringBuilder("q quit, sort by");
        for (final Sorting candidate : Sorting.values())
        {
            text.append(' ').append(candidate.key()).append(' ')
                .append(candidate == sorting ? "[" + candidate.text() + "]" : candidate.text());
        }
        return text.toString();
    }

    private static String bitRate(final double bitsPerSecond)
    {
        return bitsPerSecond < 0 ? "-" : QuantityFormat.bitRate(Math.rint(bitsPerSecond));
    }
}
