package io.shadowmesh.dataplane.identity;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PresharedKeyFileTest
{
    @TempDir
    private Path folder;
    private Path file;

    @BeforeEach
    void chooseAName()
    {
        file = folder.resolve("b.psk");
    }

    @Test
    void keepsAKeyThatOnlyTheOwnerMayRead() throws IOException
    {
        PresharedKeyFile.create(file);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        final String text = Files.readString(file);
        assertEquals(45, text.length(), "44 characters and the end of the line, as wg genpsk has it");
        assertEquals(text, PresharedKeyFile.text(PresharedKeyFile.load(file)) + "\n");
        assertEquals(List.of(file), Files.list(folder).toList());
    }

    @Test
    void makesAnotherKeyEachTime()
    {
        assertFalse(Arrays.equals(PresharedKeyFile.generate(), PresharedKeyFile.generate()));
    }

    @Test
    void neverOverwritesAKey() throws IOException
    {
        PresharedKeyFile.create(file);
        final byte[] key = PresharedKeyFile.load(file);
        assertTrue(refusal(() -> PresharedKeyFile.create(file)).contains("never overwritten"));
        assertArrayEquals(key, PresharedKeyFile.load(file));
    }

    @Test
    void takesAKeyWithoutTheEndOfItsLine() throws IOException
    {
        PresharedKeyFile.create(file);
        final byte[] key = PresharedKeyFile.load(file);
        Files.writeString(file, PresharedKeyFile.text(key));
        assertArrayEquals(key, PresharedKeyFile.load(file));
    }

    @Test
    void refusesAKeyThatOthersMayRead() throws IOException
    {
        PresharedKeyFile.create(file);
        for (final String open : List.of("rw-r-----", "rw----r--", "rw--w----"))
        {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(open));
            assertTrue(refusal(() -> PresharedKeyFile.load(file)).contains("chmod 600 " + file), open);
        }
    }

    @Test
    void refusesASymbolicLink() throws IOException
    {
        PresharedKeyFile.create(file);
        final Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        assertTrue(refusal(() -> PresharedKeyFile.load(link)).contains("is a symbolic link"));
    }

    @Test
    void saysHowToMakeOneWhereThereIsNone()
    {
        assertTrue(refusal(() -> PresharedKeyFile.load(file)).contains("shadowmesh genpsk -o " + file));
    }

    @Test
    void refusesWhatIsNoKeyWithoutShowingIt() throws IOException
    {
        PresharedKeyFile.create(file);
        final String good = Files.readString(file).strip();
        for (final String bad : List.of("", "\n", good.substring(4), "AAAA" + good, good + "\n\n", "!" + good.substring(1)))
        {
            Files.writeString(file, bad);
            final String message = refusal(() -> PresharedKeyFile.load(file));
            assertTrue(message.contains("is not a preshared key"), message);
            assertFalse(message.contains(good.substring(5, 15)), message);
        }
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
