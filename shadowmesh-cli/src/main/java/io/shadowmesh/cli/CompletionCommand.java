package io.shadowmesh.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** {@code shadowmesh completion}: prints what bash needs to complete commands and options. */
@Command(name = "completion", sortOptions = false,
    description = "Print bash's completion of commands and options: source <(shadowmesh completion).")
final class CompletionCommand implements Callable<Integer>
{
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call()
    {
        spec.commandLine().getOut().print(script());
        return 0;
    }

    static String script()
    {
        return AutoComplete.bash("shadowmesh", Main.parser());
    }
}
