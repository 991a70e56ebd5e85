package io.shadowmesh.cli.watch;

import io.shadowmesh.cli.CommandException;
import io.shadowmesh.dataplane.status.NodeStatus;
import io.shadowmesh.dataplane.status.RuntimeFolder;
import io.shadowmesh.dataplane.status.StatusFile;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The nodes whose status files are there at one moment.
 *
 * @param running nodes, in the order of their files' names.
 * @param gone    names of those that have ended without cleaning up, with the process id.
 * @param unread  why files could not be read, or are not there though their node is.
 */
record Nodes(List<NodeStatus> running, List<String> gone, List<String> unread)
{
    private static final String SOCKET = ".sock";

    /** All nodes. */
    static Nodes all(final RuntimeFolder folder)
    {
        return find(folder, null);
    }

    /** The nodes with a device, or whose file has that name; all where it is null. */
    static Nodes find(final RuntimeFolder folder, final String device)
    {
        final Nodes nodes = new Nodes(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (final Path place : folder.readable())
        {
            try
            {
                NodeStatus.files(place).forEach(file -> nodes.read(file, device));
                nodes.lookForLost(place, device);
            }
            catch (final IOException e)
            {
                nodes.unread.add(reason(place, e));
            }
        }
        return nodes;
    }

    private void read(final Path file, final String device)
    {
        final String name = name(file);
        try
        {
            final NodeStatus status = NodeStatus.read(file);
            if (device != null && !device.equals(name) && !device.equals(status.description().device()))
            {
                return;
            }
            if (status.isRunning())
            {
                running.add(status);
            }
            else
            {
                gone.add(name + " (process " + status.pid() + ")");
            }
        }
        catch (final IOException e)
        {
            if (device == null || device.equals(name))
            {
                unread.add(reason(file, e));
            }
        }
    }

    /** The nodes that answer at their socket and whose status file somebody has removed. */
    private void lookForLost(final Path place, final String device) throws IOException
    {
        try (DirectoryStream<Path> sockets = Files.newDirectoryStream(place, "*" + SOCKET))
        {
            for (final Path socket : sockets)
            {
                final String named = socket.getFileName().toString();
                final String name = named.substring(0, named.length() - SOCKET.length());
                final Path file = socket.resolveSibling(name + StatusFile.SUFFIX);
                if ((device == null || device.equals(name)) && Files.notExists(file) && isAnswered(socket))
                {
                    unread.add("the node with the device " + name + " runs, and its status file " + file +
                        " has been removed: start it again to have one");
                }
            }
        }
        catch (final DirectoryIteratorException e)
        {
            throw e.getCause();
        }
    }

    private static boolean isAnswered(final Path socket)
    {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX))
        {
            // A node that stands still answers nobody, and this does not wait for it.
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(socket));
            return true;
        }
        catch (final IOException e)
        {
            return false;
        }
    }

    /** The node that is asked for runs; else says in one line what is the matter. */
    Nodes require(final RuntimeFolder folder, final String device)
    {
        if (!running.isEmpty())
        {
            return this;
        }
        if (!unread.isEmpty())
        {
            throw CommandException.failure(unread.getFirst());
        }
        if (!gone.isEmpty())
        {
            throw CommandException.failure("the node is not running any more: " + gone.getFirst() +
                " ended without cleaning up; shadowmesh up starts it again");
        }
        final List<NodeStatus> others = device == null ? List.of() : all(folder).running;
        throw CommandException.failure(others.isEmpty() ? "no node is running here; shadowmesh up starts one" :
            "there is no node with the device " + device + "; running here: " +
            String.join(", ", others.stream().map(node -> node.description().device()).distinct().toList()));
    }

    static String name(final Path file)
    {
        final String name = file.getFileName().toString();
        return name.substring(0, name.length() - StatusFile.SUFFIX.length());
    }

    private static String reason(final Path file, final IOException e)
    {
        return e instanceof AccessDeniedException || e.getCause() instanceof AccessDeniedException ?
            "cannot read " + file + ": permission denied; run it as the node's user or as root" :
            e.getMessage().contains(file.toString()) ? e.getMessage() : "cannot read " + file + ": " + e.getMessage();
    }
}
