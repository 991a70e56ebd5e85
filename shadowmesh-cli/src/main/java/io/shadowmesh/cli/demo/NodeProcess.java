package io.shadowmesh.cli.demo;

import io.shadowmesh.cli.CommandException;
import io.shadowmesh.dataplane.host.NetworkNamespace;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A {@code shadowmesh up} in a network namespace. It ends when this is closed, or when this process ends. */
final class NodeProcess implements AutoCloseable
{
    private static final int LINES_KEPT = 20;
    private static final long PATIENCE_S = 3;

    private final String name;
    private final Process process;
    private final CompletableFuture<String> ready = new CompletableFuture<>();
    private final Deque<String> lastLines = new ArrayDeque<>();
    private final Thread errors;

    private NodeProcess(final String name, final Process process)
    {
        this.name = name;
        this.process = process;
        this.errors = reader("stderr", process.getErrorStream(), false);
        reader("stdout", process.getInputStream(), true);
    }

    static NodeProcess start(final String name, final NetworkNamespace host, final List<String> command)
        throws IOException
    {
        return new NodeProcess(name, host.start(new ProcessBuilder(command)));
    }

    /** Waits for the ready line. */
    void awaitReady(final long seconds)
    {
        try
        {
            ready.get(seconds, TimeUnit.SECONDS);
        }
        catch (final TimeoutException e)
        {
            throw CommandException.failure("node " + name + " was not ready after " + seconds + " s" + said(), e);
        }
        catch (final ExecutionException e)
        {
            throw ended();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw CommandException.failure("interrupted", e);
        }
    }

    /** Fails if the node has ended. */
    void checkAlive()
    {
        if (!process.isAlive())
        {
            throw ended();
        }
    }

    private CommandException ended()
    {
        try
        {
            errors.join(TimeUnit.SECONDS.toMillis(PATIENCE_S));
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
        return CommandException.failure("node " + name + " has ended" + said());
    }

    /** Its last line, which is why it ended if it did. */
    private String said()
    {
        synchronized (lastLines)
        {
            return lastLines.isEmpty() ? "" : ": " + lastLines.peekLast();
        }
    }

    private Thread reader(final String what, final InputStream stream, final boolean first)
    {
        final Thread thread = new Thread(() -> read(stream, first), "node-" + name + "-" + what);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void read(final InputStream stream, final boolean first)
    {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8)))
        {
            for (String line = reader.readLine(); line != null; line = reader.readLine())
            {
                if (first && line.startsWith("ready: "))
                {
                    ready.complete(line);
                }
                else if (!first)
                {
                    keep(line);
                }
            }
        }
        catch (final IOException e)
        {
            keep(e.getMessage());
        }
        if (first)
        {
            ready.completeExceptionally(new IOException("ended"));
        }
    }

    private void keep(final String line)
    {
        synchronized (lastLines)
        {
            lastLines.add(line);
            if (lastLines.size() > LINES_KEPT)
            {
                lastLines.poll();
            }
        }
    }

    /** Tells it to stop; waits; after a while makes it. */
    @Override
    public void close() throws IOException
    {
        process.destroy();
        try
        {
            if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS))
            {
                process.destroyForcibly().onExit().join();
            }
        }
        catch (final InterruptedException e)
        {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        process.getOutputStream().close();
    }
}
