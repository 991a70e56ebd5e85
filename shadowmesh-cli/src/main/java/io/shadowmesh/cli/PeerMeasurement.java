package io.shadowmesh.cli;

import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.request.RequestClient;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;

/** What {@link PingCommand} and {@link BenchCommand} have in common: whom they ask about, and how they say it. */
final class PeerMeasurement
{
    /** What is made of the node's answer. */
    @FunctionalInterface
    interface Reading
    {
        /** Reads it to its end. Returns the exit status. */
        int read(RequestClient client) throws IOException;
    }

    @Parameters(paramLabel = "PEER", arity = "0..1",
        description = "Its name, its Peer ID or the beginning of it, or an inner address. May be left out where there " +
        "is one peer.")
    private String peer;
    @Mixin
    private RunningNode node;
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;
    private boolean quiet;

    /** A request of a name for the peer that was given. */
    Request request(final String name)
    {
        final Request request = Request.of(name);
        return peer == null ? request : request.with(peer);
    }

    /**
     * Asks the node. Ctrl-C has it bring its answer to an end, which is read all the same. When quiet, only the result is
     * printed. Returns the exit status.
     */
    int ask(final Request request, final Duration patience, final boolean isQuiet, final Reading reading)
        throws IOException
    {
        quiet = isQuiet;
        try (RequestClient client = node.ask(request, patience))
        {
            final Interruption interruption = new Interruption(() -> RunningNode.enough(client));
            int status = CommandException.FAILURE;
            try
            {
                status = reading.read(client);
            }
            catch (final IOException e)
            {
                throw RunningNode.failed(e);
            }
            finally
            {
                status = interruption.exit(status);
            }
            return status;
        }
    }

    /** The next line of the answer; null at its end. That the node waits for a session is said here. */
    Request next(final RequestClient client) throws IOException
    {
        Request line = client.next();
        while (line != null && line.name().equals("waiting"))
        {
            say("no session with " + line.value("name") + " yet; waiting for a handshake");
            line = client.next();
        }
        return line;
    }

    /** The name of the node's device. */
    String device()
    {
        return node.device();
    }

    /** A line on the way to the result. */
    void say(final String line)
    {
        if (!quiet)
        {
            print(line + "\n");
        }
    }

    /** The result, with the ends of its lines. */
    void print(final String text)
    {
        final PrintWriter out = spec.commandLine().getOut();
        out.print(text);
        out.flush();
    }
}
