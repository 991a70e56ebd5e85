package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.EventFd;
import io.shadowmesh.ffi.SystemCalls;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Wakes one thread that sleeps in the kernel, and costs a load where it is awake.
 *
 * <p>No wake-up is lost: the sleeper sets {@code sleeping}, passes a full fence and looks for work once more before it
 * waits; a producer publishes its work, passes a full fence and then reads {@code sleeping}. One of the two sees the
 * other's store.
 */
final class Wakeup implements AutoCloseable
{
    private static final VarHandle SLEEPING;

    static
    {
        try
        {
            SLEEPING = MethodHandles.lookup().findVarHandle(Wakeup.class, "sleeping", boolean.class);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final EventFd eventFd;
    @SuppressWarnings("unused")
    private boolean sleeping;
    private volatile boolean awakeForEver;

    Wakeup(final EventFd eventFd)
    {
        this.eventFd = eventFd;
    }

    int fileDescriptor()
    {
        return eventFd.fileDescriptor();
    }

    /** Any thread, after it has published work for the sleeper. */
    void signal(final SystemCalls calls)
    {
        VarHandle.fullFence();
        if ((boolean)SLEEPING.getOpaque(this))
        {
            eventFd.signal(calls);
        }
    }

    /** Any thread that has no {@link SystemCalls} of its own, after it has published work for the sleeper. */
    void signal()
    {
        eventFd.signal();
    }

    /** Any thread: the sleeper returns from its sleep and never sleeps again. */
    void wakeForEver(final SystemCalls calls)
    {
        awakeForEver = true;
        eventFd.signal(calls);
    }

    /** The sleeper, before it looks for work a last time. Returns false when it must not sleep. */
    boolean beginSleep()
    {
        SLEEPING.setOpaque(this, true);
        VarHandle.fullFence();
        return !awakeForEver;
    }

    /** The sleeper, when it is awake again. */
    void endSleep(final SystemCalls calls, final boolean signalled)
    {
        SLEEPING.setOpaque(this, false);
        if (signalled && !awakeForEver)
        {
            eventFd.drain(calls);
        }
    }

    @Override
    public void close()
    {
        eventFd.close();
    }
}
