package io.shadowmesh.cli.watch;

import io.shadowmesh.cli.ErrorOptions;
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
    footer = {"", "Exit status 1 when none runs. docs/status.schema.json describes the JSON."})
public final class StatusCommand implements Callable<Integer>
{
    @Parameters(paramLabel = "TUN", arity = "0..1", description = "The node with this device alone.")
    private String device;
    @Option(names = {"-json", "--json"}, description = "Print it as JSON.")
    private boolean json;
    @Mixin
    private StatusFolderOption folder;
    @Mixin
    private ErrorOptions errors;
    @Spec
    private CommandSpec spec;

    /** For the command line's parser. */
    public StatusCommand()
    {
        super();
    }

    @Override
    public Integer call()
    {
        final RuntimeFolder place = folder.folder();
        final PrintWriter out = spec.commandLine().getOut();
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
}
