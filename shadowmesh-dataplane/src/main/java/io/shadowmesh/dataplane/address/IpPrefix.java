package io.shadowmesh.dataplane.address;

import java.net.InetAddress;
import java.util.Objects;

/**
 * An IP address with a prefix length, such as {@code 10.0.0.0/24} or {@code 2001:db8::1/64}. Immutable.
 *
 * <p>Host bits are allowed and kept: an interface's address is one of these. {@link #high()} and {@link #low()} are the
 * network bits alone, an IPv4 network in the lower 32 bits of {@code low} with {@code high} 0. Two prefixes are equal
 * if address, host bits included, and length are; compare {@link #network()} to compare networks.
 */
public final class IpPrefix
{
    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    private final boolean ipv6;
    private final long addressHigh;
    private final long addressLow;
    private final long high;
    private final long low;
    private final int length;

    private IpPrefix(final boolean ipv6, final long addressHigh, final long addressLow, final int length)
    {
        final int bits = ipv6 ? IPV6_BITS : IPV4_BITS;
        if (length < 0 || length > bits)
        {
            throw new IllegalArgumentException("prefix length outside 0.." + bits + ": " + length);
        }
        this.ipv6 = ipv6;
        this.addressHigh = addressHigh;
        this.addressLow = addressLow;
        this.length = length;
        this.high = addressHigh & maskHigh();
        this.low = addressLow & maskLow();
    }

    /**
     * Reads a prefix; a bare address means that address alone. No name is ever looked up.
     *
     * @param cidr such as {@code 10.0.0.0/24}, {@code 2001:db8::/32} or {@code 10.1.2.3}.
     * @return the prefix.
     * @throws IllegalArgumentException if the text is none; the message says which part is wrong.
     */
    public static IpPrefix parse(final String cidr)
    {
        final int slash = cidr.indexOf('/');
        final InetAddress address = IpText.parse(slash < 0 ? cidr : cidr.substring(0, slash));
        final int bits = IpText.isIpv6(address) ? IPV6_BITS : IPV4_BITS;
        final int length = slash < 0 ? bits : IpText.decimal(cidr.substring(slash + 1), bits);
        if (length < 0)
        {
            throw new IllegalArgumentException("prefix length must be 0.." + bits + ": \"" + cidr + '"');
        }
        return of(address, length);
    }

    /**
     * A prefix of an address and a length.
     *
     * @param address of either family.
     * @param length  0 to 32, or 0 to 128.
     * @return the prefix.
     * @throws IllegalArgumentException if the length is out of range.
     */
    public static IpPrefix of(final InetAddress address, final int length)
    {
        return new IpPrefix(IpText.isIpv6(address), IpText.high(address), IpText.low(address), length);
    }

    /**
     * A prefix of an IPv4 address.
     *
     * @param address the 32 bits, the first octet uppermost.
     * @param length  0 to 32.
     * @return the prefix.
     * @throws IllegalArgumentException if the length is out of range.
     */
    public static IpPrefix ofIpv4(final int address, final int length)
    {
        return new IpPrefix(false, 0, Integer.toUnsignedLong(address), length);
    }

    /**
     * A prefix of an IPv6 address.
     *
     * @param high   the first 64 bits.
     * @param low    the last 64 bits.
     * @param length 0 to 128.
     * @return the prefix.
     * @throws IllegalArgumentException if the length is out of range.
     */
    public static IpPrefix ofIpv6(final long high, final long low, final int length)
    {
        return new IpPrefix(true, high, low, length);
    }

    /**
     * The address, host bits included.
     *
     * @return a new address.
     */
    public InetAddress address()
    {
        return IpText.toInetAddress(ipv6, addressHigh, addressLow, 0);
    }

    /**
     * The bits that the network fixes.
     *
     * @return 0 to 32, or 0 to 128.
     */
    public int length()
    {
        return length;
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
     * The first 64 bits of an IPv6 network.
     *
     * @return the bits, host bits cleared; 0 for IPv4.
     */
    public long high()
    {
        return high;
    }

    /**
     * The last 64 bits of an IPv6 network, all of an IPv4 network.
     *
     * @return the bits, host bits cleared.
     */
    public long low()
    {
        return low;
    }

    /**
     * The network without host bits.
     *
     * @return this, if it has none.
     */
    public IpPrefix network()
    {
        return high == addressHigh && low == addressLow ? this : new IpPrefix(ipv6, high, low, length);
    }

    /**
     * Tells whether an address lies in the network.
     *
     * @param address of either family.
     * @return true if family and network bits are equal.
     */
    public boolean contains(final InetAddress address)
    {
        return IpText.isIpv6(address) == ipv6 && contains(IpText.high(address), IpText.low(address));
    }

    /**
     * Tells whether an address of this prefix's own family lies in the network.
     *
     * @param addressHigh the first 64 bits, 0 for IPv4.
     * @param addressLow  the last 64 bits, or an IPv4 address as an unsigned 32-bit number.
     * @return true if the network bits are equal.
     */
    public boolean contains(final long addressHigh, final long addressLow)
    {
        return ((addressHigh ^ high) & maskHigh()) == 0 && ((addressLow ^ low) & maskLow()) == 0;
    }

    private long maskHigh()
    {
        return ipv6 ? mask(Math.min(length, Long.SIZE)) : -1L;
    }

    private long maskLow()
    {
        // An IPv4 address has 32 zero bits above it, which the mask may as well keep.
        return ipv6 ? mask(Math.max(0, length - Long.SIZE)) : mask(IPV4_BITS + length);
    }

    private static long mask(final int length)
    {
        return length == 0 ? 0 : -1L << (Long.SIZE - length);
    }

    /** {@inheritDoc} */
    @Override
    public boolean equals(final Object other)
    {
        return other instanceof final IpPrefix that && addressLow == that.addressLow &&
            addressHigh == that.addressHigh && length == that.length && ipv6 == that.ipv6;
    }

    /** {@inheritDoc} */
    @Override
    public int hashCode()
    {
        return Objects.hash(ipv6, addressHigh, addressLow, length);
    }

    /**
     * The prefix as people write it, host bits included.
     *
     * @return {@code 10.0.0.0/24} or {@code 2001:db8::/32}.
     */
    @Override
    public String toString()
    {
        return IpText.format(ipv6, addressHigh, addressLow) + '/' + length;
    }
}
