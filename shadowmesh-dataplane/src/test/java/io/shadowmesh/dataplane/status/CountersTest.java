package io.shadowmesh.dataplane.status;

import io.shadowmesh.dataplane.frame.DropReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

class CountersTest
{
    @TempDir
    private Path directory;

    @Test
    void anotherReaderOfTheFileSeesWhatWasCounted() throws IOException
    {
        final Path file = directory.resolve("tun.counters");
        try (Counters counters = Counters.mapped(file))
        {
            counters.add(TunnelCounter.TUN_BYTES_READ, 1400);
            counters.addShared(TunnelCounter.AGENT_WAITS, 2);
            counters.set(TunnelCounter.SESSIONS_LIVE, 3);
            counters.drop(DropReason.REPLAY_DUPLICATE);
            counters.drop(DropReason.CONTROL_RING_FULL.code());

            final TunnelStatus status = TunnelStatus.read(file);
            assertEquals(1400, status.get(TunnelCounter.TUN_BYTES_READ));
            assertEquals(2, status.get(TunnelCounter.AGENT_WAITS));
            assertEquals(3, status.get(TunnelCounter.SESSIONS_LIVE));
            assertEquals(1, status.get(DropReason.REPLAY_DUPLICATE));
            assertEquals(1, status.get(DropReason.CONTROL_RING_FULL));
            assertEquals(0, status.get(DropReason.TRUNCATED_FRAME));
            assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        }

        assertFalse(Files.exists(file));
    }

    @Test
    void refusesAFileThatIsNoCountersFile() throws IOException
    {
        final Path file = directory.resolve("other");
        Files.write(file, new byte[100]);
        assertThrows(IOException.class, () -> TunnelStatus.read(file));
        Files.write(file, new byte[Counters.FILE_LENGTH]);
        assertThrows(IOException.class, () -> TunnelStatus.read(file));
    }

    @Test
    void saysWhichFileItCannotMake()
    {
        final IOException e = assertThrows(
            IOException.class, () -> Counters.mapped(directory.resolve("missing").resolve("tun.counters")));
        assertEquals(true, e.getMessage().contains("tun.counters"));
    }

    @Test
    void countersInMemoryCountTheSame()
    {
        try (Counters counters = Counters.inMemory())
        {
            counters.drop(DropReason.NO_PEER);
            assertEquals(1, TunnelStatus.of(counters).get(DropReason.NO_PEER));
        }
    }
}
