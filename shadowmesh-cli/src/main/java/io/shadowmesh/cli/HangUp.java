package io.shadowmesh.cli;

import java.io.FileInputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * SIGHUP as a wish to read the peers again. When the terminal that a node was started from has gone, it means the end, as
 * ever.
 *
 * <p>The JDK has signals in {@code jdk.unsupported} alone; where they are not to be had SIGHUP ends the node.
 */
final class HangUp
{
    private static final System.Logger LOG = System.getLogger("io.shadowmesh.node");
    private static final String TERMINAL = "/dev/tty";

    private HangUp()
    {
    }

    /** Has each SIGHUP answered from now on. */
    static void handle(final Runnable reload)
    {
        final boolean onTerminal = isOnTerminal();
        try
        {
            final Class<?> signal = Class.forName("sun.misc.Signal");
            final Class<?> handler = Class.forName("sun.misc.SignalHandler");
            final Object proxy = Proxy.newProxyInstance(
                HangUp.class.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) ->
                {
                    if (onTerminal && !isOnTerminal())
                    {
                        System.exit(0);
                    }
                    reload.run();
                    return null;
                });
            signal.getMethod("handle", signal, handler)
                .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), proxy);
        }
        catch (final InvocationTargetException e)
        {
            LOG.log(System.Logger.Level.DEBUG, "SIGHUP is not taken: " + Diagnosis.oneLine(e.getCause()));
        }
        catch (final ReflectiveOperationException e)
        {
            LOG.log(System.Logger.Level.DEBUG, "SIGHUP is not taken: " + Diagnosis.oneLine(e));
        }
    }

    private static boolean isOnTerminal()
    {
        try (FileInputStream terminal = new FileInputStream(TERMINAL))
        {
            return terminal.getFD().valid();
        }
        catch (final IOException e)
        {
            return false;
        }
    }
}
