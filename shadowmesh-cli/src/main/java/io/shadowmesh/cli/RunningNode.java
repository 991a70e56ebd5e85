package io.shadowmesh.cli;

import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.request.RequestClient;
import io.shadowmesh.dataplane.request.RequestException;
import io.shadowmesh.dataplane.status.RuntimeFolder;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The node on this machine that a command asks something of, found by its control socket. */
final class RunningNode
{
    private static final String SUFFIX = ".sock";

    @Option(names = {"-tun", "--tun"}, paramLabel = "NAME",
        description = "The node's network device. Default: that of the only node here.")
    private String tun;
    @Option(names = {"-status-dir", "--status-dir"}, paramLabel = "DIR",
        description = "Where the node keeps its status file and its socket, if not in the usual place.")
    private Path folder;

    /** The socket of the node with a device. */
    static Path socket(final Path folder, final String device)
    {
        return folder.resolve(device + SUFFIX);
    }

    /** Asks; what comes of it is read from the client. */
    RequestClient ask(final Request request, final Duration patience)
    {
        final Path socket = socket();
        try
        {
            return RequestClient.ask(socket, request, patience);
        }
        catch (final ConnectException e)
        {
            throw CommandException.failure("no node answers at " + socket + ": it has ended without removing it", e);
        }
        catch (final IOException e)
        {
            throw CommandException.failure(Files.isWritable(socket) ?
                "cannot ask the node at " + socket + ": " + Diagnosis.oneLine(e) :
                socket + " is not yours: run this as the user who runs the node, root for instance", e);
        }
    }

    /** What went wrong in the middle of an answer. */
    static CommandException failed(final IOException e)
    {
        return CommandException.failure(e instanceof RequestException ? e.getMessage() :
            "the node does not answer any more: " + Diagnosis.oneLine(e), e);
    }

    /** Tells the node that what it has answered will do. */
    static void enough(final RequestClient client)
    {
        try
        {
            client.enough();
        }
        catch (final IOException e)
        {
            // The node has gone, which the reading thread sees too.
            return;
        }
    }

    /** The name of the device, of the node that {@link #ask} asks. */
    String device()
    {
        final String file = socket().getFileName().toString();
        return file.substring(0, file.length() - SUFFIX.length());
    }

    private Path socket()
    {
        final RuntimeFolder place =
            null == folder ? RuntimeFolder.usual(System.getenv()) : RuntimeFolder.at(folder);
        final List<Path> sockets = new ArrayList<>();
        for (final Path readable : place.readable())
        {
            list(readable, sockets);
        }
        final List<Path> found = tun == null ? sockets :
            sockets.stream().filter(socket -> socket.endsWith(tun + SUFFIX)).toList();
        if (found.isEmpty())
        {
            throw CommandException.failure((tun == null ? "no node runs here" : "no node with the device " + tun +
                " runs here" + among(sockets)) + (null == folder ? "" : " (" + folder + ")") +
                ": start one with shadowmesh up, or give --status-dir if it has one");
        }
        if (found.size() > 1)
        {
            throw CommandException.usage("several nodes run here: choose one with -tun" + among(found));
        }
        return found.getFirst();
    }

    private static String among(final List<Path> sockets)
    {
        final List<String> names = sockets.stream().map(socket -> socket.getFileName().toString())
            .map(name -> name.substring(0, name.length() - SUFFIX.length())).distinct().sorted().toList();
        return names.isEmpty() ? "" : " (here: " + String.join(", ", names) + ")";
    }

    private static void list(final Path readable, final List<Path> sockets)
    {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(readable, "*" + SUFFIX))
        {
            files.forEach(sockets::add);
        }
        catch (final IOException e)
        {
            throw CommandException.failure("cannot look into " + readable + ": " + Diagnosis.oneLine(e), e);
        }
    }
}
