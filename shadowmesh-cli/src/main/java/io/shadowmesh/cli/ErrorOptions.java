package io.shadowmesh.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

import java.util.Set;

/** What every command takes, behind its own options. */
final class ErrorOptions
{
    private static final String DEBUG = "--debug";

    private ErrorOptions()
    {
    }

    /** Has a command and those below it take them. */
    static void addTo(final CommandLine line)
    {
        line.getCommandSpec()
            .addOption(Options.flag("-h", "-help", "--help").usageHelp(true)
                .description("Show this text.").build())
            .addOption(Options.flag("-debug", DEBUG)
                .description("Log everything, and show stack traces.").build());
        // One with an alias is there twice.
        Set.copyOf(line.getSubcommands().values()).forEach(ErrorOptions::addTo);
    }

    static boolean isDebug(final CommandSpec command)
    {
        return command.optionsMap().get(DEBUG).getValue();
    }
}
