package io.shadowmesh.dataplane.status;

import io.shadowmesh.dataplane.frame.DropReason;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class NodeEventsTest
{
    @TempDir
    private Path folder;

    @Test
    void areRecordedWithTheirFieldsWhenTheyAreAskedFor() throws IOException
    {
        final List<RecordedEvent> events = record(true);
        assertEquals(
            new TreeSet<>(NodeEvents.NAMES),
            new TreeSet<>(events.stream().map(event -> event.getEventType().getName()).toList()));

        final RecordedEvent handshake = of(events, "io.shadowmesh.Handshake");
        assertEquals("beta", handshake.getString("peer"));
        assertEquals("192.0.2.1:9443", handshake.getString("endpoint"));
        assertTrue(handshake.getBoolean("initiator"));
        assertEquals("established", handshake.getString("outcome"));
        final RecordedEvent rekey = of(events, "io.shadowmesh.Rekey");
        assertEquals(Duration.ofSeconds(120), rekey.getDuration("previousAge"));
        assertEquals(1234, rekey.getLong("bytesSent"));
        assertEquals("b", of(events, "io.shadowmesh.Roam").getString("to"));
        assertEquals("EIO", of(events, "io.shadowmesh.OffloadDowngrade").getString("error"));
        assertEquals(2604, of(events, "io.shadowmesh.RingLimitChange").getLong("to"));
        assertEquals(Duration.ofMillis(500), of(events, "io.shadowmesh.RingLimitChange").getDuration("rtt"));
        assertEquals(150, of(events, "io.shadowmesh.DropBurst").getLong("count"));
        assertEquals(Duration.ofSeconds(1), of(events, "io.shadowmesh.DropBurst").getDuration("period"));
    }

    @Test
    void areOffUntilTheyAreAskedForByName() throws IOException
    {
        assertEquals(List.of(), record(false));
    }

    private List<RecordedEvent> record(final boolean wanted) throws IOException
    {
        final Path file = folder.resolve(wanted + ".jfr");
        try (Recording recording = new Recording())
        {
            if (wanted)
            {
                NodeEvents.NAMES.forEach(recording::enable);
            }
            recording.start();
            NodeEvents.handshake("beta", "192.0.2.1:9443", true, "established");
            NodeEvents.rekey("beta", false, Duration.ofSeconds(120).toNanos(), 1234);
            NodeEvents.roam("beta", "a", "b");
            NodeEvents.offloadDowngrade("UDP segmentation", "EIO");
            NodeEvents.ringLimitChange(256, 2604, Duration.ofMillis(500).toNanos());
            final Counters counters = Counters.inMemory();
            final DropBursts bursts = new DropBursts(counters);
            drop(counters, 1000);
            assertEquals(0, bursts.look(1_000_000_000L), "what was before the first look is no burst");
            drop(counters, 150);
            assertEquals(1, bursts.look(2_000_000_000L));
            drop(counters, 99);
            assertEquals(0, bursts.look(3_000_000_000L));
            counters.close();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().startsWith("io.shadowmesh")).toList();
    }

    private static void drop(final Counters counters, final int count)
    {
        for (int i = 0; i < count; i++)
        {
            counters.drop(DropReason.UNKNOWN_INDEX);
        }
    }

    private static RecordedEvent of(final List<RecordedEvent> events, final String name)
    {
        return events.stream().filter(event -> event.getEventType().getName().equals(name)).findFirst().orElseThrow();
    }
}
