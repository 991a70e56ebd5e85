package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.EventFd;
import io.shadowmesh.ffi.SystemCalls;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Whoever goes to sleep sees the work that was published before, or is signalled: both may be, neither never.
 */
@JCStressTest
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "the sleeper saw the work")
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "the sleeper was signalled")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "both")
@Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "the wake-up is lost")
@State
public class WakeupStress
{
    private static final ThreadLocal<SystemCalls> CALLS = ThreadLocal.withInitial(() -> new SystemCalls(Arena.ofAuto()));
    private static final VarHandle WORK;

    static
    {
        try
        {
            WORK = MethodHandles.lookup().findVarHandle(WakeupStress.class, "work", int.class);
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new ExceptionInInitializerError(ex);
        }
    }

    private final EventFd eventFd;
    private final Wakeup wakeup;
    private int work;

    /** Someone who is awake. */
    public WakeupStress()
    {
        try
        {
            eventFd = EventFd.open();
        }
        catch (final DeviceException ex)
        {
            throw new UncheckedIOException(ex);
        }
        wakeup = new Wakeup(eventFd);
    }

    /** Publishes work as a ring does, and wakes. */
    @Actor
    public void producer()
    {
        WORK.setRelease(this, 1);
        wakeup.signal(CALLS.get());
    }

    /**
     * Looks a last time before it sleeps.
     *
     * @param result whether it saw the work.
     */
    @Actor
    public void sleeper(final II_Result result)
    {
        wakeup.beginSleep();
        result.r1 = (int)WORK.getAcquire(this);
    }

    /**
     * What the sleeper would find in the kernel.
     *
     * @param result whether it was signalled.
     */
    @Arbiter
    public void kernel(final II_Result result)
    {
        result.r2 = eventFd.drain(CALLS.get()) ? 1 : 0;
        wakeup.close();
    }
}
