package io.shadowmesh.dataplane.capture;

/**
 * What a recording has come to.
 *
 * @param packets that it holds.
 * @param bytes   of the file.
 * @param missed  packets that came faster than they were taken, and are not in it.
 */
public record CaptureSummary(long packets, long bytes, long missed)
{
}
