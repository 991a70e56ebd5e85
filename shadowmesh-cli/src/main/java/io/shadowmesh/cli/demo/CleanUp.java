package io.shadowmesh.cli.demo;

import io.shadowmesh.dataplane.status.RuntimeFolder;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;

/**
 * Undoes, in the opposite order, what the demo has done: at its end, and also when the process is told to stop.
 *
 * <p><b>Threading:</b> the demo's thread and the JVM's shutdown hook; whoever comes first does it.
 */
final class CleanUp implements AutoCloseable
{
    private static final System.Logger LOG = System.getLogger("io.shadowmesh.demo");

    private final Deque<AutoCloseable> things = new ArrayDeque<>();
    private final Thread hook = new Thread(this::undo, "demo-clean-up");
    private boolean undone;

    void installHook()
    {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Keeps something to be closed; when all has been undone already it is closed at once. */
    <T extends AutoCloseable> T keep(final T thing)
    {
        synchronized (this)
        {
            if (!undone)
            {
                things.push(thing);
                return thing;
            }
        }
        close(thing);
        return thing;
    }

    /** A new folder, deleted with all that is in it. */
    Path temporaryFolder() throws IOException
    {
        final Path folder = Files.createTempDirectory("shadowmesh-demo-");
        keep(() -> delete(folder));
        return folder;
    }

    /** A folder in memory, where there is such a thing: files that are counted in must not wait for a disk. */
    Path memoryFolder() throws IOException
    {
        final Path memory = Path.of("/dev/shm");
        if (!RuntimeFolder.isInMemory(memory) || !Files.isWritable(memory))
        {
            return temporaryFolder();
        }
        final Path folder = Files.createTempDirectory(memory, "shadowmesh-demo-");
        keep(() -> delete(folder));
        return folder;
    }

    /** Undoes all; where the process is being told to stop this never returns, and nobody sees what broke by it. */
    @Override
    public void close()
    {
        try
        {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
        catch (final IllegalStateException e)
        {
            while (true)
            {
                LockSupport.park(this);
            }
        }
        undo();
    }

    private void undo()
    {
        while (true)
        {
            final AutoCloseable thing;
            synchronized (this)
            {
                undone = true;
                thing = things.poll();
            }
            if (thing == null)
            {
                return;
            }
            close(thing);
        }
    }

    private static void close(final AutoCloseable thing)
    {
        try
        {
            thing.close();
        }
        catch (final Exception e)
        {
            LOG.log(System.Logger.Level.WARNING, "could not undo everything", e);
        }
    }

    private static void delete(final Path folder) throws IOException
    {
        Files.walkFileTree(folder, new SimpleFileVisitor<>()
        {
            @Override
            public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes) throws IOException
            {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(final Path visited, final IOException failure) throws IOException
            {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
