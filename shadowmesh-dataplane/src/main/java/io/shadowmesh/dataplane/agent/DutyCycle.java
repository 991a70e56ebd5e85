package io.shadowmesh.dataplane.agent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counts an agent's duty cycles, so that another thread can tell when the agent has let go of everything it read in an
 * earlier one. What the agent read from {@link ForwardingState} it forgets when its next cycle begins.
 */
final class DutyCycle
{
    private static final VarHandle COUNT;

    static
    {
        try
        {
            COUNT = MethodHandles.lookup().findVarHandle(DutyCycle.class, "count", long.class);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new ExceptionInInitializerError(e);
        }
    }

    private long count;

    /** The agent, first thing in each cycle. The store comes before every later read of shared state. */
    void begin()
    {
        COUNT.setVolatile(this, count + 1);
    }

    /** Any thread. */
    long count()
    {
        return (long)COUNT.getVolatile(this);
    }
}
