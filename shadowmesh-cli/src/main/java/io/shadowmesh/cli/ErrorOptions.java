package io.shadowmesh.cli;

import picocli.CommandLine.Option;

/** What every command takes. */
public final class ErrorOptions
{
    @Option(names = {"-h", "-help", "--help"}, usageHelp = true, description = "Show this text.")
    private boolean help;

    @Option(names = {"-debug", "--debug"}, description = "Log everything, and show stack traces.")
    private boolean debug;

    /** For the command line's parser. */
    public ErrorOptions()
    {
        super();
    }

    boolean isDebug()
    {
        return debug;
    }
}
