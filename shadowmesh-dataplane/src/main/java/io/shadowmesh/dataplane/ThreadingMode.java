package io.shadowmesh.dataplane;

/**
 * How the data path's agents are spread over threads. Control and handshakes have a thread each in every mode.
 */
public enum ThreadingMode
{
    /** All on one thread: for one or two cores, or for many tunnels in one process. */
    SHARED(1),
    /** One thread outbound, one inbound: for three cores or more. */
    PAIRED(2),
    /** TUN reader, sender and receiver each on a thread of its own, reader and sender joined by the ring. */
    DEDICATED(3);

    private static final int FEW_PROCESSORS = 2;

    private final int dataThreads;

    ThreadingMode(final int dataThreads)
    {
        this.dataThreads = dataThreads;
    }

    /**
     * The mode that a tunnel has where none is chosen. With one or two cores one thread carried more than two, for less
     * processor time, and an answer waits for one thread less to wake: see docs/performance.md.
     *
     * @param processors that the process may use, see {@link Runtime#availableProcessors()}.
     * @return {@link #SHARED} for up to two, else {@link #PAIRED}.
     */
    public static ThreadingMode fitting(final int processors)
    {
        return processors <= FEW_PROCESSORS ? SHARED : PAIRED;
    }

    int dataThreads()
    {
        return dataThreads;
    }
}
