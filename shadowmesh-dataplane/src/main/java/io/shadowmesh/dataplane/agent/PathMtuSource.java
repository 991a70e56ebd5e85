package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;

/** Who knows the MTU of paths: the kernel, or a test. */
@FunctionalInterface
interface PathMtuSource
{
    /** The longest IP packet on the path to an endpoint, or {@code -errno}. */
    int pathMtu(Endpoint endpoint);
}
