package io.shadowmesh.benchmarks;

/**
 * A few C functions, called by one of the ways there are to call C from Java. Each keeps errno for its caller.
 * Addresses are raw.
 */
interface ForeignCalls
{
    /** Makes a number positive; the kernel has no part in it. Source: labs(3). */
    long labs(long number);

    /** Asks for the parent's process ID. Source: getppid(2). */
    int getppid();

    /** Writes bytes. Source: write(2). */
    long write(int fd, long address, long length);

    /** Reads bytes. Source: read(2). */
    long read(int fd, long address, long length);

    /** Sends a datagram. Source: sendto(2). */
    long sendto(int fd, long address, long length, int flags, long sockaddr, int sockaddrLength);
}
