package io.shadowmesh.dataplane.status;

import io.shadowmesh.dataplane.frame.DropReason;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

class StatusFileTest
{
    private static final NodeDescription NODE = new NodeDescription(
        "sm0", "AAAAAAA-BBBBBBB", "12", List.of("10.0.0.1/24", "fd00::1/64"), 1400, "192.0.2.1:9443", "paired",
        "AES-256-GCM", "libfast 1", List.of(
            new OffloadDescription(OffloadDescription.TUN, true, "TCP and UDP"),
            new OffloadDescription(OffloadDescription.GRO, false, "the kernel has none")));

    @TempDir
    private Path directory;
    private Path file;

    @BeforeEach
    void name()
    {
        file = directory.resolve("sm0.status");
    }

    @Test
    void anotherReaderOfTheFileSeesWhatWasCounted() throws IOException
    {
        try (StatusFile status = StatusFile.create(directory, "sm0", 1))
        {
            assertEquals(file, status.path());
            status.counters().add(TunnelCounter.TUN_BYTES_READ, 1400);
            status.counters().addShared(TunnelCounter.AGENT_WAITS, 2);
            status.counters().set(TunnelCounter.SESSIONS_LIVE, 3);
            status.counters().drop(DropReason.REPLAY_DUPLICATE);
            status.counters().drop(DropReason.CONTROL_RING_FULL.code());
            for (final TunnelTime time : TunnelTime.values())
            {
                status.counters().times(time).record(1_000L + time.ordinal());
            }
            status.counters().times(TunnelTime.OPEN).record(150);

            final TunnelStatus read = TunnelStatus.read(file);
            assertEquals(1400, read.get(TunnelCounter.TUN_BYTES_READ));
            assertEquals(2, read.get(TunnelCounter.AGENT_WAITS));
            assertEquals(3, read.get(TunnelCounter.SESSIONS_LIVE));
            assertEquals(1, read.get(DropReason.REPLAY_DUPLICATE));
            assertEquals(1, read.get(DropReason.CONTROL_RING_FULL));
            assertEquals(0, read.get(DropReason.TRUNCATED_FRAME));
            for (final TunnelTime time : TunnelTime.values())
            {
                assertEquals(TunnelTime.OPEN == time ? 2 : 1, read.times(time).count(), time::text);
                assertEquals(1_000 + time.ordinal(), read.times(time).greatestNs(), time::text);
            }
            assertEquals(1_153, read.times(TunnelTime.OPEN).sumNs());
            assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        }
        assertEquals(Set.of(), names());
    }

    @Test
    void anotherReaderSeesWhatTheNodeIsAndSinceWhen() throws IOException
    {
        try (StatusFile status = StatusFile.create(directory, "sm0", 0))
        {
            status.describe(NODE);
            status.started(5_000);
            status.updated(7_000);
            final NodeStatus read = NodeStatus.read(file);
            assertEquals(NODE, read.description());
            assertEquals(2_000, read.uptimeNs());
            assertEquals(ProcessHandle.current().pid(), read.pid());
            assertTrue(read.isRunning());
            assertTrue(read.startMs() <= read.updatedMs());
            assertEquals(List.of(), read.peers());
        }
    }

    @Test
    void showsPeersThatComeAndGo() throws IOException
    {
        try (StatusFile status = StatusFile.create(directory, "sm0", 0))
        {
            status.started(0);
            final PeerRecord first = status.addPeer(peer("first"));
            final PeerRecord second = status.addPeer(peer("second"));
            first.set(PeerCounter.BYTES_SENT, 7);
            second.set(PeerCounter.BYTES_SENT, 8);
            second.set(PeerCounter.LAST_HANDSHAKE, 100);
            second.set(PeerCounter.SESSION_START, Long.MIN_VALUE);
            second.set(DropReason.REPLAY_TOO_OLD, 9);
            second.set(DropReason.NO_ENDPOINT, 0);
            first.remove();
            status.updated(150);

            final PeerStatus only = NodeStatus.read(file).peers().getFirst();
            assertEquals(1, NodeStatus.read(file).peers().size());
            assertEquals(peer("second"), only.description());
            assertEquals(8, only.get(PeerCounter.BYTES_SENT));
            assertEquals(50, only.ageNs(PeerCounter.LAST_HANDSHAKE));
            assertEquals(-1, only.ageNs(PeerCounter.SESSION_START));
            assertEquals(9, only.get(DropReason.REPLAY_TOO_OLD));

            final PeerRecord third = status.addPeer(peer("third"));
            assertEquals(0, NodeStatus.read(file).peers().getFirst().get(PeerCounter.BYTES_SENT));
            third.describe(peer("renamed"));
            assertEquals(
                List.of("renamed", "second"),
                NodeStatus.read(file).peers().stream().map(read -> read.description().name()).toList());
        }
    }

