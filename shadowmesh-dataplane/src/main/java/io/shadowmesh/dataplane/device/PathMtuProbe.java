package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;
import java.net.InetSocketAddress;

/**
 * Asks the kernel for the MTU of the path to an endpoint: what the route says, or what ICMP messages have told of it
 * since, which the kernel keeps for ten minutes (net.ipv4.route.mtu_expires and its like for IPv6).
 *
 * <p>The kernel learns from the datagrams of the tunnel's own socket, and sends nothing for the asking: another socket is
 * bound to the same local address, connected, asked and closed. The tunnel's own is not connected, and the kernel tells
 * only connected sockets. Its error queue (IP_RECVERR) would tell too, but a socket that asks for it also gets every ICMP
 * error of any peer as the failure of its next send to any other.
 *
 * <p><b>Threading:</b> one thread at a time. Allocates nothing.
 *
 * <p>Source: IP_MTU in ip(7), IPV6_MTU in ipv6(7); RFC 1191, section 6.3; RFC 8201, section 5.3.
 */
public final class PathMtuProbe
{
    private static final int DATAGRAM = Linux.SOCK_DGRAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    private static final int AF_INET = Linux.AF_INET();
    private static final int AF_INET6 = Linux.AF_INET6();
    private static final int IPPROTO_UDP = Linux.IPPROTO_UDP();
    private static final int IPPROTO_IP = Linux.IPPROTO_IP();
    private static final int IPPROTO_IPV6 = Linux.IPPROTO_IPV6();
    private static final int IP_MTU = Linux.IP_MTU();
    private static final int IPV6_MTU = Linux.IPV6_MTU();

    private final Endpoint local;
    private final UnsafeBuffer name;
    private final UnsafeBuffer value;
    private final UnsafeBuffer valueLength;

    /**
     * Makes a probe.
     *
     * @param arena that owns its memory.
     * @param local where the socket is bound whose paths are asked for; the port does not matter.
     */
    public PathMtuProbe(final Arena arena, final InetSocketAddress local)
    {
        this.local = local.getAddress().isAnyLocalAddress() ? null : Endpoint.of(local.getAddress(), 0);
        this.name = SendBatch.allocate(arena, SocketAddressCodec.SLOT_LENGTH);
        this.value = SendBatch.allocate(arena, Integer.BYTES);
        this.valueLength = SendBatch.allocate(arena, Integer.BYTES);
    }

    /**
     * Asks for a path.
     *
     * @param calls    of the calling thread.
     * @param endpoint at its end.
     * @return the longest IP packet that the path takes as far as the kernel knows, in bytes, or {@code -errno}.
     */
    public int pathMtu(final SystemCalls calls, final Endpoint endpoint)
    {
        final boolean ipv6 = endpoint.isIpv6();
        final int fd = calls.socket(ipv6 ? AF_INET6 : AF_INET, DATAGRAM, IPPROTO_UDP);
        if (fd < 0)
        {
            return fd;
        }
        final int mtu = ask(calls, fd, endpoint, ipv6);
        calls.close(fd);
        return mtu;
    }

    private int ask(final SystemCalls calls, final int fd, final Endpoint endpoint, final boolean ipv6)
    {
        int result = 0;
        if (local != null && local.isIpv6() == ipv6)
        {
            final int length = SocketAddressCodec.encode(name, 0, local, ipv6);
            result = calls.bind(fd, name.addressOffset(), length);
        }
        if (result == 0)
        {
            final int length = SocketAddressCodec.encode(name, 0, endpoint, ipv6);
            result = calls.connect(fd, name.addressOffset(), length);
        }
        if (result == 0)
        {
            valueLength.putInt(0, Integer.BYTES);
            result = calls.getsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_MTU : IP_MTU,
                value.addressOffset(), valueLength.addressOffset());
        }
        return result == 0 ? value.getInt(0) : result;
    }
}
