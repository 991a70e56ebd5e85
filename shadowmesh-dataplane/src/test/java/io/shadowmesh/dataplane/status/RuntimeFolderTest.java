package io.shadowmesh.dataplane.status;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class RuntimeFolderTest
{
    @TempDir
    private Path directory;

    @Test
    void takesTheFolderThatWasChosenAndMakesIt() throws IOException
    {
        final Path chosen = directory.resolve("a").resolve("b");
        final RuntimeFolder folder = RuntimeFolder.usual(Map.of(RuntimeFolder.VARIABLE, chosen.toString()));
        assertTrue(folder.isRequired());
        assertEquals(List.of(), folder.readable());
        assertEquals(chosen, folder.make());
        assertEquals(List.of(chosen), folder.readable());
    }

    @Test
    void saysWhichFolderItCannotMake() throws IOException
    {
        final Path file = Files.createFile(directory.resolve("file"));
        final IOException e = assertThrows(IOException.class, () -> RuntimeFolder.at(file).make());
        assertTrue(e.getMessage().startsWith("cannot make the status folder " + file), e::getMessage);
    }

    @Test
    void prefersMemoryToADisk() throws IOException
    {
        final Path disk = directory.resolve("disk");
        final Path memory = directory.resolve("memory");
        final RuntimeFolder folder =
            RuntimeFolder.among(List.of(disk, memory), path -> path.equals(memory), ownUid());
        Files.createDirectory(memory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        assertEquals(memory, folder.make());
        assertFalse(Files.exists(disk));
    }

    @Test
    void takesADiskWhereThereIsNothingElse() throws IOException
    {
        final Path missing = directory.resolve("missing").resolve("folder");
        final Path disk = directory.resolve("disk");
        final Path memory = directory.resolve("memory");
        Files.createFile(memory);
        final RuntimeFolder folder =
            RuntimeFolder.among(List.of(missing, disk, memory), path -> path.equals(memory), ownUid());
        assertEquals(disk, folder.make());
        assertEquals("rwxr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(disk)));
    }

    @Test
    void passesOverAFolderThatOthersMayWriteTo() throws IOException
    {
        final Path open = Files.createDirectory(directory.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        final RuntimeFolder folder = RuntimeFolder.among(List.of(open), path -> true, ownUid());
        final IOException e = assertThrows(IOException.class, folder::make);
        assertTrue(e.getMessage().endsWith(open + " is writable for others"), e::getMessage);
        assertEquals(List.of(), folder.readable());
    }

    @Test
    void passesOverALinkThatSomebodyPutInItsPlace() throws IOException
    {
        final Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        final Path link = Files.createSymbolicLink(directory.resolve("link"), elsewhere);
        final RuntimeFolder folder = RuntimeFolder.among(List.of(link), path -> true, ownUid());
        assertTrue(assertThrows(IOException.class, folder::make).getMessage().endsWith(link + " is no folder"));
        assertEquals(List.of(), folder.readable());
    }

    @Test
    void passesOverAFolderOfAnotherUser() throws IOException
    {
        final Path foreign = Files.createDirectory(directory.resolve("foreign"));
        assumeTrue(0 == ownUid(), "only root can give a folder away");
        Files.setAttribute(foreign, "unix:uid", 65_534);
        final RuntimeFolder folder = RuntimeFolder.among(List.of(foreign), path -> true, 0);
        final IOException e = assertThrows(IOException.class, folder::make);
        assertTrue(e.getMessage().endsWith(foreign + " belongs to another user"), e::getMessage);
        assertEquals(List.of(), folder.readable());
    }

    @Test
    void looksIntoTheFoldersOfServicesWhoeverTheyBelongTo() throws IOException
    {
        final Path usual = Files.createDirectory(directory.resolve("usual"));
        Files.setPosixFilePermissions(usual, PosixFilePermissions.fromString("rwxr-xr-x"));
        final Path service = Files.createDirectory(usual.resolve("office"));
        if (0 == ownUid())
        {
            Files.setAttribute(service, "unix:uid", 65_534);
        }
        Files.createSymbolicLink(usual.resolve("link"), Files.createDirectory(directory.resolve("elsewhere")));
        Files.createFile(usual.resolve("sm0.status"));
        Files.createDirectory(usual.resolve(".draft"));
        final RuntimeFolder folder = RuntimeFolder.among(List.of(usual), path -> true, ownUid());
        assertEquals(List.of(usual, service), folder.readable());
        assertEquals(usual, folder.make());
    }

    @Test
    void leavesRootsFolderInSharedMemoryToRoot()
    {
        assertEquals(List.of(Path.of("/run/shadowmesh"), Path.of("/dev/shm/shadowmesh")),
            RuntimeFolder.candidates(0, "/run/user/0"));
        assertEquals(List.of(Path.of("/run/shadowmesh"), Path.of("/run/user/7/shadowmesh"),
            Path.of("/dev/shm/shadowmesh-7")), RuntimeFolder.candidates(7, "/run/user/7"));
        assertEquals(List.of(Path.of("/run/shadowmesh"), Path.of("/dev/shm/shadowmesh-7")),
            RuntimeFolder.candidates(7, ""));
    }

    @Test
    void knowsMemoryFromOtherFileSystems()
    {
        assertFalse(RuntimeFolder.isInMemory(Path.of("/proc")));
        assertFalse(RuntimeFolder.isInMemory(directory.resolve("missing")));
        if (Files.isDirectory(Path.of("/dev/shm")))
        {
            assertTrue(RuntimeFolder.isInMemory(Path.of("/dev/shm")));
        }
    }

    private int ownUid() throws IOException
    {
        return (int)Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }
}
