package io.shadowmesh.cli;

import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.status.NodeDescription;
import io.shadowmesh.dataplane.status.OffloadDescription;
import io.shadowmesh.dataplane.status.PeerCounter;
import io.shadowmesh.dataplane.status.PeerDescription;
import io.shadowmesh.dataplane.status.PeerRecord;
import io.shadowmesh.dataplane.status.StatusFile;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class StatusCommandTest
{
    /** Where the start of the node's process stands in a status file. */
    private static final int PROCESS_START_OFFSET = 16;
    private static final long SECOND_NS = 1_000_000_000L;

    @TempDir
    private Path folder;
    private final List<StatusFile> files = new ArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @AfterEach
    void close()
    {
        files.forEach(StatusFile::close);
    }

    @Test
    void showsANodeAndItsPeersToPeople() throws IOException
    {
        node("sm0");
        assertEquals(0, run("status"), err::toString);
        assertEquals("""
            interface: sm0
              peer ID: NODE-ID
              running: for 1 min 40 s, process PID, version 12
              address: 10.0.0.1/24 fd00::1/64, MTU 1400
              UDP: 192.0.2.1:9443
              threads: paired
              cipher: AES-256-GCM, by libfast 1
              offloads: TUN super-packets (TCP and UDP), UDP receive off (the kernel has none)
              ring: 3 of 256 packets
              dropped: 2 frames received twice

            peer: office
              peer ID: OFFICE-ID
              endpoint: 192.0.2.2:9443, looked up as office.example:9443
              allowed IPs: 10.1.0.0/16 and 8 more
              keepalive: every 25 s
              last handshake: 1 min 30 s ago, session 1 min 30 s old
              received: 3 packets, 4.00 kB
              sent: 1 packets, 2.00 MB
              round trip: last 0.44 ms, min 0.40 ms, p50 0.45 ms, p99 12.00 ms
              loss: 0.10 %
              dropped: 1 frames received twice

            peer: silent
              peer ID: SILENT-ID
              endpoint: not known yet
              allowed IPs: none
              last handshake: never, no session
              received: 0 packets, 0 B
              sent: 0 packets, 0 B
            """.replace("PID", Long.toString(ProcessHandle.current().pid())), out.toString());
    }

    @Test
    void showsANodeAndItsPeersToPrograms() throws IOException
    {
        node("sm0");
        assertEquals(0, run("status", "--json", "sm0"), err::toString);
        final String json = out.toString();
        for (final String line : List.of(
            "\"interface\": \"sm0\",", "\"uptime_seconds\": 100,", "\"fill_packets\": 3", "\"tun_bytes_read\": 0,",
            "\"detail\": \"the kernel has none\"", "\"replay_duplicate\": 2", "\"host\": \"office.example:9443\",",
            "\"last_handshake_age_seconds\": 90,", "\"last\": 0.00044,", "\"loss_ratio\": 0.001,",
            "\"endpoint\": null,", "\"session_age_seconds\": null,", "\"p99\": null", "\"loss_ratio\": null,",
            "\"drops\": {}"))
        {
            assertTrue(json.contains(line + "\n") || json.contains(line + ",\n"), () -> line + "\n" + json);
        }
    }

    @Test
    void showsAllNodesOrOne() throws IOException
    {
        node("sm0");
        node("sm1");
        assertEquals(0, run("status"), err::toString);
        assertTrue(out.toString().contains("interface: sm0\n") && out.toString().contains("interface: sm1\n"));
        out.getBuffer().setLength(0);
        assertEquals(0, run("status", "sm1"), err::toString);
        assertFalse(out.toString().contains("sm0"));
    }

    @Test
    void saysWhichNodesThereAreInPlaceOfAnUnknownOne() throws IOException
    {
        node("sm0");
        refused(CommandException.FAILURE, "there is no node with the device sm9; running here: sm0", "status", "sm9");
    }

    @Test
    void saysThatNoNodeIsRunning()
    {
        refused(CommandException.FAILURE, "no node is running here; shadowmesh up starts one", "status");
        refused(CommandException.FAILURE, "no node is running here; shadowmesh up starts one", "status", "--json");
        assertTrue(out.toString().contains("\"nodes\": []"), out::toString);
    }

    @Test
    void saysThatANodeRunsWhoseStatusFileHasBeenRemoved() throws IOException
    {
        final Path socket = folder.resolve("sm7.sock");
        try (ServerSocketChannel node = ServerSocketChannel.open(StandardProtocolFamily.UNIX))
        {
            node.bind(UnixDomainSocketAddress.of(socket));
            final String lost = "the node with the device sm7 runs, and its status file " + folder.resolve("sm7.status") +
                " has been removed: start it again to have one";
            refused(CommandException.FAILURE, lost, "status");
            refused(CommandException.FAILURE, lost, "status", "sm7");
            refused(CommandException.FAILURE, "no node is running here; shadowmesh up starts one", "status", "sm8");
        }
        refused(CommandException.FAILURE, "no node is running here; shadowmesh up starts one", "status");
    }

    @Test
    void saysThatANodeEndedWithoutCleaningUp() throws IOException
    {
        final Path file = node("sm0").path();
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw"))
        {
            access.seek(PROCESS_START_OFFSET);
            access.writeLong(1);
        }
        refused(CommandException.FAILURE, "the node is not running any more: sm0 (process " +
            ProcessHandle.current().pid() + ") ended without cleaning up; shadowmesh up starts it again", "status", "sm0");
    }

    @Test
    void saysWhatIsNoStatusFile() throws IOException
    {
        Files.writeString(folder.resolve("sm0.status"), "nothing");
        refused(CommandException.FAILURE, folder.resolve("sm0.status") + " is no status file", "status");
        node("sm1");
        assertEquals(0, run("status"));
        assertTrue(out.toString().contains("interface: sm1\n"));
    }

    private StatusFile node(final String device) throws IOException
    {
        final StatusFile file = StatusFile.create(folder, device, 2);
        files.add(file);
        file.describe(new NodeDescription(
            device, "NODE-ID", "12", List.of("10.0.0.1/24", "fd00::1/64"), 1400, "192.0.2.1:9443", "paired",
            "AES-256-GCM", "libfast 1", List.of(
                new OffloadDescription(OffloadDescription.TUN, true, "TCP and UDP"),
                new OffloadDescription(OffloadDescription.GRO, false, "the kernel has none"))));
        file.started(0);
        file.counters().set(TunnelCounter.RING_LIMIT, 256);
        file.counters().set(TunnelCounter.RING_FILL, 3);
        file.counters().addDrops(DropReason.REPLAY_DUPLICATE, 2);
        final PeerRecord office = file.addPeer(new PeerDescription(
            "office", "OFFICE-ID", "192.0.2.2:9443", "office.example:9443", 25, 9, List.of("10.1.0.0/16")));
        office.set(PeerCounter.PACKETS_SENT, 1);
        office.set(PeerCounter.BYTES_SENT, 2_000_000);
        office.set(PeerCounter.PACKETS_RECEIVED, 3);
        office.set(PeerCounter.BYTES_RECEIVED, 4_000);
        office.set(PeerCounter.LAST_HANDSHAKE, 10 * SECOND_NS);
        office.set(PeerCounter.SESSION_START, 10 * SECOND_NS);
        office.set(PeerCounter.RTT_LAST, 440_000);
        office.set(PeerCounter.RTT_MINIMUM, 400_000);
        office.set(PeerCounter.RTT_P50, 450_000);
        office.set(PeerCounter.RTT_P99, 12_000_000);
        office.set(PeerCounter.LOSS_PPM, 1_000);
        office.set(DropReason.REPLAY_DUPLICATE, 1);
        final PeerRecord silent =
            file.addPeer(new PeerDescription("silent", "SILENT-ID", "", "", 0, 0, List.of()));
        for (final PeerCounter stamp : List.of(PeerCounter.LAST_HANDSHAKE, PeerCounter.SESSION_START,
            PeerCounter.LAST_RECEIVED, PeerCounter.LAST_SENT))
        {
            silent.set(stamp, Long.MIN_VALUE);
        }
        for (final PeerCounter unknown : List.of(PeerCounter.RTT_LAST, PeerCounter.RTT_SMOOTHED,
            PeerCounter.RTT_MINIMUM, PeerCounter.RTT_P50, PeerCounter.RTT_P99, PeerCounter.LOSS_PPM,
            PeerCounter.DELIVERED_RATE))
        {
            silent.set(unknown, -1);
        }
        file.updated(100 * SECOND_NS);
        return file;
    }

    private void refused(final int status, final String why, final String... words)
    {
        err.getBuffer().setLength(0);
        assertEquals(status, run(words));
        assertEquals("shadowmesh: " + why + "\n", err.toString());
    }

    private int run(final String... words)
    {
        final List<String> all = new ArrayList<>(Arrays.asList(words));
        all.addAll(List.of("--status-dir", folder.toString()));
        return Main.run(all.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
    }
}
