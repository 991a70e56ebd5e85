package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.IdentityFile;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelStatus;

/**
 * A {@code shadowmesh up} on a host, started by the launcher of this checkout.
 */
final class Node implements AutoCloseable
{
    private final Host host;
    private final List<String> arguments;
    private ChildProcess process;

    private Node(final Host host, final List<String> arguments)
    {
        this.host = host;
        this.arguments = arguments;
    }

    /**
     * The Peer ID of the identity in a key folder of a host; it is made if it is not there.
     *
     * @param host   whose folder holds the key folder.
     * @param keydir the name of the key folder.
     * @return the Peer ID as people exchange it.
     */
    static String peerId(final Host host, final String keydir)
    {
        try
        {
            final Path folder = host.folder().resolve(keydir);
            return IdentityFile.loadOrCreate(folder).peerId().toString();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Starts a node.
     *
     * @param host      to run on.
     * @param arguments of the launcher.
     * @return the node, which may not be ready yet.
     */
    static Node start(final Host host, final String... arguments)
    {
        final Node node = new Node(host, new ArrayList<>(Arrays.asList(arguments)));
        node.startAgain();
        return node;
    }

    /** Starts it once more with the same arguments, after it has ended. */
    void startAgain()
    {
        final List<String> command = new ArrayList<>(List.of(
            "env", "--default-signal=INT,TERM,HUP", Machine.launcher()));
        command.addAll(arguments);
        process = host.start(command.toArray(String[]::new));
    }

    /**
     * Waits for the ready line.
     *
     * @return this node.
     */
    Node ready()
    {
        return ready(Await.SOON);
    }

    /**
     * Waits for the ready line of a node that has much to do first.
     *
     * @param deadline after which the test fails.
     * @return this node.
     */
    Node ready(final Duration deadline)
    {
        process.awaitOutput("^ready: ", deadline);
        return this;
    }

    /** @return its process. */
    ChildProcess process()
    {
        return process;
    }

    /** @return one counter now. */
    long count(final TunnelCounter counter)
    {
        return status().get(counter);
    }

    /** @return one count of dropped packets now. */
    long count(final DropReason reason)
    {
        return status().get(reason);
    }

    /** @return its counters now, as the file shows them. */
    TunnelStatus status()
    {
        try
        {
            return TunnelStatus.read(statusFile());
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close()
    {
        process.close();
    }

    @Override
    public String toString()
    {
        return process + counters();
    }

    private Path statusFile()
    {
        final int option = Math.max(arguments.indexOf("-tun"), arguments.indexOf("--tun"));
        return host.statusFile(option < 0 ? "chr001" : arguments.get(option + 1));
    }

    /** Every counter that is not zero. */
    private String counters()
    {
        final Path file = statusFile();
        final StringBuilder text = new StringBuilder();
        try
        {
            final TunnelStatus status = Files.exists(file) ? TunnelStatus.read(file) : null;
            for (final TunnelCounter counter : null == status ? new TunnelCounter[0] : TunnelCounter.values())
            {
                text.append(status.get(counter) == 0 ? "" : "\n" + status.get(counter) + " " + counter.text());
            }
            for (final DropReason reason : null == status ? new DropReason[0] : DropReason.values())
            {
                text.append(status.get(reason) == 0 ? "" : "\n" + status.get(reason) + " dropped: " + reason);
            }
        }
        catch (final IOException e)
        {
            text.append(e);
        }
        return text.toString();
    }
}
