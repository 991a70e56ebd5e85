package io.shadowmesh.dataplane.memory;

/** On which side of a buffer, without a byte between them, the page begins that no one may touch. */
public enum Guard
{
    /** The page is before the buffer: whoever reads or writes before it ends the JVM. */
    BEFORE,

    /** The page is behind the buffer: whoever reads or writes past it ends the JVM. */
    BEHIND
}
