package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.stream.Stream;

/**
 * What must be gone when the test JVM ends, however it ends: undone in the opposite order of its making.
 */
final class CleanUp
{
    private static final Deque<Runnable> STEPS = new ArrayDeque<>();

    static
    {
        Runtime.getRuntime().addShutdownHook(new Thread(CleanUp::runAll, "clean-up"));
    }

    private CleanUp()
    {
    }

    /**
     * Adds a step. It may run although the thing is already gone.
     *
     * @param step to run when the JVM ends.
     */
    static void atExit(final Runnable step)
    {
        synchronized (STEPS)
        {
            STEPS.push(step);
        }
    }

    /**
     * Deletes a folder and all that is in it; symbolic links are not followed.
     *
     * @param folder to delete.
     */
    static void delete(final Path folder)
    {
        if (!Files.exists(folder))
        {
            return;
        }
        try (Stream<Path> files = Files.walk(folder))
        {
            files.sorted(Comparator.reverseOrder()).forEach(CleanUp::deleteOne);
        }
        catch (final IOException | UncheckedIOException e)
        {
            System.out.println("not deleted: " + folder + " (" + e.getMessage() + ")");
        }
    }

    private static void deleteOne(final Path file)
    {
        try
        {
            Files.deleteIfExists(file);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static void runAll()
    {
        while (true)
        {
            final Runnable step;
            synchronized (STEPS)
            {
                step = STEPS.poll();
            }
            if (step == null)
            {
                return;
            }
            try
            {
                step.run();
            }
            catch (final RuntimeException | Error e)
            {
                System.out.println("clean-up: " + e);
            }
        }
    }
}
