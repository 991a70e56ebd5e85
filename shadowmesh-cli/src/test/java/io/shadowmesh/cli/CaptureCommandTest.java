package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class CaptureCommandTest
{
    @TempDir
    private Path folder;

    @Test
    void recordsForTheUserAloneAlsoOverAFileThatOthersRead() throws IOException
    {
        final Path file = Files.writeString(folder.resolve("old.pcapng"), "a much longer old recording");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        try (InputStream reader = Files.newInputStream(file); FileChannel channel = CaptureCommand.open(file))
        {
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            channel.write(ByteBuffer.wrap("clear text".getBytes()));
            assertEquals("a much longer old recording", new String(reader.readAllBytes()));
        }
        assertEquals("clear text", Files.readString(file));
    }

    @Test
    void leavesALinkAndWhatItLeadsToAlone() throws IOException
    {
        final Path precious = Files.writeString(folder.resolve("precious"), "precious");
        final Path link = Files.createSymbolicLink(folder.resolve("link"), precious);
        final CommandException e = assertThrows(CommandException.class, () -> CaptureCommand.open(link));
        assertTrue(e.getMessage().contains("symbolic link"), e.getMessage());
        assertTrue(Files.isSymbolicLink(link));
        assertEquals("precious", Files.readString(precious));
    }
}