    @Test
    void hasRoomForPeersUpToACapHoweverMuchIsDropped() throws IOException
    {
        try (StatusFile status = StatusFile.create(directory, "sm0", 1))
        {
            int peers = 0;
            while (status.hasRoomForPeer())
            {
                final PeerRecord peer = status.addPeer(peer("peer" + peers++));
                for (final DropReason reason : DropReason.values())
                {
                    peer.set(reason, 1);
                }
            }
            assertNull(status.addPeer(peer("one too many")));
            final NodeStatus read = NodeStatus.read(file);
            assertEquals(peers, read.peers().size());
            assertEquals(1, read.peers().getFirst().get(DropReason.CONTROL_RING_FULL));
        }
    }

    @Test
    void showsTheFirstPrefixesOfAPeerWithVeryMany() throws IOException
    {
        final List<String> prefixes = IntStream.range(0, 64)
            .mapToObj(i -> "2001:db8:1111:2222:3333:4444:5555:" + i + "/128").toList();
        try (StatusFile status = StatusFile.create(directory, "sm0", 1))
        {
            status.addPeer(new PeerDescription("much", "ID", "", "", 0, 64_000, prefixes));
            final PeerDescription read = NodeStatus.read(file).peers().getFirst().description();
            assertEquals(64_000, read.allowedIpsCount());
            assertFalse(read.allowedIps().isEmpty());
            assertEquals(prefixes.subList(0, read.allowedIps().size()), read.allowedIps());
        }
    }

    /** A reader beside a writer that rewrites a text sees one or the other, and never half of each. */
    @Test
    void survivesAReaderThatComesAndGoes() throws IOException, InterruptedException
    {
        try (StatusFile status = StatusFile.create(directory, "sm0", 1))
        {
            final NodeDescription other = NODE.with(List.of());
            final PeerRecord staying = status.addPeer(peer("staying"));
            status.describe(NODE);
            final AtomicBoolean done = new AtomicBoolean();
            final Thread writer = new Thread(() ->
            {
                for (long i = 0; !done.get(); i++)
                {
                    status.describe(i % 2 == 0 ? other : NODE);
                    staying.set(PeerCounter.BYTES_SENT, i);
                    if (i % 64 == 0)
                    {
                        final PeerRecord passing = status.addPeer(peer("passing"));
                        passing.set(PeerCounter.BYTES_SENT, -1);
                        passing.remove();
                    }
                    LockSupport.parkNanos(i % 16 == 0 ? 200_000 : 0);
                }
            });
            writer.start();
            try
            {
                for (int i = 0; i < 2_000; i++)
                {
                    final NodeStatus read = NodeStatus.read(file);
                    assertTrue(NODE.equals(read.description()) || other.equals(read.description()));
                    for (final PeerStatus peer : read.peers())
                    {
                        assertTrue(Set.of("staying", "passing").contains(peer.description().name()));
                        assertTrue(
                            peer.get(PeerCounter.BYTES_SENT) >= 0 || "passing".equals(peer.description().name()));
                    }
                }
            }
            finally
            {
                done.set(true);
                writer.join();
            }
        }
    }

    @Test
    void replacesTheFileOfANodeThatIsGone() throws IOException
    {
        final StatusFile gone = StatusFile.create(directory, "sm0", 0);
        // A process of that number started at another time.
        patch(StatusLayout.PROCESS_START_OFFSET, 1);
        assertFalse(NodeStatus.read(file).isRunning());
        try (StatusFile next = StatusFile.create(directory, "sm0", 0))
        {
            assertEquals(file, next.path());
            gone.close();
            assertTrue(NodeStatus.read(file).isRunning(), "the late end of one node must not remove the next one's file");
        }
        assertEquals(Set.of(), names());
    }

    @Test
    void leavesWhatIsNoStatusFileInItsPlace() throws IOException
    {
        final Path precious = Files.writeString(file, "precious ".repeat(10_000));
        try (StatusFile other = StatusFile.create(directory, "sm0", 1))
        {
            assertEquals(directory.resolve("sm0-" + ProcessHandle.current().pid() + ".status"), other.path());
        }
        assertEquals("precious ".repeat(10_000), Files.readString(precious));
    }

