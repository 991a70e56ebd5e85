package io.shadowmesh.dataplane.device;

import io.shadowmesh.ffi.linux.Linux;

/**
 * What a socket does about datagrams longer than the path takes.
 *
 * <p>Source: IP_MTU_DISCOVER in ip(7), IPV6_MTU_DISCOVER in ipv6(7); both use the same numbers.
 */
public enum PathMtuDiscovery
{
    /** Never set DF: routers, and this machine, split what is too long. */
    DONT(Linux.IP_PMTUDISC_DONT()),

    /** Set DF up to the path's known MTU, and split here what is longer. What a socket does by itself. */
    WANT(Linux.IP_PMTUDISC_WANT()),

    /** Always set DF; what is longer than the path's known MTU fails with EMSGSIZE. */
    DO(Linux.IP_PMTUDISC_DO()),

    /** Always set DF, and pay no heed to what is known of the path, only to the interface's own MTU. */
    PROBE(Linux.IP_PMTUDISC_PROBE());

    private final int value;

    PathMtuDiscovery(final int value)
    {
        this.value = value;
    }

    /**
     * The kernel's number for it.
     *
     * @return the option's value.
     */
    int value()
    {
        return value;
    }

    /**
     * Tells whether datagrams carry DF whatever their length.
     *
     * @return true for {@link #DO} and {@link #PROBE}.
     */
    public boolean setsDontFragment()
    {
        return this == DO || this == PROBE;
    }
}
