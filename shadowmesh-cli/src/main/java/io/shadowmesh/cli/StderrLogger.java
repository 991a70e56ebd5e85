package io.shadowmesh.cli;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.util.Locale;
import java.util.ResourceBundle;

/**
 * Puts each record on standard error, in a {@link LogFormat}.
 *
 * <p><b>Threading:</b> any thread may log; each record is printed whole.
 */
final class StderrLogger implements System.Logger
{
    private static volatile Level threshold = Level.INFO;
    private static volatile LogFormat format = LogFormat.PLAIN;
    private static volatile PrintStream copy;

    private final String name;
    private final boolean own;

    StderrLogger(final String name)
    {
        this.name = name;
        this.own = name.startsWith("io.shadowmesh");
    }

    /** Records below this level are dropped from now on, in every logger; above debug, all of a {@link WarmUp}. */
    static void threshold(final Level level)
    {
        threshold = level;
    }

    /** Records look like this from now on, in every logger. */
    static void format(final LogFormat newFormat)
    {
        format = newFormat;
    }

    /** What records look like now. */
    static LogFormat format()
    {
        return format;
    }

    /** Appends every record to a file as well. */
    static void copyTo(final Path file) throws IOException
    {
        copy = new PrintStream(new FileOutputStream(file.toFile(), true), true, StandardCharsets.UTF_8);
    }

    @Override
    public String getName()
    {
        return name;
    }

    @Override
    public boolean isLoggable(final Level level)
    {
        // Others' details are none of a node's: the JDK logs every exit of the process, with a stack trace.
        final Level lowest = own || threshold.getSeverity() > Level.INFO.getSeverity() ? threshold : Level.INFO;
        return level != Level.OFF && lowest != Level.OFF && level.getSeverity() >= lowest.getSeverity() &&
            (threshold.getSeverity() <= Level.DEBUG.getSeverity() || !WarmUp.isOneOfItsThreads());
    }

    @Override
    public void log(final Level level, final ResourceBundle bundle, final String message, final Throwable thrown)
    {
        if (isLoggable(level))
        {
            print(level, message, thrown);
        }
    }

    @Override
    public void log(final Level level, final ResourceBundle bundle, final String format, final Object... params)
    {
        if (isLoggable(level))
        {
            final boolean plain = format == null || params == null || params.length == 0;
            print(level, plain ? format : new MessageFormat(format, Locale.ROOT).format(params), null);
        }
    }

    private void print(final Level level, final String message, final Throwable thrown)
    {
        final String text =
            format.text(LogFormat.now(), level, name, message, thrown, isLoggable(Level.DEBUG));
        System.err.println(text);
        final PrintStream file = copy;
        if (file != null)
        {
            file.println(text);
        }
    }
}
