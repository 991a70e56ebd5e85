package io.shadowmesh.dataplane.host;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class ProcessUserTest
{
    @TempDir
    private Path folder;

    @Test
    void isTheOwnerOfWhatTheProcessMakes() throws IOException
    {
        final Path file = Files.createFile(folder.resolve("made"));
        assertEquals(Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS), ProcessUser.effective());
    }

    @Test
    void isTheEffectiveOneWhateverTheProcessIsCalled() throws IOException
    {
        assertEquals(1002, ProcessUser.effective(status("Name:\tn\u00f6de\nUid:\t1001\t1002\t1003\t1004\nGid:\t5\t6\n")));
        assertEquals(-2, ProcessUser.effective(status("Uid:\t0\t4294967294\t0\t0\n")));
    }

    @Test
    void saysWhatToDoWhereItIsNotTold()
    {
        final IOException e = assertThrows(IOException.class, () -> ProcessUser.effective(status("Name:\tjava\n")));
        assertEquals(folder.resolve("status") + " does not tell the user; mount /proc", e.getMessage());
    }

    private Path status(final String text) throws IOException
    {
        return Files.writeString(folder.resolve("status"), text, StandardCharsets.ISO_8859_1);
    }
}
