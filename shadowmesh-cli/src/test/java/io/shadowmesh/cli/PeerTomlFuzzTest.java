package io.shadowmesh.cli;

import com.code_intelligence.jazzer.junit.FuzzTest;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A peer's file of any text: one line that says what is wrong, or a peer that is the same when it is written and read. */
final class PeerTomlFuzzTest
{
    private static final Path FILE = Path.of("p", "b.toml");

    @FuzzTest
    void peerFile(final byte[] data)
    {
        final PeerEntry entry;
        try
        {
            entry = PeerToml.parse(FILE, "b", new String(data, StandardCharsets.UTF_8));
        }
        catch (final CommandException ex)
        {
            assertTrue(ex.getMessage().startsWith(FILE + ":"), ex.getMessage());
            assertFalse(ex.getMessage().contains("\n"), ex.getMessage());
            return;
        }
        assertEquals(entry, PeerToml.parse(FILE, "b", PeerToml.write(entry)));
    }
}
