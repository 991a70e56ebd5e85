package io.shadowmesh.cli.watch;

import io.shadowmesh.cli.CommandException;
import io.shadowmesh.dataplane.status.RuntimeFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.time.Instant;
import java.util.concurrent.Callable;

/** {@code shadowmesh status}: what running nodes are doing. */
@Command(name = "status", sortOptions = false, description = "Show what the nodes that run here are doing.",
    footer = {"", "Keys of the live screen: q quits; n, r, t, d, l sort by name, rx, tx, rtt, loss.",
        "Exit status 1 when none runs. docs/status.schema.json describes the JSON."})
public final class StatusCommand implements Callable<Integer>
{
    private static final int LONGEST_INTERVAL = 3600;

    @Parameters(paramLabel = "TUN", arity = "0..1", description = "The node with this device alone.")
    private String device;
    @Option(names = {"-json", "--json"}, description = "Print it as JSON.")
    private boolean json;
    @Option(names = {"-watch", "--watch"},
        description = "Show it again and again: a live screen, or a line for each peer where there is no terminal.")
    private boolean watch;
    @Option(names = {"-interval", "--interval"}, paramLabel = "SECONDS", defaultValue = "1",
        description = "How often to look, with --watch (${DEFAULT-VALUE}).")
    private String interval;
    @Mixin
    private StatusFolderOption folder;
    @Spec
    private CommandSpec spec;

    /** For the command line's parser. */
    public StatusCommand()
    {
        super();
    }

    @Override
    public Integer call() throws InterruptedException
    {
        final RuntimeFolder place = folder.folder();
        final PrintWriter out = spec.commandLine().getOut();
        final int seconds = intervalSeconds();
        if (watch && json)
        {
            throw CommandException.usage("choose --watch or --json; for JSON again and again call it again and again");
        }
        if (watch)
        {
            new LiveStatus(place, device, seconds, out).run();
            return 0;
        }
        final Nodes nodes = Nodes.find(place, device);
        if (json)
        {
            out.print(StatusJson.of(nodes.running(), Instant.now()));
            out.flush();
        }
        nodes.require(place, device);
        if (!json)
        {
            out.print(StatusText.of(nodes.running()));
            out.flush();
        }
        nodes.unread().forEach(why -> spec.commandLine().getErr().println("shadowmesh: " + why));
        return 0;
    }

    private int intervalSeconds()
    {
        try
        {
            final int seconds = Integer.parseInt(interval);
            if (seconds >= 1 && seconds <= LONGEST_INTERVAL)
            {
                return seconds;
            }
        }
        catch (final NumberFormatException e)
        {
            // Said below.
        }
        throw CommandException.usage("--interval: '" + interval + "': give whole seconds from 1 to " + LONGEST_INTERVAL);
    }
}
