package io.shadowmesh.cli;

/** Gives every {@link System.Logger} of the process one plain line on standard error, without {@code java.logging}. */
public final class StderrLoggerFinder extends System.LoggerFinder
{
    /** For the service loader. */
    public StderrLoggerFinder()
    {
        super();
    }

    @Override
    public System.Logger getLogger(final String name, final Module module)
    {
        return new StderrLogger(name);
    }
}
