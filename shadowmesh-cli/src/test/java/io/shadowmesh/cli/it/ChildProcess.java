package io.shadowmesh.cli.it;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process that a test started, its output line by line as it comes, and the only process that the test may end.
 *
 * <p><b>Threading</b>: one thread per stream reads; any thread may ask.
 */
final class ChildProcess implements AutoCloseable
{
    private final String name;
    private final Process process;
    private final Lines output;
    private final Lines errors;

    private ChildProcess(final String name, final Process process)
    {
        this.name = name;
        this.process = process;
        this.output = new Lines(process.getInputStream(), name + "-out");
        this.errors = new Lines(process.getErrorStream(), name + "-err");
        CleanUp.atExit(this::close);
    }

    /**
     * Starts a process.
     *
     * @param name    for messages.
     * @param folder  to run in.
     * @param command and its arguments.
     * @return the process.
     */
    static ChildProcess start(final String name, final Path folder, final List<String> command)
    {
        return start(name, folder, Map.of(), command);
    }

    /**
     * Starts a process in an environment.
     *
     * @param name        for messages.
     * @param folder      to run in.
     * @param environment variables beside those of this process.
     * @param command     and its arguments.
     * @return the process.
     */
    static ChildProcess start(
        final String name, final Path folder, final Map<String, String> environment, final List<String> command)
    {
        try
        {
            final ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
            builder.environment().put("LC_ALL", "C");
            builder.environment().putAll(environment);
            builder.environment().put("PATH", System.getenv("PATH") + File.pathSeparator + "/usr/sbin:/sbin");
            return new ChildProcess(name, builder.start());
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException("cannot start " + command, e);
        }
    }

    /** @return the process id. */
    long pid()
    {
        return process.pid();
    }

    /** @return whether it still runs. */
    boolean isAlive()
    {
        return process.isAlive();
    }

    /** @return the time that all its threads have had on a processor. */
    Duration cpuTime()
    {
        return process.info().totalCpuDuration().orElseThrow(() -> new AssertionError("no CPU time of " + this));
    }

    /** @return all lines of standard output so far. */
    List<String> output()
    {
        return output.snapshot();
    }

    /** @return all lines of standard error so far. */
    List<String> errors()
    {
        return errors.snapshot();
    }

    /**
     * Waits for a line on standard output.
     *
     * @param regex to be found in it.
     * @return the match.
     */
    Matcher awaitOutput(final String regex)
    {
        return awaitOutput(regex, Await.SOON);
    }

    /**
     * Waits for a line on standard output.
     *
     * @param regex    to be found in it.
     * @param deadline after which the test fails.
     * @return the match.
     */
    Matcher awaitOutput(final String regex, final Duration deadline)
    {
        return await(output, regex, deadline);
    }

    /**
     * Waits for a line on standard error.
     *
     * @param regex to be found in it.
     * @return the match.
     */
    Matcher awaitErrors(final String regex)
    {
        return awaitErrors(regex, 0);
    }

    /**
     * Waits for a line on standard error.
     *
     * @param regex to be found in it.
     * @param from  number of lines that it must come after.
     * @return the match.
     */
    Matcher awaitErrors(final String regex, final int from)
    {
        return await(errors, regex, from, Await.EVENTUALLY);
    }

    /**
     * Sends a line to standard input and waits for the answer on standard output.
     *
     * @param question the line.
     * @param answer   to be found in a line that comes later than the question.
     * @return the match.
     */
    Matcher ask(final String question, final String answer)
    {
        final int from = output.size();
        try
        {
            process.getOutputStream().write((question + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        }
        catch (final IOException e)
        {
            throw new AssertionError("cannot write to " + this, e);
        }
        return await(output, answer, from, Await.SOON);
    }

    /**
     * Waits for the end.
     *
     * @param deadline after which the test fails.
     * @return the exit status.
     */
    int awaitExit(final Duration deadline)
    {
        try
        {
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS))
            {
                throw new AssertionError("still running after " + deadline.toSeconds() + " s: " + this);
            }
            output.awaitEnd();
            errors.awaitEnd();
            return process.exitValue();
        }
        catch (final InterruptedException e)
        {
            throw interrupted(e);
        }
    }

