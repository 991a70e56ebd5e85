package io.shadowmesh.cli;

import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.request.RequestClient;
import io.shadowmesh.dataplane.request.RequestException;
import io.shadowmesh.dataplane.status.RuntimeFolder;
import io.shadowmesh.dataplane.status.StatusFile;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

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
    private Path chosen;

    /** The socket of the node with a status file, beside it and of its name, which is the device's or begins so. */
    static Path socketBeside(final Path statusFile)
    {
        final String name = statusFile.getFileName().toString();
        return statusFile.resolveSibling(name.substring(0, name.length() - StatusFile.SUFFIX.length()) + SUFFIX);
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

    /** The name of the device, of the node that {@link #ask} asks; with more behind it where another had that name. */
    String device()
    {
        final String file = socket().getFileName().toString();
        return file.substring(0, file.length() - SUFFIX.length());
    }

    private Path socket()
    {
        if (chosen == null)
        {
            chosen = choose();
        }
        return chosen;
    }

    private Path choose()
    {
        final RuntimeFolder place =
            null == folder ? RuntimeFolder.usual(System.getenv()) : RuntimeFolder.at(folder);
        final List<Path> sockets = new ArrayList<>();
        for (final Path readable : place.readable())
        {
            list(readable, sockets);
        }
        final List<Path> found = candidates(sockets, tun);
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

    /**
     * The sockets that may be meant: with a name, those of that name, else those of nodes whose device had it already. Of
     * several, those that somebody answers at, if any: a killed node leaves its own.
     */
    static List<Path> candidates(final List<Path> sockets, final String tun)
    {
        if (tun == null)
        {
            return answering(sockets);
        }
        final List<Path> named = answering(sockets.stream().filter(socket -> socket.endsWith(tun + SUFFIX)).toList());
        final Pattern numbered = Pattern.compile(Pattern.quote(tun) + "-\\d+(-\\d+)?" + Pattern.quote(SUFFIX));
        final List<Path> others = answering(sockets.stream()
            .filter(socket -> numbered.matcher(socket.getFileName().toString()).matches()).toList());
        return named.isEmpty() || named.size() == 1 && !others.isEmpty() && !isAnswered(named.getFirst()) ? others : named;
    }

    private static List<Path> answering(final List<Path> sockets)
    {
        final List<Path> answering =
            sockets.size() < 2 ? sockets : sockets.stream().filter(RunningNode::isAnswered).toList();
        return answering.isEmpty() ? sockets : answering;
    }

    /** Whoever may not ask cannot tell. */
    private static boolean isAnswered(final Path socket)
    {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX))
        {
            return probe.connect(UnixDomainSocketAddress.of(socket));
        }
        catch (final ConnectException e)
        {
            return false;
        }
        catch (final IOException e)
        {
            return Files.exists(socket);
        }
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
        catch (final NoSuchFileException e)
        {
            // A service's folder goes with it.
            return;
        }
        catch (final IOException | DirectoryIteratorException e)
        {
            throw CommandException.failure("cannot look into " + readable + ": " + Diagnosis.oneLine(e), e);
        }
    }
}
