package io.shadowmesh.dataplane.address;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * IP addresses as two longs, as bytes and as text. An IPv4 address has {@code high} 0 and its 32 bits in {@code low}.
 */
final class IpText
{
    private static final int IPV6_LENGTH = 16;
    private static final int GROUPS = 8;

    private IpText()
    {
    }

    /** The upper 64 bits of an IPv6 address, 0 for IPv4. */
    static long high(final InetAddress address)
    {
        return address instanceof Inet6Address ? bits(address.getAddress(), 0, Long.BYTES) : 0;
    }

    /** The lower 64 bits of an IPv6 address, all 32 of an IPv4 address. */
    static long low(final InetAddress address)
    {
        final byte[] bytes = address.getAddress();
        return bytes.length == IPV6_LENGTH ? bits(bytes, Long.BYTES, Long.BYTES) : bits(bytes, 0, Integer.BYTES);
    }

    static boolean isIpv6(final InetAddress address)
    {
        return address instanceof Inet6Address;
    }

    /** True for ::ffff:a.b.c.d, the way a dual-stack socket shows an IPv4 address. */
    static boolean isIpv4Mapped(final long high, final long low)
    {
        return high == 0 && low >>> Integer.SIZE == 0xFFFF;
    }

    static InetAddress toInetAddress(final boolean ipv6, final long high, final long low, final int scopeId)
    {
        try
        {
            if (ipv6)
            {
                final byte[] bytes = new byte[IPV6_LENGTH];
                put(bytes, 0, Long.BYTES, high);
                put(bytes, Long.BYTES, Long.BYTES, low);
                return Inet6Address.getByAddress(null, bytes, scopeId == 0 ? -1 : scopeId);
            }
            final byte[] bytes = new byte[Integer.BYTES];
            put(bytes, 0, Integer.BYTES, low);
            return InetAddress.getByAddress(bytes);
        }
        catch (final UnknownHostException ex)
        {
            throw new AssertionError("an address of 4 or 16 bytes is always legal", ex);
        }
    }

    /** The address as RFC 5952 (IPv6) or dotted decimals (IPv4) show it. */
    static String format(final boolean ipv6, final long high, final long low)
    {
        return ipv6 ? formatIpv6(high, low) : formatIpv4((int)low);
    }

    private static String formatIpv4(final int address)
    {
        return (address >>> 24) + "." + (address >>> 16 & 0xFF) + "." + (address >>> 8 & 0xFF) + "." + (address & 0xFF);
    }

    private static String formatIpv6(final long high, final long low)
    {
        int runStart = -1;
        int runLength = 1;
        for (int i = 0; i < GROUPS; i++)
        {
            int end = i;
            while (end < GROUPS && group(high, low, end) == 0)
            {
                end++;
            }
            if (end - i > runLength)
            {
                runStart = i;
                runLength = end - i;
            }
            i = Math.max(i, end - 1);
        }

        final StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < GROUPS; i++)
        {
            if (i == runStart)
            {
                text.append("::");
                i += runLength - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':')
            {
                text.append(':');
            }
            text.append(Integer.toHexString(group(high, low, i)));
        }
        return text.toString();
    }

    private static int group(final long high, final long low, final int index)
    {
        final long half = index < GROUPS / 2 ? high : low;
        return (int)(half >>> (Short.SIZE * (GROUPS / 2 - 1 - index % (GROUPS / 2)))) & 0xFFFF;
    }

    /**
     * Reads a literal address and never asks a name service.
     *
     * @throws IllegalArgumentException if the text is no literal in one of the two usual notations.
     */
    static InetAddress parse(final String text)
    {
        if (text.indexOf(':') < 0)
        {
            return parseIpv4(text);
        }

        final InetAddress address;
        try
        {
            if (text.indexOf('%') >= 0 || text.indexOf('[') >= 0)
            {
                throw new IllegalArgumentException("zone or brackets");
            }
            address = InetAddress.ofLiteral(text);
        }
        catch (final IllegalArgumentException ex)
        {
            throw new IllegalArgumentException("not an IPv6 address: \"" + text + '"', ex);
        }
        if (address instanceof Inet4Address)
        {
            throw new IllegalArgumentException("an IPv4 address written as IPv6: \"" + text + "\"; write " +
                address.getHostAddress());
        }
        return address;
    }

    private static InetAddress parseIpv4(final String text)
    {
        final String[] parts = text.split("\\.", -1);
        boolean valid = parts.length == Integer.BYTES;
        long address = 0;
        for (int i = 0; valid && i < Integer.BYTES; i++)
        {
            final int value = decimal(parts[i], 255);
            valid = value >= 0;
            address = address << Byte.SIZE | value & 0xFF;
        }
        if (!valid)
        {
            throw new IllegalArgumentException("not an IP address: \"" + text + '"');
        }
        return toInetAddress(false, 0, address, 0);
    }

    /** The value of one to three digits without a leading zero, or -1. */
    static int decimal(final String text, final int maximum)
    {
        final int length = text.length();
        if (length < 1 || length > 3 || length > 1 && text.charAt(0) == '0')
        {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < length; i++)
        {
            final char digit = text.charAt(i);
            if (digit < '0' || digit > '9')
            {
                return -1;
            }
            value = value * 10 + digit - '0';
        }
        return value <= maximum ? value : -1;
    }

    private static long bits(final byte[] bytes, final int offset, final int length)
    {
        long value = 0;
        for (int i = 0; i < length; i++)
        {
            value = value << Byte.SIZE | bytes[offset + i] & 0xFF;
        }
        return value;
    }

    private static void put(final byte[] bytes, final int offset, final int length, final long value)
    {
        for (int i = 0; i < length; i++)
        {
            bytes[offset + i] = (byte)(value >>> (Byte.SIZE * (length - 1 - i)));
        }
    }
}