    /**
     * Sends a signal to this process alone.
     *
     * @param signal its name, as TERM.
     */
    void signal(final String signal)
    {
        final ChildProcess kill =
            start("kill", Path.of("/"), List.of("kill", "-" + signal, Long.toString(process.pid())));
        if (kill.awaitExit(Await.SOON) != 0)
        {
            throw new AssertionError("kill -" + signal + " failed for " + this);
        }
    }

    /** Ends it without giving it a chance to clean up, and waits until it is gone. */
    void killHard()
    {
        process.destroyForcibly();
        awaitExit(Await.SOON);
    }

    /** Ends it: politely, then without asking. */
    @Override
    public void close()
    {
        try
        {
            process.destroy();
            if (!process.waitFor(5, TimeUnit.SECONDS))
            {
                process.destroyForcibly();
                process.waitFor(5, TimeUnit.SECONDS);
            }
        }
        catch (final InterruptedException e)
        {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString()
    {
        final String state = process.isAlive() ? "running" : "exit status " + process.exitValue();
        return name + " (pid " + process.pid() + ", " + state + ")\n--- its standard output\n" +
            String.join("\n", output()) + "\n--- its standard error\n" + String.join("\n", errors()) + "\n---";
    }

    private Matcher await(final Lines lines, final String regex, final Duration deadline)
    {
        return await(lines, regex, 0, deadline);
    }

    private Matcher await(final Lines lines, final String regex, final int from, final Duration deadline)
    {
        try
        {
            final Matcher match = lines.await(Pattern.compile(regex), from, deadline);
            if (match == null)
            {
                throw new AssertionError("no line with '" + regex + "' from " + this);
            }
            return match;
        }
        catch (final InterruptedException e)
        {
            throw interrupted(e);
        }
    }

    private AssertionError interrupted(final InterruptedException e)
    {
        Thread.currentThread().interrupt();
        return new AssertionError("interrupted while waiting for " + this, e);
    }

    /** The lines of one stream. */
    private static final class Lines
    {
        private final List<String> lines = new ArrayList<>();
        private boolean ended;

        Lines(final InputStream stream, final String name)
        {
            final Thread reader = new Thread(() -> read(stream), name);
            reader.setDaemon(true);
            reader.start();
        }

        synchronized List<String> snapshot()
        {
            return List.copyOf(lines);
        }

        synchronized int size()
        {
            return lines.size();
        }

        synchronized void awaitEnd() throws InterruptedException
        {
            final long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
            while (!ended && System.nanoTime() - end < 0)
            {
                wait(100);
            }
        }

        synchronized Matcher await(final Pattern pattern, final int from, final Duration deadline)
            throws InterruptedException
        {
            final long end = System.nanoTime() + deadline.toNanos();
            int next = from;
            while (true)
            {
                for (; next < lines.size(); next++)
                {
                    final Matcher matcher = pattern.matcher(lines.get(next));
                    if (matcher.find())
                    {
                        return matcher;
                    }
                }
                final long leftMs = (end - System.nanoTime()) / 1_000_000;
                if (ended || leftMs <= 0)
                {
                    return null;
                }
                wait(leftMs);
            }
        }

        private void read(final InputStream stream)
        {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8)))
            {
                for (String line = reader.readLine(); line != null; line = reader.readLine())
                {
                    add(line);
                }
            }
            catch (final IOException e)
            {
                add("(" + e.getMessage() + ")");
            }
            finally
            {
                synchronized (this)
                {
                    ended = true;
                    notifyAll();
                }
            }
        }

        private synchronized void add(final String line)
        {
            lines.add(line);
            notifyAll();
        }
    }
}
