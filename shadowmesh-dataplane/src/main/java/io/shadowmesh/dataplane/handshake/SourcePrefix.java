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

    /** Written out, as is {@link #hashCode}: the JVM links a record's own at the first use, in a node's first handshake. */
    @Override
    public boolean equals(final Object other)
    {
        return other instanceof final SourcePrefix prefix && ipv6 == prefix.ipv6 && bits == prefix.bits;
    }

    @Override
    public int hashCode()
    {
        return 31 * Long.hashCode(bits) + Boolean.hashCode(ipv6);
    }
}
