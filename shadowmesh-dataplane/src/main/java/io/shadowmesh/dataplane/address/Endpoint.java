package io.shadowmesh.dataplane.address;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;

/**
 * A UDP address: an IPv4 or IPv6 address and a port. Immutable.
 *
 * <p>An IPv4-mapped IPv6 address (::ffff:192.0.2.1, as a dual-stack socket reports it) becomes the IPv4 address that it
 * stands for, so that one remote socket has one endpoint whatever the family of the local one.
 *
 * <p>It may name the local address that is to be sent from, as learned from what the other side has addressed. Two
 * endpoints are equal whatever they say of that: {@link #isSamePath} tells those apart too.
 */
public final class Endpoint
{
    private static final int MAX_PORT = 65_535;

    private final long high;
    private final long low;
    private final int scopeId;
    private final int port;
    private final boolean ipv6;
    private final long sourceHigh;
    private final long sourceLow;

    private Endpoint(final boolean ipv6, final long high, final long low, final int scopeId, final int port)
    {
        this(ipv6, high, low, scopeId, port, 0, 0);
    }

    private Endpoint(
        final boolean ipv6,
        final long high,
        final long low,
        final int scopeId,
        final int port,
        final long sourceHigh,
        final long sourceLow)
    {
        if (port < 0 || port > MAX_PORT)
        {
            throw new IllegalArgumentException("port outside 0.." + MAX_PORT + ": " + port);
        }
        this.ipv6 = ipv6;
        this.high = high;
        this.low = low;
        this.scopeId = scopeId;
        this.port = port;
        this.sourceHigh = sourceHigh;
        this.sourceLow = sourceLow;
    }

    /**
     * An endpoint of an address and a port.
     *
     * @param address of either family.
     * @param port    0 to 65,535.
     * @return the endpoint.
     * @throws IllegalArgumentException if the port is out of range.
     */
    public static Endpoint of(final InetAddress address, final int port)
    {
        return address instanceof final Inet6Address ipv6Address ?
            ofIpv6(IpText.high(address), IpText.low(address), ipv6Address.getScopeId(), port) :
            new Endpoint(false, 0, IpText.low(address), 0, port);
    }

    /**
     * An endpoint of a resolved socket address.
     *
     * @param address with an address, not only a name.
     * @return the endpoint.
     * @throws IllegalArgumentException if the name has not been resolved.
     */
    public static Endpoint of(final InetSocketAddress address)
    {
        if (address.isUnresolved())
        {
            throw new IllegalArgumentException("unresolved: " + address.getHostString());
        }
        return of(address.getAddress(), address.getPort());
    }

    /**
     * An endpoint of an IPv4 address.
     *
     * @param address the 32 bits, the first octet uppermost.
     * @param port    0 to 65,535.
     * @return the endpoint.
     * @throws IllegalArgumentException if the port is out of range.
     */
    public static Endpoint ofIpv4(final int address, final int port)
    {
        return new Endpoint(false, 0, Integer.toUnsignedLong(address), 0, port);
    }

    /**
     * An endpoint of an IPv6 address; of an IPv4 address when it is IPv4-mapped.
     *
     * @param high    the first 64 bits.
     * @param low     the last 64 bits.
     * @param scopeId the interface of a link-local address, 0 for none.
     * @param port    0 to 65,535.
     * @return the endpoint.
     * @throws IllegalArgumentException if the port is out of range.
     */
    public static Endpoint ofIpv6(final long high, final long low, final int scopeId, final int port)
    {
        return IpText.isIpv4Mapped(high, low) ?
            ofIpv4((int)low, port) :
            new Endpoint(true, high, low, scopeId, port);
    }

    /**
     * This endpoint, to be sent to from one of the machine's own addresses.
     *
     * @param addressHigh the first 64 bits of the local address.
     * @param addressLow  the last 64 bits; an IPv4 address is IPv4-mapped. All 128 bits 0 leave the choice to the kernel.
     * @return an endpoint that equals this one.
     */
    public Endpoint withSource(final long addressHigh, final long addressLow)
    {
        return addressHigh == sourceHigh && addressLow == sourceLow ? this :
            new Endpoint(ipv6, high, low, scopeId, port, addressHigh, addressLow);
    }

    /**
     * This endpoint, to be sent to from whatever address the kernel chooses.
     *
     * @return an endpoint that equals this one.
     */
    public Endpoint withoutSource()
    {
        return withSource(0, 0);
    }

    /**
     * Tells whether it says which local address to send from.
     *
     * @return false if the kernel chooses.
     */
    public boolean hasSource()
    {
        return (sourceHigh | sourceLow) != 0;
    }

    /**
     * The first 64 bits of the local address to send from.
     *
     * @return the bits, 0 for an IPv4-mapped address or none.
     */
    public long sourceHigh()
    {
        return sourceHigh;
    }

    /**
     * The last 64 bits of the local address to send from.
     *
     * @return the bits, an IPv4 address IPv4-mapped; 0 for none.
     */
    public long sourceLow()
    {
        return sourceLow;
    }

    /**
     * Compares the local address too.
     *
     * @param other to compare with; null equals nothing.
     * @return true if both ends are the same.
     */
    public boolean isSamePath(final Endpoint other)
    {
        return equals(other) && sourceHigh == other.sourceHigh && sourceLow == other.sourceLow;
    }

    /**
     * Tells the family.
     *
     * @return true for IPv6, false for IPv4.
     */
    public boolean isIpv6()
    {
        return ipv6;
    }

    /**
     * The IPv4 address.
     *
     * @return the 32 bits, the first octet uppermost; of no meaning when {@link #isIpv6()}.
     */
    public int ipv4()
    {
        return (int)low;
    }

    /**
     * The first 64 bits of an IPv6 address.
     *
     * @return the bits, 0 for IPv4.
     */
    public long high()
    {
        return high;
    }

    /**
     * The last 64 bits of an IPv6 address.
     *
     * @return the bits; for IPv4 the address as an unsigned 32-bit number.
     */
    public long low()
    {
        return low;
    }

    /**
     * The interface of a link-local IPv6 address.
     *
     * @return its index, 0 for none.
     */
    public int scopeId()
    {
        return scopeId;
    }

    /**
     * The UDP port.
     *
     * @return 0 to 65,535.
     */
    public int port()
    {
        return port;
    }

    /**
     * The address without the port.
     *
     * @return a new address.
     */
    public InetAddress address()
    {
        return IpText.toInetAddress(ipv6, high, low, scopeId);
    }

    /**
     * The endpoint as the JDK's networking takes it.
     *
     * @return a new, resolved socket address.
     */
    public InetSocketAddress toSocketAddress()
    {
        return new InetSocketAddress(address(), port);
    }

    /** {@inheritDoc} */
    @Override
    public boolean equals(final Object other)
    {
        return other instanceof final Endpoint that && low == that.low && port == that.port && high == that.high &&
            scopeId == that.scopeId && ipv6 == that.ipv6;
    }

    /** {@inheritDoc} */
    @Override
    public int hashCode()
    {
        return Objects.hash(ipv6, high, low, scopeId, port);
    }

    /**
     * The endpoint as people write it.
     *
     * @return {@code 192.0.2.1:9443}, {@code [2001:db8::1]:9443} or {@code [fe80::1%2]:9443}.
     */
    @Override
    public String toString()
    {
        final String address = IpText.format(ipv6, high, low);
        if (!ipv6)
        {
            return address + ':' + port;
        }
        return '[' + address + (scopeId != 0 ? "%" + scopeId : "") + "]:" + port;
    }
}
