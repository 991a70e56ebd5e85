package io.shadowmesh.dataplane;

/**
 * How the data path's agents are spread over threads. The control agent has a thread of its own in every mode.
 */
public enum ThreadingMode
{
    /** All on one thread: for one core, or for many tunnels in one process. */
    SHARED(1),
    /** One thread outbound, one inbound: for up to four cores. */
    PAIRED(2),
    /** TUN reader, sender and receiver each on a thread of its own, reader and sender joined by the ring. */
    DEDICATED(3);

    private final int dataThreads;

    ThreadingMode(final int dataThreads)
    {
        this.dataThreads = dataThreads;
    }

    int dataThreads()
    {
        return dataThreads;
    }
}
