package io.shadowmesh.cli.watch;

import io.shadowmesh.cli.CommandException;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.status.NodeStatus;
import io.shadowmesh.dataplane.status.PeerDescription;
import io.shadowmesh.dataplane.status.StatusFile;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class MetricsTest
{
    @TempDir
    private Path folder;

    @Test
    void hasOneFamilyForEachNameInBothFormats() throws IOException
    {
        for (final boolean openMetrics : new boolean[] {true, false})
        {
            final Set<String> seen = new HashSet<>();
            for (final String line : page(openMetrics).split("\n"))
            {
                if (line.startsWith("# TYPE "))
                {
                    assertTrue(seen.add(line.split(" ")[2]), line);
                }
            }
            assertTrue(seen.size() > 40, seen::toString);
        }
    }

    @Test
    void saysTypesUnitsAndValuesAsOpenMetricsWantsThem() throws IOException
    {
        final String page = page(true);
        for (final String line : List.of(
            "# TYPE shadowmesh_tun_read_bytes counter",
            "# UNIT shadowmesh_tun_read_bytes bytes",
            "shadowmesh_tun_read_bytes_total{tun=\"sm0\"} 1400",
            "# TYPE shadowmesh_node info",
            "shadowmesh_node_info{tun=\"sm0\",interface=\"sm0\",peer_id=\"NODE-ID\",version=\"12\"," +
            "threading=\"paired\",suite=\"AES-256-GCM\",cipher=\"libfast \\\"1\\\"\"} 1",
            "# TYPE shadowmesh_sessions_live gauge",
            "shadowmesh_dropped_packets_total{tun=\"sm0\",reason=\"replay_duplicate\"} 2",
            "shadowmesh_dropped_packets_total{tun=\"sm0\",reason=\"no_peer\"} 0",
            "shadowmesh_uptime_seconds{tun=\"sm0\"} 100",
            "# UNIT shadowmesh_peer_rtt_p99_seconds seconds",
            "shadowmesh_peer_rtt_p99_seconds{tun=\"sm0\",peer=\"near\"} 0.00044",
            "shadowmesh_peer_loss_ratio{tun=\"sm0\",peer=\"near\"} 0.001",
            "shadowmesh_peer_delivered_rate_bytes_per_second{tun=\"sm0\",peer=\"near\"} 55000",
            "shadowmesh_peer_session_age_seconds{tun=\"sm0\",peer=\"near\"} 60",
            "shadowmesh_peer_connected{tun=\"sm0\",peer=\"silent\"} 0",
            "shadowmesh_peer_received_bytes_total{tun=\"sm0\",peer=\"near\"} 1000",
            "shadowmesh_nodes 1"))
        {
            assertTrue(("\n" + page).contains("\n" + line + "\n"), () -> line + "\n" + page);
        }
        assertFalse(page.contains("rtt_last_seconds{tun=\"sm0\",peer=\"silent\"}"), page);
        assertTrue(page.endsWith("# EOF\n"), page);
    }

    @Test
    void hasTimesAsHistograms() throws IOException
    {
        try (StatusFile file = Samples.node(folder, "sm0"))
        {
            for (final long ns : new long[] {63, 64, 150, 500, 5_000_000_000L})
            {
                file.counters().times(TunnelTime.SEAL).record(ns);
            }
            final MetricFamilies metrics = NodeMetrics.of(List.of(NodeStatus.read(file.path())));
            for (final boolean openMetrics : new boolean[] {true, false})
            {
                final String page = metrics.page(openMetrics);
                for (final String line : List.of(
                    "# TYPE shadowmesh_seal_seconds histogram",
                    "shadowmesh_seal_seconds_bucket{tun=\"sm0\",le=\"0.000000063\"} 1",
                    "shadowmesh_seal_seconds_bucket{tun=\"sm0\",le=\"0.000000127\"} 2",
                    "shadowmesh_seal_seconds_bucket{tun=\"sm0\",le=\"0.000000255\"} 3",
                    "shadowmesh_seal_seconds_bucket{tun=\"sm0\",le=\"0.000000511\"} 4",
                    "shadowmesh_seal_seconds_bucket{tun=\"sm0\",le=\"1.073741823\"} 4",
                    "shadowmesh_seal_seconds_bucket{tun=\"sm0\",le=\"+Inf\"} 5",
                    "shadowmesh_seal_seconds_count{tun=\"sm0\"} 5",
                    "shadowmesh_seal_seconds_sum{tun=\"sm0\"} 5.000000777",
                    "shadowmesh_open_seconds_count{tun=\"sm0\"} 0"))
                {
                    assertTrue(("\n" + page).contains("\n" + line + "\n"), () -> line + "\n" + page);
                }
            }
        }
    }

    @Test
    void saysTheSameInTheOlderFormat() throws IOException
    {
        final String page = page(false);
        assertTrue(page.contains("# TYPE shadowmesh_tun_read_bytes_total counter\n"), page);
        assertTrue(page.contains("# TYPE shadowmesh_node_info gauge\n"), page);
        assertFalse(page.contains("# EOF") || page.contains("# UNIT"), page);
    }

    /** Whoever renames a metric must rename it there too. */
    @ParameterizedTest
    @ValueSource(strings = {"docs/grafana-dashboard.json", "docs/watching.md"})
    void hasEveryMetricThatTheDocumentsName(final String document) throws IOException
    {
        final String page = page(true);
        final Matcher names = Pattern.compile("shadowmesh_[a-z0-9_]*[a-z0-9]").matcher(
            Files.readString(Path.of(System.getProperty("shadowmesh.root"), document)));
        int count = 0;
        while (names.find())
        {
            final String name = names.group();
            assertTrue(page.contains("\n" + name + "{") || page.contains("\n" + name + " ") ||
                page.contains("# TYPE " + name + " histogram\n"), name);
            count++;
        }
        assertTrue(count > 20, document);
    }

    @Test
    void tellsPeersOfOneNameApart() throws IOException
    {
        try (StatusFile file = Samples.node(folder, "sm0"))
        {
            Samples.peer(file, "same", 1, 0, -1, -1);
            file.addPeer(new PeerDescription("same", "OTHER-ID", "", "", 0, 0, List.of()));
            final String page = NodeMetrics.of(List.of(NodeStatus.read(file.path()))).page(true);
            assertTrue(page.contains("shadowmesh_peer_sent_bytes_total{tun=\"sm0\",peer=\"same\"} 0\n"), page);
            assertTrue(page.contains("shadowmesh_peer_sent_bytes_total{tun=\"sm0\",peer=\"OTHER-ID\"} 0\n"), page);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", value = {
        "none | false",
        "*/* | false",
        "text/plain | true",
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1 | true",
        "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4," +
        "text/plain;version=0.0.4;q=0.3,*/*;q=0.2 | false",
        "text/plain, application/openmetrics-text;q=0.1 | true",
        "text/html | false"})
    void speaksTheFormatThatTheClientLikesBest(final String accept, final boolean plain)
    {
        assertEquals(plain, MetricsServer.prefersPlain(accept));
    }

    @Test
    void answersAtMetricsAlone() throws IOException
    {
        final InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (MetricsServer server = MetricsServer.start(anyPort, () -> NodeMetrics.of(List.of())))
        {
            final HttpURLConnection page = ask(server, "GET", "/metrics");
            assertEquals(200, page.getResponseCode());
            assertEquals(MetricsServer.OPEN_METRICS, page.getContentType());
            final String body = new String(page.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(body.endsWith("shadowmesh_nodes 0\n# EOF\n"), body);
            assertEquals(200, ask(server, "HEAD", "/metrics").getResponseCode());
            assertEquals(404, ask(server, "GET", "/").getResponseCode());
            assertEquals(404, ask(server, "GET", "/metrics/more").getResponseCode());
            assertEquals(405, ask(server, "DELETE", "/metrics").getResponseCode());
            assertThrows(IOException.class, () -> MetricsServer.start(server.address(), () -> null).close());
        }
    }

    @Test
    void listensWhereItIsTold()
    {
        assertEquals("/127.0.0.1:9586", MetricsCommand.address("127.0.0.1:9586").toString());
        assertEquals("/127.0.0.1:1", MetricsCommand.address("1").toString());
        assertTrue(MetricsCommand.address("localhost:0").getAddress().isLoopbackAddress());
        assertEquals(16, MetricsCommand.address("[::1]:9586").getAddress().getAddress().length);
        assertTrue(MetricsCommand.address("0.0.0.0:9586").getAddress().isAnyLocalAddress());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:9586", "[::1]",
        "[127.0.0.1]:80", "host.example:80", "127.0.0.1/8:80"})
    void refusesToListenAtWhatIsNoAddress(final String text)
    {
        final CommandException e = assertThrows(CommandException.class, () -> MetricsCommand.address(text));
        assertEquals(CommandException.USAGE, e.exitStatus());
    }

    private String page(final boolean openMetrics) throws IOException
    {
        try (StatusFile file = Samples.node(folder, "sm0"))
        {
            file.counters().add(TunnelCounter.TUN_BYTES_READ, 1400);
            file.counters().addDrops(DropReason.REPLAY_DUPLICATE, 2);
            Samples.peer(file, "near", 1_000, 2_000, 440_000, 1_000);
            Samples.peer(file, "silent", 0, 0, -1, -1);
            return NodeMetrics.of(List.of(NodeStatus.read(file.path()))).page(openMetrics);
        }
    }

    private static HttpURLConnection ask(final MetricsServer server, final String method, final String path)
        throws IOException
    {
        final URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + path);
        final HttpURLConnection connection = (HttpURLConnection)uri.toURL().openConnection();
        connection.setRequestMethod(method);
        // Its own default prefers HTML.
        connection.setRequestProperty("Accept", "*/*");
        return connection;
    }
}
