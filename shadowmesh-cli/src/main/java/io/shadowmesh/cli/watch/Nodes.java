package io.shadowmesh.cli.watch;

import io.shadowmesh.cli.CommandException;
import io.shadowmesh.dataplane.status.NodeStatus;
import io.shadowmesh.dataplane.status.RuntimeFolder;
import io.shadowmesh.dataplane.status.StatusFile;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The nodes whose status files are there at one moment.
 *
 * @param running nodes, in the order of their files' names.
 * @param gone    names of those that have ended without cleaning up, with the process id.
 * @param unread  why files could not be read.
 */
record Nodes(List<NodeStatus> running, List<String> gone, List<String> unread)
{
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
