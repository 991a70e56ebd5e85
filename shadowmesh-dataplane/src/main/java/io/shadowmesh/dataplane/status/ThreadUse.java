package io.shadowmesh.dataplane.status;

/**
 * What one thread has used in a time, exactly, as the JVM counts it.
 *
 * @param name           of the thread.
 * @param allocatedBytes of the heap.
 * @param cpuNs          on a processor.
 */
public record ThreadUse(String name, long allocatedBytes, long cpuNs)
{
}
