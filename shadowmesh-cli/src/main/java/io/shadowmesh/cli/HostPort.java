package io.shadowmesh.cli;

import io.shadowmesh.dataplane.address.IpPrefix;

import java.util.regex.Pattern;

/**
 * Where a peer can be reached, as it is written: a host name or an address literal, and a UDP port.
 *
 * @param host a name, an IPv4 literal, or an IPv6 literal without brackets.
 * @param port 1 to 65535.
 */
record HostPort(String host, int port)
{
    /** The UDP port where none is written. */
    static final int DEFAULT_PORT = 9443;

    private static final int MAX_PORT = 65535;
    private static final int MAX_NAME = 253;
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?");
    private static final Pattern DOTTED_NUMBERS = Pattern.compile("[0-9.]+");

    /**
     * Reads {@code HOST[:PORT]}, IPv6 addresses in brackets. No name is looked up.
     *
     * @throws IllegalArgumentException with a message that says what to write.
     */
    static HostPort parse(final String text)
    {
        final String host;
        final String rest;
        if (text.startsWith("["))
        {
            final int end = text.indexOf(']');
            if (end < 0)
            {
                throw new IllegalArgumentException("\"" + text + "\" lacks the closing bracket: write [2001:db8::1]:" +
                    DEFAULT_PORT);
            }
            host = text.substring(1, end);
            rest = text.substring(end + 1);
            checkIpv6(host);
        }
        else
        {
            final int colon = text.indexOf(':');
            if (colon >= 0 && text.indexOf(':', colon + 1) >= 0)
            {
                throw new IllegalArgumentException("\"" + text + "\": put an IPv6 address in brackets: [" + text +
                    "] or [" + text + "]:" + DEFAULT_PORT);
            }
            host = colon < 0 ? text : text.substring(0, colon);
            rest = colon < 0 ? "" : text.substring(colon);
            checkName(host);
        }
        if (rest.isEmpty())
        {
            return new HostPort(host, DEFAULT_PORT);
        }
        if (rest.charAt(0) != ':')
        {
            throw new IllegalArgumentException("\"" + text + "\": only :PORT may follow the host");
        }
        return new HostPort(host, port(rest.substring(1), 1));
    }

    /**
     * Reads a port.
     *
     * @throws IllegalArgumentException with a message that says what to write.
     */
    static int port(final String text, final int lowest)
    {
        int port = -1;
        if (!text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9'))
        {
            port = Integer.parseInt(text);
        }
        if (port < lowest || port > MAX_PORT)
        {
            throw new IllegalArgumentException("\"" + text + "\" is not a UDP port: give a number from " + lowest +
                " to " + MAX_PORT);
        }
        return port;
    }

    boolean isIpv6Literal()
    {
        return host.indexOf(':') >= 0;
    }

    /** As it is written, the port always shown. */
    @Override
    public String toString()
    {
        return isIpv6Literal() ? "[" + host + "]:" + port : host + ":" + port;
    }

    private static void checkIpv6(final String host)
    {
        final int scope = host.indexOf('%');
        final String address = scope < 0 ? host : host.substring(0, scope);
        if (address.indexOf(':') < 0 || scope >= 0 && !LABEL.matcher(host.substring(scope + 1)).matches())
        {
            throw new IllegalArgumentException("\"" + host + "\" in brackets is not an IPv6 address");
        }
        IpPrefix.parse(checkNoSlash(address));
    }

    private static void checkName(final String host)
    {
        if (host.isEmpty())
        {
            throw new IllegalArgumentException("the host is missing: write HOST or HOST:PORT");
        }
        if (DOTTED_NUMBERS.matcher(host).matches())
        {
            IpPrefix.parse(checkNoSlash(host));
            return;
        }
        final String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        boolean good = !name.isEmpty() && name.length() <= MAX_NAME;
        for (final String label : name.split("\\.", -1))
        {
            good &= LABEL.matcher(label).matches();
        }
        if (!good)
        {
            throw new IllegalArgumentException("\"" + host + "\" is not a host name or an address");
        }
    }

    private static String checkNoSlash(final String address)
    {
        if (address.indexOf('/') >= 0)
        {
            throw new IllegalArgumentException("\"" + address + "\": an endpoint is one address, without a prefix");
        }
        return address;
    }
}