    @Test
    void takesAnotherNameBesideANodeThatRuns() throws IOException
    {
        try (StatusFile first = StatusFile.create(directory, "sm0", 0);
            StatusFile second = StatusFile.create(directory, "sm0", 0);
            StatusFile third = StatusFile.create(directory, "sm0", 0))
        {
            final long pid = ProcessHandle.current().pid();
            assertEquals(file, first.path());
            assertEquals("sm0-" + pid + ".status", second.path().getFileName().toString());
            assertEquals("sm0-" + pid + "-2.status", third.path().getFileName().toString());
            assertEquals(3, NodeStatus.files(directory).size());
        }
    }

    @Test
    void takesANodeOfAnotherPidNamespaceForRunningWhileItsFileIsFresh() throws IOException
    {
        try (StatusFile status = StatusFile.create(directory, "sm0", 0))
        {
            assertNotNull(status.path());
            patch(StatusLayout.NAMESPACE_OFFSET, 1);
            patch(StatusLayout.PROCESS_START_OFFSET, 1);
            assertTrue(NodeStatus.isRunning(file));
            patch(StatusLayout.UPDATED_OFFSET, System.currentTimeMillis() - 60_000);
            assertFalse(NodeStatus.isRunning(file));
        }
    }

    @Test
    void refusesAFileThatIsNoStatusFile() throws IOException
    {
        Files.write(file, new byte[100]);
        refused("is no status file");
        Files.write(file, new byte[100_000]);
        refused("is no status file");
        assertFalse(NodeStatus.isRunning(file));
        Files.delete(file);
        refused("there is no");
    }

    @Test
    void waitsForNoPipeAndFollowsNoLink() throws IOException, InterruptedException
    {
        assertEquals(0, new ProcessBuilder("mkfifo", file.toString()).start().waitFor());
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> refused(file + " is no status file"));
        Files.delete(file);
        try (StatusFile other = StatusFile.create(directory, "other", 1))
        {
            Files.createSymbolicLink(file, other.path());
            refused(file + " is no status file");
        }
    }

    @Test
    void refusesAFileOfAnotherVersionOrDamagedOne() throws IOException
    {
        try (StatusFile status = StatusFile.create(directory, "sm0", 0))
        {
            assertNotNull(status.path());
            final long versionAndSchema = patch(StatusLayout.VERSION_OFFSET, StatusLayout.VERSION + 1);
            refused("another version");
            assertTrue(NodeStatus.isRunning(file));
            patch(StatusLayout.VERSION_OFFSET, versionAndSchema);
            patch(StatusLayout.PEERS_OFFSET, 3);
            refused("damaged");
        }
    }

    @Test
    void saysWhichFileItCannotMake()
    {
        final IOException e =
            assertThrows(IOException.class, () -> StatusFile.create(directory.resolve("missing"), "sm0", 0));
        assertTrue(
            e.getMessage().contains("missing/sm0.status: there is no such folder; give a folder"), e::getMessage);
    }

    @Test
    void countersInMemoryCountTheSame()
    {
        try (StatusFile status = StatusFile.inMemory())
        {
            status.counters().drop(DropReason.NO_PEER);
            assertEquals(1, TunnelStatus.of(status.counters()).get(DropReason.NO_PEER));
            assertFalse(status.hasRoomForPeer());
            assertNull(status.path());
        }
    }

    private static PeerDescription peer(final String name)
    {
        return new PeerDescription(name, "ID-OF-" + name, "192.0.2.2:9443", "host:9443", 25, 1, List.of("10.0.0.0/24"));
    }

    private void refused(final String why)
    {
        final String message = assertThrows(IOException.class, () -> NodeStatus.read(file)).getMessage();
        assertTrue(message.contains(why) && message.contains(file.toString()), message);
    }

    /** Writes eight bytes into the file, and returns those that were there. */
    private long patch(final int offset, final long value) throws IOException
    {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw");
            FileChannel channel = access.getChannel())
        {
            final MappedByteBuffer memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, StatusLayout.HEADER_LENGTH);
            memory.order(ByteOrder.nativeOrder());
            final UnsafeBuffer buffer = new UnsafeBuffer(memory);
            final long before = buffer.getLong(offset);
            buffer.putLong(offset, value);
            return before;
        }
    }

    private Set<String> names()
    {
        return new TreeSet<>(List.of(directory.toFile().list()));
    }
}
