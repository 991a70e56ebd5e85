package io.shadowmesh.cli.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the demo is doing: one line that is redrawn on a terminal, a line per step elsewhere. */
final class Progress implements AutoCloseable
{
    private static final Path STDERR = Path.of("/proc/self/fd/2");
    private static final String REDRAW = "\r\033[K";

    private final PrintStream err;
    private final boolean terminal;
    private boolean open;

    Progress(final PrintStream err)
    {
        this(err, isTerminal());
    }

    Progress(final PrintStream err, final boolean terminal)
    {
        this.err = err;
        this.terminal = terminal;
    }

    /** A new step. */
    void step(final String text)
    {
        if (terminal)
        {
            err.print(REDRAW + text);
            err.flush();
            open = true;
        }
        else
        {
            err.println(text);
        }
    }

    /** How far the step is; shown on a terminal only. */
    void update(final String text)
    {
        if (terminal)
        {
            step(text);
        }
    }

    /** How the step ended; it stays. */
    void done(final String text)
    {
        err.println((terminal ? REDRAW : "") + text);
        open = false;
    }

    @Override
    public void close()
    {
        if (open)
        {
            err.print(REDRAW);
            err.flush();
            open = false;
        }
    }

    private static boolean isTerminal()
    {
        try
        {
            final String target = Files.readSymbolicLink(STDERR).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        }
        catch (final IOException | UnsupportedOperationException e)
        {
            return false;
        }
    }
}
