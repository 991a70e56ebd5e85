package io.shadowmesh.bindgen;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Programs of the machine that runs the build. */
final class Tool
{
    /** How a program ended, and what it said. */
    record Outcome(int status, String output)
    {
    }

    private Tool()
    {
    }

    /**
     * Looks for a program.
     *
     * @param name       its name, or its path.
     * @param searchPath as PATH has it; may be null.
     * @return where it is, or null.
     */
    static Path find(final String name, final String searchPath)
    {
        if (name.indexOf('/') >= 0)
        {
            return Files.isExecutable(Path.of(name)) ? Path.of(name) : null;
        }
        for (final String folder : (searchPath == null ? "" : searchPath).split(File.pathSeparator))
        {
            final Path candidate = folder.isEmpty() ? null : Path.of(folder, name);
            if (candidate != null && Files.isRegularFile(candidate) && Files.isExecutable(candidate))
            {
                return candidate;
            }
        }
        return null;
    }

    static Outcome run(final List<String> command) throws IOException
    {
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        final String output = new String(process.getInputStream().readAllBytes());
        try
        {
            return new Outcome(process.waitFor(), output);
        }
        catch (final InterruptedException e)
        {
            process.destroy();
            throw new IOException(command.get(0) + " was interrupted", e);
        }
    }
}
