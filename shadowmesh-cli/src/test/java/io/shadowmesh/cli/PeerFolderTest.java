package io.shadowmesh.cli;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class PeerFolderTest
{
    @TempDir
    private Path keydir;
    private PeerFolder folder;

    @BeforeEach
    void useTemporaryFolder()
    {
        folder = new PeerFolder(keydir.resolve("keys"));
    }

    @Test
    void hasNoPeersWhereThereIsNoFolder()
    {
        assertEquals(List.of(), folder.load());
        assertFalse(Files.exists(keydir.resolve("keys")));
    }

    @Test
    void keepsPeersForTheOwnerAlone() throws IOException
    {
        folder.add(entry("b", 1));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.file("b"))));
        final Path peers = keydir.resolve("keys/peers");
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(peers)));
        try (Stream<Path> files = Files.list(peers))
        {
            assertEquals(List.of(folder.file("b")), files.toList(), "no draft is left");
        }
    }

    @Test
    void loadsPeersByName()
    {
        final PeerEntry c = new PeerEntry("c", Ids.C, null, List.of(), PeerEntry.KEEPALIVE_UNSET, null);
        folder.add(c);
        folder.add(entry("b", 1));
        assertEquals(List.of(entry("b", 1), c), folder.load());
    }

    @Test
    void neverOverwritesAPeer() throws IOException
    {
        folder.add(entry("b", 1));
        final String before = Files.readString(folder.file("b"));
        final CommandException e = assertThrows(CommandException.class, () -> folder.add(
            new PeerEntry("b", Ids.C, null, List.of(), 0, null)));
        assertTrue(e.getMessage().contains("already there"), e.getMessage());
        assertEquals(before, Files.readString(folder.file("b")));
    }

    @Test
    void writesThroughNoLinkThatLiesInTheWayOfItsDraft() throws IOException
    {
        final Path precious = Files.writeString(keydir.resolve("precious"), "precious");
        final Path draft = Files.createSymbolicLink(keydir.resolve("draft"), precious);
        assertThrows(FileAlreadyExistsException.class, () -> PeerFolder.writeDraft(draft, "text"));
        assertThrows(FileAlreadyExistsException.class, () -> PeerFolder.writeDraft(precious, "text"));
        assertEquals("precious", Files.readString(precious));
    }

    @Test
    void waitsForNoPipe() throws IOException, InterruptedException
    {
        Files.createDirectories(folder.path());
        final Path pipe = folder.path().resolve("../pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", folder.file("b").toString(), pipe.toString()).start().waitFor());
        assertRefused("b.toml: not a regular file");
        Files.delete(folder.file("b"));
        Files.writeString(folder.file("b"), "id = \"" + Ids.B + "\"\nallowed_ips_file = \"../pipe\"\n");
        assertRefused("pipe: not a regular file");
    }

    private void assertRefused(final String text)
    {
        final CommandException e = assertTimeoutPreemptively(
            Duration.ofSeconds(60), () -> assertThrows(CommandException.class, folder::load));
        assertTrue(e.getMessage().contains(text), e.getMessage());
    }

    @Test
    void refusesAPeerIdASecondTime()
    {
        folder.add(entry("b", 1));
        final CommandException e = assertThrows(CommandException.class, () -> folder.add(entry("other", 2)));
        assertTrue(e.getMessage().contains("'b'"), e.getMessage());
        assertEquals(1, folder.load().size());
    }

    @Test
    void refusesTwoFilesOfOnePeerId() throws IOException
    {
        folder.add(entry("b", 1));
        Files.copy(folder.file("b"), folder.file("c"));
        final CommandException e = assertThrows(CommandException.class, folder::load);
        assertTrue(e.getMessage().contains("the same Peer ID"), e.getMessage());
    }

    @Test
    void removesAPeerAndSaysWhenThereIsNone()
    {
        folder.add(entry("b", 1));
        folder.remove("b");
        assertEquals(List.of(), folder.load());
        final CommandException e = assertThrows(CommandException.class, () -> folder.remove("b"));
        assertEquals(CommandException.FAILURE, e.exitStatus());
        assertTrue(e.getMessage().contains("no peer named 'b'"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "../b", "a/b", ".hidden", "-b", "a b", "b\n", "bü"})
    void refusesNamesThatAreNoFileNames(final String name)
    {
        assertEquals(CommandException.USAGE,
            assertThrows(CommandException.class, () -> folder.add(entry(name, 1))).exitStatus());
        assertThrows(CommandException.class, () -> folder.remove(name));
    }

    @Test
    void refusesAPeerIdAsAName()
    {
        assertThrows(CommandException.class, () -> folder.add(entry(Ids.B.toString(), 1)));
        assertThrows(CommandException.class, () -> folder.add(entry("x".repeat(64), 1)));
    }

    private static PeerEntry entry(final String name, final int port)
    {
        return new PeerEntry(name, Ids.B, new HostPort("192.0.2.2", port), List.of(), 25, null);
    }
}
