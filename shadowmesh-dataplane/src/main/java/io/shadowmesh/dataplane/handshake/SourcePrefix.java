package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;

/**
 * What counts as one source when handshakes are limited per source: an IPv4 address, or an IPv6 /64.
 */
record SourcePrefix(boolean ipv6, long bits)
{
    static SourcePrefix of(final Endpoint endpoint)
    {
        return endpoint.isIpv6() ? new SourcePrefix(true, endpoint.high()) : new SourcePrefix(false, endpoint.low());
    }
}
