package io.shadowmesh.dataplane.identity;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class IdentityFileTest
{
    @TempDir
    private Path temporary;

    private Path keydir;
    private Path file;

    @BeforeEach
    void chooseAFolder()
    {
        keydir = temporary.resolve("keys");
        file = IdentityFile.path(keydir);
    }

    @Test
    void keepsAnIdentity() throws IOException
    {
        final Identity made = IdentityFile.create(keydir);
        final Identity loaded = IdentityFile.load(keydir);
        assertEquals(made.peerId(), loaded.peerId());
        assertArrayEquals(made.publicKey(), loaded.publicKey());
        assertArrayEquals(made.keyPair().secret(), loaded.keyPair().secret());
        assertEquals(keydir.resolve("identity.key"), file);
    }

    @Test
    void onlyTheOwnerMayReadIt() throws IOException
    {
        IdentityFile.create(keydir);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(keydir)));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void leavesNothingElseBehind() throws IOException
    {
        IdentityFile.create(keydir);
        assertThrows(IOException.class, () -> IdentityFile.create(keydir));
        try (Stream<Path> files = Files.list(keydir))
        {
            assertEquals(1, files.count());
        }
    }

    @Test
    void isOneLineOfText() throws IOException
    {
        final Identity made = IdentityFile.create(keydir);
        assertEquals(
            "shadowmesh-identity-v1 " + Base64.getEncoder().encodeToString(made.keyPair().secret()) + "\n",
            Files.readString(file));
    }

    @Test
    void readsALineWithoutItsEnd() throws IOException
    {
        final Identity made = IdentityFile.create(keydir);
        Files.writeString(file, Files.readString(file).strip());
        assertEquals(made.peerId(), IdentityFile.load(keydir).peerId());
    }

    @Test
    void neverOverwrites() throws IOException
    {
        IdentityFile.create(keydir);
        final byte[] before = Files.readAllBytes(file);
        final String message = refusal(() -> IdentityFile.create(keydir));
        assertTrue(message.startsWith(file + " exists and is kept"), message);
        assertArrayEquals(before, Files.readAllBytes(file));
    }

    @Test
    void neverFollowsALinkToWriteThroughIt() throws IOException
    {
        Files.createDirectory(keydir);
        final Path elsewhere = temporary.resolve("elsewhere");
        Files.createSymbolicLink(file, elsewhere);
        assertTrue(refusal(() -> IdentityFile.create(keydir)).contains("exists"));
        assertTrue(refusal(() -> IdentityFile.loadOrCreate(keydir)).contains("symbolic link"));
        assertFalse(Files.exists(elsewhere));
    }

    @Test
    void onlyOneOfManyWritersWins() throws Exception
    {
        final int writers = 8;
        final CyclicBarrier start = new CyclicBarrier(writers);
        final ExecutorService threads = Executors.newFixedThreadPool(writers);
        try
        {
            final Callable<PeerId> writer = () ->
            {
                start.await();
                return IdentityFile.loadOrCreate(keydir).peerId();
            };
            final PeerId kept = firstOf(threads, writer, writers);
            assertEquals(kept, IdentityFile.load(keydir).peerId());
        }
        finally
        {
            threads.shutdownNow();
        }
    }

    private static PeerId firstOf(
        final ExecutorService threads, final Callable<PeerId> writer, final int writers) throws Exception
    {
        final Future<?>[] results = new Future<?>[writers];
        for (int i = 0; i < writers; i++)
        {
            results[i] = threads.submit(writer);
        }
        for (final Future<?> result : results)
        {
            assertEquals(results[0].get(), result.get());
        }
        return (PeerId)results[0].get();
    }

    @Test
    void makesOneWhereThereIsNoneAndLoadsItAfterwards() throws IOException
    {
        final Identity first = IdentityFile.loadOrCreate(keydir);
        assertEquals(first.peerId(), IdentityFile.loadOrCreate(keydir).peerId());
    }

    @Test
    void makesFoldersInFolders() throws IOException
    {
        IdentityFile.create(temporary.resolve("a/b/c"));
        assertTrue(Files.exists(temporary.resolve("a/b/c/identity.key")));
    }

    @Test
    void leavesTheModeOfAFolderThatExists() throws IOException
    {
        Files.createDirectory(keydir);
        Files.setPosixFilePermissions(keydir, PosixFilePermissions.fromString("rwxr-xr-x"));
        IdentityFile.create(keydir);
        assertEquals("rwxr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(keydir)));
    }

    @Test
    void refusesASymbolicLink() throws IOException
    {
        IdentityFile.create(keydir);
        final Path other = temporary.resolve("other");
        Files.createDirectory(other);
        Files.createSymbolicLink(IdentityFile.path(other), file);
        assertTrue(refusal(() -> IdentityFile.load(other)).contains("is a symbolic link"));
    }

    @Test
    void loadsThroughALinkedFolder() throws IOException
    {
        IdentityFile.create(keydir);
        final Path link = temporary.resolve("link");
        Files.createSymbolicLink(link, keydir);
        assertEquals(IdentityFile.load(keydir).peerId(), IdentityFile.load(link).peerId());
    }

    @Test
    void refusesWhatGroupOrOthersMayTouch() throws IOException
    {
        IdentityFile.create(keydir);
        for (final String mode : new String[]{ "rw-r-----", "rw--w----", "rw----r--", "rw-----w-", "rw---x---" })
        {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
            assertEquals(
                file + " is open to group or others; run `chmod 600 " + file + "`",
                refusal(() -> IdentityFile.load(keydir)));
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
        IdentityFile.load(keydir);
    }

    @Test
    void rootTakesTheFileThatAUserHasMade() throws IOException
    {
        final Identity made = IdentityFile.create(keydir);
        try
        {
            Files.setAttribute(file, "unix:uid", 12345);
        }
        catch (final IOException ex)
        {
            Assumptions.abort("only root can give a file away");
        }
        assertEquals(made.peerId(), IdentityFile.load(keydir).peerId());
    }

    @Test
    void refusesWhatIsNoIdentity() throws IOException
    {
        final Identity made = IdentityFile.create(keydir);
        final String good = Files.readString(file);
        final String[] bad = {
            "", "\n", "x", good + "x", good + good, good.substring(1), good.replace("-v1", "-v2"),
            good.replace(' ', '\t'), good.substring(0, 60), good.toLowerCase().replace("\n", "\r"),
            good.replaceFirst("(?<= ).", "*"), good.replaceFirst(".\n", "=\n"), "y".repeat(100_000) };
        for (final String text : bad)
        {
            Files.writeString(file, text, StandardCharsets.ISO_8859_1);
            final String message = refusal(() -> IdentityFile.load(keydir));
            assertTrue(message.contains("is not an identity of this version"), message);
        }
        Files.writeString(file, good);
        assertEquals(made.peerId(), IdentityFile.load(keydir).peerId());
    }

    @Test
    void saysHowToMakeOne()
    {
        assertEquals(
            "no folder " + keydir + "; make an identity with `shadowmesh keygen -keydir " + keydir + "`",
            refusal(() -> IdentityFile.load(keydir)));
        assertEquals(
            "no identity in " + temporary + "; make one with `shadowmesh keygen -keydir " + temporary + "`",
            refusal(() -> IdentityFile.load(temporary)));
    }

    @Test
    void refusesAFolderThatIsAFile() throws IOException
    {
        Files.writeString(keydir, "");
        assertTrue(refusal(() -> IdentityFile.create(keydir)).startsWith("cannot make the folder " + keydir));
        assertEquals(keydir + " is not a folder; give another -keydir", refusal(() -> IdentityFile.load(keydir)));
    }

    @Test
    void refusesAFolderInTheFilesPlace() throws IOException
    {
        Files.createDirectories(file);
        assertTrue(refusal(() -> IdentityFile.load(keydir)).contains("is not a regular file"));
        assertTrue(refusal(() -> IdentityFile.create(keydir)).contains("exists"));
    }

    @Test
    void refusesAFolderThatCannotBeWritten()
    {
        final Path nowhere = Path.of("/proc/shadowmesh-keys");
        assertTrue(refusal(() -> IdentityFile.create(nowhere)).startsWith("cannot make the folder " + nowhere));
        final Path unwritable = Path.of("/proc");
        assertTrue(refusal(() -> IdentityFile.create(unwritable)).startsWith("cannot write "));
    }

    private interface Action
    {
        void run() throws IOException;
    }

    private static String refusal(final Action action)
    {
        final String message = assertThrows(IOException.class, action::run).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }
}
