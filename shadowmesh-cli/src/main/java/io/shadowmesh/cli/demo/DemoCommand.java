package io.shadowmesh.cli.demo;

import io.shadowmesh.cli.CommandException;
import io.shadowmesh.cli.JsonWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code shadowmesh demo}: the whole thing on one machine. */
@Command(name = "demo", sortOptions = false,
    description = "Run two nodes on this machine, each on a host of its own, and send traffic through their tunnel.",
    footer = {"", "Needs root, or a system that lets users make namespaces. It removes all that it makes."})
public final class DemoCommand implements Callable<Integer>
{
    @Option(names = {"-json", "--json"}, description = "Print the figures as JSON.")
    private boolean json;
    @Spec
    private CommandSpec spec;

    /** For the command line's parser. */
    public DemoCommand()
    {
        super();
    }

    @Override
    public Integer call() throws IOException
    {
        final List<String> arguments = spec.root().commandLine().getParseResult().originalArgs();
        final OwnCommand command = OwnCommand.read(arguments.size());
        if (!Privilege.mayMakeNamespaces())
        {
            return Privilege.runAgainInUserNamespace(command, arguments);
        }
        final PrintWriter out = spec.commandLine().getOut();
        try
        {
            final DemoReport report = run(command);
            out.print(json ? report.toJson() : report.toTable());
            out.flush();
            return report.isGood() ? 0 : CommandException.FAILURE;
        }
        catch (final IOException | CommandException e)
        {
            if (json)
            {
                out.println(JsonWriter.onOneLine().begin(null, '{').flag("ok", false)
                    .text("error", String.valueOf(e.getMessage())).end('}'));
                out.flush();
            }
            throw e;
        }
    }

    private static DemoReport run(final OwnCommand command) throws IOException
    {
        try (CleanUp cleanUp = new CleanUp(); Progress progress = new Progress(System.err))
        {
            cleanUp.installHook();
            return new Demo(command, cleanUp, progress).run();
        }
    }
}
