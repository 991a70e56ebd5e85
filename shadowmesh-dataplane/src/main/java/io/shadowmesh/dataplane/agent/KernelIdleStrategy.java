package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.Poller;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;

import java.lang.foreign.Arena;
import java.util.concurrent.locks.LockSupport;

/**
 * Spins briefly, then sleeps in one {@code ppoll(2)} over the descriptors of the thread's agents and its eventfd.
 *
 * <p><b>Threading:</b> the thread whose agents it serves.
 */
final class KernelIdleStrategy implements IdleStrategy
{
    private static final int WAKEUP_INDEX = 0;

    private final WaitingAgent[] agents;
    private final Wakeup wakeup;
    private final Poller poller;
    private final SystemCalls calls;
    private final Counters counters;
    private final int maxSpins;
    private int spins;

    KernelIdleStrategy(
        final Arena arena,
        final Wakeup wakeup,
        final SystemCalls calls,
        final Counters counters,
        final int maxSpins,
        final WaitingAgent... agents)
    {
        this.agents = agents;
        this.wakeup = wakeup;
        this.calls = calls;
        this.counters = counters;
        this.maxSpins = maxSpins;
        this.poller = new Poller(arena, 1 + agents.length);
        poller.add(wakeup.fileDescriptor(), Poller.READABLE);
        for (final WaitingAgent agent : agents)
        {
            agent.register(poller);
        }
    }

    @Override
    public void idle(final int workCount)
    {
        if (workCount > 0)
        {
            spins = 0;
        }
        else
        {
            idle();
        }
    }

    @Override
    public void idle()
    {
        if (spins < maxSpins)
        {
            spins++;
            Thread.onSpinWait();
            return;
        }

        spins = 0;
        boolean signalled = false;
        if (wakeup.beginSleep())
        {
            boolean nothingToDo = true;
            long timeoutNs = Poller.FOR_EVER;
            for (int i = 0; i < agents.length; i++)
            {
                nothingToDo &= agents[i].arm(poller);
                final long waitNs = agents[i].longestWaitNs();
                if (waitNs >= 0 && (timeoutNs < 0 || waitNs < timeoutNs))
                {
                    timeoutNs = waitNs;
                }
            }

            if (nothingToDo)
            {
                counters.addShared(TunnelCounter.AGENT_WAITS, 1);
                final int result = poller.poll(calls, timeoutNs);
                signalled = poller.isReadable(WAKEUP_INDEX);
                if (result < 0)
                {
                    onFailure(-result);
                }
            }
        }
        wakeup.endSleep(calls, signalled);
    }

    /** The kernel could not wait just now, for want of memory perhaps; or it never will. */
    private void onFailure(final int errno)
    {
        counters.addShared(TunnelCounter.WAIT_FAILURES, 1);
        if (Errno.EFAULT == errno || Errno.EINVAL == errno)
        {
            throw new AgentTerminationException("cannot wait for device and socket: " + Errno.describe(errno));
        }
        LockSupport.parkNanos(WaitingAgent.ERROR_PAUSE_NS);
    }

    @Override
    public void reset()
    {
        spins = 0;
    }

    @Override
    public String alias()
    {
        return "kernel";
    }
}
