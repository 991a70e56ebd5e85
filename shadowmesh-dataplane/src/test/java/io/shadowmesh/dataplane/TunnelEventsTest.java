package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.status.NodeEvents;
import io.shadowmesh.dataplane.status.TunnelCounter;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Two whole nodes in one process: what a recording of the flight recorder hears of them. */
@Timeout(120)
class TunnelEventsTest
{
    private static final long PATIENCE_NS = 90_000_000_000L;

    @TempDir
    private Path folder;

    @Test
    void tellsOfTheFirstHandshakeAndOfNewKeys() throws IOException
    {
        final Identity identityA = Identity.generate();
        final Identity identityB = Identity.generate();
        final Path file = folder.resolve("tunnel.jfr");
        try (Recording recording = new Recording();
            Wire wireA = new Wire("memA", 1400);
            Wire wireB = new Wire("memB", 1400);
            Tunnel b = Tunnel.builder().identity(identityB).device(wireB.device())
                .bind(new InetSocketAddress("127.0.0.1", 0))
                .peer(TunnelPeer.builder(identityA.peerId()).name("alpha").allowedIp(IpPrefix.parse("10.10.10.3/32"))
                    .build()).start())
        {
            NodeEvents.NAMES.forEach(recording::enable);
            recording.start();
            try (Tunnel a = Tunnel.builder().identity(identityA).device(wireA.device())
                .renewalAge(Duration.ofSeconds(1)).bind(new InetSocketAddress("127.0.0.1", 0))
                .peer(TunnelPeer.builder(identityB.peerId()).name("beta").allowedIp(IpPrefix.parse("10.10.10.4/32"))
                    .endpoint("127.0.0.1", b.localAddress().getPort()).initiate(true).build()).start())
            {
                final long deadlineNs = System.nanoTime() + PATIENCE_NS;
                while (a.status().get(TunnelCounter.SESSIONS_ESTABLISHED) < 2)
                {
                    assertTrue(System.nanoTime() < deadlineNs, "the keys are not renewed");
                    wireA.send(0x0A0A0A03, 0x0A0A0A04, 1200, 1);
                    wireB.receive();
                    Thread.yield();
                }
                // Ten small packets a second from now on.
                while (a.status().get(TunnelCounter.SESSIONS_ESTABLISHED) < 3)
                {
                    assertTrue(System.nanoTime() < deadlineNs, "the keys are not renewed again");
                    wireA.send(0x0A0A0A03, 0x0A0A0A04, 60, 1);
                    wireB.receive();
                    LockSupport.parkNanos(100_000_000);
                }
            }
            recording.stop();
            recording.dump(file);
        }

        final List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        final RecordedEvent handshake = first(events, "io.shadowmesh.Handshake", "beta");
        assertEquals("established", handshake.getString("outcome"));
        assertTrue(handshake.getBoolean("initiator"));
        assertTrue(handshake.getString("endpoint").startsWith("127.0.0.1:"), handshake.toString());
        final RecordedEvent rekey = first(events, "io.shadowmesh.Rekey", "beta");
        assertTrue(rekey.getDuration("previousAge").compareTo(Duration.ofSeconds(1)) >= 0, rekey.toString());
        assertTrue(rekey.getLong("bytesSent") > 0, rekey.toString());
        final RecordedEvent second = events.stream()
            .filter(event -> event.getEventType().getName().equals("io.shadowmesh.Rekey") &&
                "beta".equals(event.getString("peer")) && event.getStartTime().isAfter(rekey.getStartTime()))
            .findFirst().orElseThrow();
        assertTrue(second.getLong("bytesSent") < rekey.getLong("bytesSent"), "of its keys alone: " + second + rekey);
    }

    private static RecordedEvent first(final List<RecordedEvent> events, final String type, final String peer)
    {
        return events.stream()
            .filter(event -> event.getEventType().getName().equals(type) && peer.equals(event.getString("peer")))
            .findFirst().orElseThrow(() -> new AssertionError("no " + type + " of " + peer));
    }
}
