package io.shadowmesh.cli.watch;

import io.shadowmesh.dataplane.status.NodeStatus;
import io.shadowmesh.dataplane.status.StatusFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class LiveViewTest
{
    private static final int WIDTH = 110;
    private static final int HEIGHT = 40;

    @TempDir
    private Path folder;
    private final LiveView view = new LiveView(Sparkline.ASCII);

    @Test
    void showsNodesPeersAndKeysOnTheScreen() throws IOException
    {
        try (StatusFile file = Samples.node(folder, "sm0"))
        {
            Samples.peer(file, "near", 1_000, 2_000, 440_000, 1_000);
            Samples.peer(file, "silent", 0, 0, -1, -1);
            final List<String> lines = view.screen(look(file), "", WIDTH, HEIGHT);
            assertTrue(lines.getFirst().startsWith("sm0  up 1 min 40 s  rx 0 bit/s  tx 0 bit/s  peers 2  192.0.2.1:9443"));
            assertTrue(lines.get(1).startsWith("PEER"), lines::toString);
            assertTrue(lines.get(2).matches(
                "near +192\\.0\\.2\\.2:9443 +- +- +0\\.44 ms +0\\.44 ms +0\\.10 % +1 min 0 s"), lines::toString);
            assertTrue(lines.get(4).matches("silent +192\\.0\\.2\\.2:9443 +- +- +- +- +- +never"), lines::toString);
            assertEquals("q quit, sort by n [name] r rx t tx d rtt l loss", lines.getLast());
        }
    }

    @Test
    void saysWhyNodesAreNotShown()
    {
        final Nodes unread = new Nodes(List.of(), List.of(), List.of("cannot read sm0.status"));
        assertEquals("no node is running here: cannot read sm0.status", LiveStatus.message(null, unread));
        assertEquals("no node with the device sm0 is running here: cannot read sm0.status",
            LiveStatus.message("sm0", unread));
        assertEquals("no node is running here",
            LiveStatus.message(null, new Nodes(List.of(), List.of(), List.of())));
    }

    @Test
    void sortsByTheKeyThatWasPressed() throws IOException
    {
        try (StatusFile file = Samples.node(folder, "sm0"))
        {
            Samples.peer(file, "b-near", 0, 0, 1_000, 30);
            Samples.peer(file, "a-middle", 0, 0, 2_000, 10);
            Samples.peer(file, "c-far", 0, 0, 3_000, 20);
            assertEquals("a-middle b-near c-far", order(file));
            assertTrue(view.sort('d'));
            assertEquals("c-far a-middle b-near", order(file));
            assertTrue(view.sort('l'));
            assertEquals("b-near c-far a-middle", order(file));
            assertTrue(view.sort('r') && view.sort('t') && view.sort('n'));
            assertEquals("a-middle b-near c-far", order(file));
            assertFalse(view.sort('x'));
        }
    }

    @Test
    void fitsIntoASmallScreen() throws IOException
    {
        try (StatusFile file = Samples.node(folder, "sm0"))
        {
            for (int i = 0; i < 20; i++)
            {
                Samples.peer(file, "peer" + i, 0, 0, 1_000, 0);
            }
            final List<String> lines = view.screen(look(file), "", 30, 10);
            assertEquals(10, lines.size());
            assertTrue(lines.stream().allMatch(line -> line.length() <= 30), lines::toString);
            assertTrue(lines.getLast().startsWith("q quit"), lines::toString);
            assertEquals(1, view.screen(look(file), "", 30, 1).size());
        }
    }

    @Test
    void saysThatThereIsNoNodeAnyMore()
    {
        assertEquals("none", view.screen(List.of(), "none", WIDTH, HEIGHT).getFirst());
    }

    @Test
    void writesALineForEachPeerWhereThereIsNoScreen() throws IOException
    {
        try (StatusFile file = Samples.node(folder, "sm0"))
        {
            Samples.peer(file, "near", 1_000, 2_000, 440_000, 1_000);
            assertEquals(
                List.of("2026-01-02T03:04:05Z sm0 near rx - tx - rtt 0.44 ms loss 0.10 %"),
                view.lines(look(file), Instant.parse("2026-01-02T03:04:05.678Z")));
        }
    }

    @Test
    void ratesAreThoseBetweenTwoUpdatesOfTheNode()
    {
        final PeerHistory history = new PeerHistory();
        history.add(1, 1_000, 0, 500, 7);
        assertEquals(-1, history.receiveRate());
        history.add(1, 3_000, 1_000, 1_000, 8);
        assertEquals(4_000, history.receiveRate());
        assertEquals(2_000, history.sendRate());
        history.add(1, 3_000, 1_000, 1_000, 9);
        assertArrayEquals(new double[] {6_000}, history.throughput());
        assertArrayEquals(new double[] {8}, history.rtts());
    }

    @Test
    void aNodeThatStartedAgainHasNoRateAtFirst()
    {
        final PeerHistory history = new PeerHistory();
        history.add(1, 1_000, 1_000, 0, 7);
        history.add(2, 2_000, 5_000, 0, 7);
        assertEquals(-1, history.receiveRate());
        history.add(2, 3_000, 6_000, 0, 7);
        assertEquals(8_000, history.receiveRate());
    }

    @Test
    void remembersAMinute()
    {
        final PeerHistory history = new PeerHistory();
        for (int i = 0; i <= 2 * PeerHistory.LENGTH; i++)
        {
            history.add(1, 1_000L * i, 0, 0, i);
        }
        final double[] rtts = history.rtts();
        assertEquals(PeerHistory.LENGTH, rtts.length);
        assertEquals(PeerHistory.LENGTH + 1, rtts[0]);
        assertEquals(2 * PeerHistory.LENGTH, rtts[PeerHistory.LENGTH - 1]);
    }

    @Test
    void drawsBarsAsHighAsTheLargest()
    {
        assertEquals("_.-:=+*#", Sparkline.of(new double[] {1, 2, 3, 4, 5, 6, 7, 8}, 8, Sparkline.ASCII));
        assertEquals("▁█", Sparkline.of(new double[] {8, 1, 80}, 2, Sparkline.BLOCKS));
        assertEquals("__ #", Sparkline.of(new double[] {0, 0.1, -1, 9}, 9, Sparkline.ASCII));
        assertEquals("__", Sparkline.of(new double[] {0, 0}, 9, Sparkline.ASCII));
        assertEquals("", Sparkline.of(new double[] {1, 2}, 0, Sparkline.ASCII));
    }

    private String order(final StatusFile file) throws IOException
    {
        return String.join(" ", view.lines(look(file), Instant.EPOCH).stream().map(line -> line.split(" ")[2]).toList());
    }

    private List<NodeStatus> look(final StatusFile file) throws IOException
    {
        final List<NodeStatus> nodes = List.of(NodeStatus.read(file.path()));
        view.add(nodes);
        return nodes;
    }
}
