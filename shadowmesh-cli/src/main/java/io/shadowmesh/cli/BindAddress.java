package io.shadowmesh.cli;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The address that a node's socket is bound to.
 *
 * @param ip   what {@code -ip} says, or null.
 * @param port the UDP port, 0 for any.
 */
record BindAddress(InetAddress ip, int port)
{
    private static final System.Logger LOG = System.getLogger("io.shadowmesh.node");
    /** There where the kernel has IPv6. */
    private static final Path IPV6_INTERFACES = Path.of("/proc/net/if_inet6");
    private static final byte[] IPV4_ANY = new byte[4];
    private static final byte[] IPV6_ANY = new byte[16];

    /** The address itself where this machine holds it, otherwise its family's wildcard; without one, both families'. */
    InetSocketAddress resolve()
    {
        if (ip == null)
        {
            return new InetSocketAddress(any(Files.exists(IPV6_INTERFACES)), port);
        }
        if (!isHeld())
        {
            final InetAddress any = any(ip instanceof Inet6Address);
            LOG.log(System.Logger.Level.WARNING, ip.getHostAddress() + " is not an address of this machine (behind " +
                "NAT?): receiving on all addresses instead");
            return new InetSocketAddress(any, port);
        }
        return new InetSocketAddress(ip, port);
    }

    private boolean isHeld()
    {
        try
        {
            return ip.isAnyLocalAddress() || ip.isLoopbackAddress() || NetworkInterface.getByInetAddress(ip) != null;
        }
        catch (final SocketException e)
        {
            LOG.log(System.Logger.Level.DEBUG, "cannot list the interfaces", e);
            return true;
        }
    }

    private static InetAddress any(final boolean ipv6)
    {
        try
        {
            return InetAddress.getByAddress(ipv6 ? IPV6_ANY : IPV4_ANY);
        }
        catch (final UnknownHostException e)
        {
            throw new AssertionError("4 and 16 bytes are addresses", e);
        }
    }
}
