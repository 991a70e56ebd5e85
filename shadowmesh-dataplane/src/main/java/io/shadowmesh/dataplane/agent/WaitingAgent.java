package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.device.Poller;
import org.agrona.concurrent.Agent;

/**
 * An agent that can say what it waits for, so that its thread may sleep in the kernel.
 */
interface WaitingAgent extends Agent
{
    /** How long an agent lets a descriptor be that has brought an error, so that it does not ask without a pause. */
    long ERROR_PAUSE_NS = 1_000_000L;

    /** Adds the agent's descriptors to its thread's poller. Called once, before the first duty cycle. */
    void register(Poller poller);

    /**
     * Sets what the agent's descriptors are watched for. Called before each sleep, after the thread has announced it.
     *
     * @return false when there is work that no descriptor will tell of: then the thread does not sleep.
     */
    boolean arm(Poller poller);

    /** How long the thread may sleep at most, in ns, or {@link Poller#FOR_EVER}. */
    default long longestWaitNs()
    {
        return Poller.FOR_EVER;
    }
}
