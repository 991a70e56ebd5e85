package io.shadowmesh.cli;

import io.shadowmesh.dataplane.PeerReplacement;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;

final class PeerWatchTest
{
    @TempDir
    private Path keydir;
    private PeerFolder folder;
    private PeerWatch watch;
    private Throwable thrown;
    private int loads;

    @BeforeEach
    void watchAFolderWithTwoNamedFiles() throws IOException
    {
        folder = new PeerFolder(keydir);
        Files.createDirectories(folder.path());
        Files.writeString(keydir.resolve("b.cidrs"), "10.10.10.4/32\n");
        Files.writeString(folder.file("b"), "id = \"" + Ids.B +
            "\"\nallowed_ips_file = \"../b.cidrs\"\npreshared_key_file = \"../b.psk\"\n");
        folder.load();
        watch = new PeerWatch(folder, this::reload, ServiceNotice.of(Map.of(), 1));
    }

    @Test
    void takesUpNothingWhereNothingHasChanged()
    {
        look(4);
        assertEquals(0, loads);
    }

    @Test
    void takesUpWhatHasChangedOnceItIsSeenTheSameTwice() throws IOException
    {
        Files.writeString(folder.file("b"), "id = \"" + Ids.B + "\"\n");
        look(1);
        assertEquals(0, loads);
        look(4);
        assertEquals(1, loads);
    }

    @Test
    void seesAChangeToAFileThatAPeersFileNames() throws IOException
    {
        Files.writeString(keydir.resolve("b.cidrs"), "10.10.10.4/32\n10.10.10.5/32\n");
        look(4);
        assertEquals(1, loads);
        Files.writeString(keydir.resolve("b.psk"), "no key");
        look(4);
        assertEquals(2, loads);
        Files.delete(keydir.resolve("b.psk"));
        look(4);
        assertEquals(3, loads);
    }

    @Test
    void readsAFileThatIsWrongOnceUntilItChanges() throws IOException
    {
        Files.writeString(keydir.resolve("b.cidrs"), "nonsense\n");
        look(6);
        assertEquals(1, loads);
        Files.writeString(keydir.resolve("b.cidrs"), "10.10.10.4/32\n");
        look(6);
        assertEquals(2, loads);
    }

    @Test
    void triesAgainAfterWhateverElseGoesWrong() throws IOException
    {
        Files.writeString(keydir.resolve("b.cidrs"), "10.10.10.5/32\n");
        thrown = new IllegalStateException("the tunnel does not take up its new peers");
        look(3);
        assertEquals(2, loads);
        thrown = new StackOverflowError();
        look(1);
        assertEquals(3, loads);
        thrown = null;
        look(4);
        assertEquals(4, loads);
    }

    private void look(final int times)
    {
        for (int i = 0; i < times; i++)
        {
            watch.look();
        }
    }

    private PeerReplacement reload()
    {
        loads++;
        folder.load();
        if (thrown instanceof final Error error)
        {
            throw error;
        }
        if (thrown instanceof final RuntimeException exception)
        {
            throw exception;
        }
        return new PeerReplacement(List.of(), List.of("b"), List.of());
    }
}
