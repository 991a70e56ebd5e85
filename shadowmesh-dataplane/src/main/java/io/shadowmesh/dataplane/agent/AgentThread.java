package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.BootClock;
import io.shadowmesh.dataplane.device.EventFd;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.CompositeAgent;
import org.agrona.concurrent.NanoClock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * One thread of agents, and what such a thread owns: its errno cell, its clock, the eventfd that wakes it.
 */
final class AgentThread
{
    private final List<WaitingAgent> agents = new ArrayList<>();
    private final String name;
    private final Arena arena;
    private final Counters counters;
    private final SystemCalls calls;
    private final NanoClock clock;
    private final Wakeup wakeup;
    private AgentRunner runner;
    private Thread thread;

    AgentThread(final String name, final Arena arena, final Counters counters) throws IOException
    {
        this.name = name;
        this.arena = arena;
        this.counters = counters;
        this.calls = new SystemCalls(arena);
        this.clock = new BootClock(arena, calls);
        this.wakeup = new Wakeup(EventFd.open());
    }

    SystemCalls calls()
    {
        return calls;
    }

    NanoClock clock()
    {
        return clock;
    }

    Wakeup wakeup()
    {
        return wakeup;
    }

    void add(final WaitingAgent agent)
    {
        agents.add(agent);
    }

    boolean isEmpty()
    {
        return agents.isEmpty();
    }

    void start(final ErrorHandler errorHandler, final int maxSpins)
    {
        final WaitingAgent[] all = agents.toArray(new WaitingAgent[0]);
        final Agent agent = 1 == all.length ? all[0] : new CompositeAgent(all);
        runner = new AgentRunner(
            new KernelIdleStrategy(arena, wakeup, calls, counters, maxSpins, all), errorHandler, null, agent);
        thread = AgentRunner.startOnThread(runner, task ->
        {
            final Thread started = new Thread(task, name);
            started.setDaemon(true);
            return started;
        });
    }

    long threadId()
    {
        return thread.threadId();
    }

    /** Ends the agents and waits for their thread. The calls are the caller's. */
    void stop(final SystemCalls callersCalls)
    {
        if (null != runner)
        {
            wakeup.wakeForEver(callersCalls);
            runner.close();
            runner = null;
        }
    }

    /** Closes the eventfd, when no thread can signal it any more. */
    void release()
    {
        wakeup.close();
    }
}
