package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetSocketAddress;

/**
 * A bound UDP socket, not connected, that does not block: datagrams go by {@link SendBatch} and come by
 * {@link ReceiveBatch}.
 *
 * <pre>{@code
 * try (Arena arena = Arena.ofConfined();
 *     UdpSocket socket = UdpSocket.bind(new InetSocketAddress("127.0.0.1", 0), UdpOptions.defaults()))
 * {
 *     final SystemCalls calls = new SystemCalls(arena);
 *     final SendBatch batch = new SendBatch(arena, 64, socket.isIpv6());
 *     batch.add(address, length, Endpoint.of(peer));
 *     batch.flush(calls, socket.fileDescriptor());
 * }
 * }</pre>
 *
 * <p>Bound to a wildcard, it tells with each datagram which of the machine's addresses that was sent to, and sends from the
 * one that an {@link Endpoint} names: an answer leaves from where the question went.
 *
 * <p>ICMP errors (port unreachable and the like) do not reach a socket that is not connected and has not asked for
 * them: a peer that is away for a while does not disturb the others.
 *
 * <p><b>Threading:</b> any thread may send or receive, each with batches and calls of its own. Close it after they have
 * ended: the descriptor's number may be in use again at once.
 *
 * <p>Source: udp(7), ip(7), ipv6(7), socket(7).
 */
public final class UdpSocket implements AutoCloseable
{
    private static final int LARGEST_OPTION = 5;

    /** What every kernel with UDP_SEGMENT takes; newer ones take 128. */
    private static final int MAX_SEGMENTS = 64;
    private static final int IPPROTO_IP = Linux.IPPROTO_IP();
    private static final int IPPROTO_IPV6 = Linux.IPPROTO_IPV6();
    private static final int IP_MTU_DISCOVER = Linux.IP_MTU_DISCOVER();
    private static final int IPV6_MTU_DISCOVER = Linux.IPV6_MTU_DISCOVER();

    /** The values 0 to 5 as constant ints, for options that are set while packets flow. */
    private static final long OPTION_VALUES = optionValues();

    private final int fd;
    private final boolean ipv6;
    private final boolean ipv4;
    private final InetSocketAddress localAddress;
    private final PathMtuDiscovery pathMtuDiscovery;
    private final int receiveBufferGranted;
    private final int sendBufferGranted;
    private final int maxSegments;
    private final boolean coalesces;
    private boolean closed;

    private UdpSocket(
        final int fd,
        final boolean ipv6,
        final boolean ipv4,
        final InetSocketAddress localAddress,
        final PathMtuDiscovery pathMtuDiscovery,
        final int receiveBufferGranted,
        final int sendBufferGranted,
        final int maxSegments,
        final boolean coalesces)
    {
        this.fd = fd;
        this.ipv6 = ipv6;
        this.ipv4 = ipv4;
        this.localAddress = localAddress;
        this.pathMtuDiscovery = pathMtuDiscovery;
        this.receiveBufferGranted = receiveBufferGranted;
        this.sendBufferGranted = sendBufferGranted;
        this.maxSegments = maxSegments;
        this.coalesces = coalesces;
    }

    private static long optionValues()
    {
        final MemorySegment values = Arena.global().allocate(ValueLayout.JAVA_INT, LARGEST_OPTION + 1);
        for (int i = 0; i <= LARGEST_OPTION; i++)
        {
            values.setAtIndex(ValueLayout.JAVA_INT, i, i);
        }
        return values.address();
    }

    /**
     * Opens and binds a socket.
     *
     * @param local   where to; the wildcard address and port 0 are allowed. Its family is the socket's.
     * @param options buffers, path MTU discovery, families.
     * @return the socket.
     * @throws DeviceException with {@link Errno#EADDRNOTAVAIL} if this machine does not hold the address,
     *                         {@link Errno#EADDRINUSE} if the port is taken, or another number; its message says
     *                         what to do.
     */
    public static UdpSocket bind(final InetSocketAddress local, final UdpOptions options) throws DeviceException
    {
        if (local.isUnresolved())
        {
            throw new DeviceException("no address is known for the host name " + local.getHostString() +
                ": check its spelling, or give an address", 0);
        }
        final boolean ipv6 = local.getAddress() instanceof Inet6Address;
        try (Arena scratch = Arena.ofConfined())
        {
            final SystemCalls calls = new SystemCalls(scratch);
            final int fd = calls.socket(
                ipv6 ? Linux.AF_INET6() : Linux.AF_INET(),
                Linux.SOCK_DGRAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC(),
                Linux.IPPROTO_UDP());
            if (fd < 0)
            {
                throw socketFailure(ipv6, -fd);
            }
            boolean bound = false;
            try
            {
                final UdpSocket socket = bind(new Options(calls, scratch, fd), local, ipv6, options);
                bound = true;
                return socket;
            }
            finally
            {
                if (!bound)
                {
                    calls.close(fd);
                }
            }
        }
    }

    private static UdpSocket bind(
        final Options socket, final InetSocketAddress local, final boolean ipv6, final UdpOptions options)
        throws DeviceException
    {
        final boolean both = ipv6 && options.dualStack() && local.getAddress().isAnyLocalAddress();
        if (ipv6)
        {
            socket.set(IPPROTO_IPV6, Linux.IPV6_V6ONLY(), both ? 0 : 1, "IPV6_V6ONLY");
            socket.set(IPPROTO_IPV6, IPV6_MTU_DISCOVER, options.pathMtuDiscovery().value(), "IPV6_MTU_DISCOVER");
        }
        if (!ipv6 || both)
        {
            socket.set(IPPROTO_IP, IP_MTU_DISCOVER, options.pathMtuDiscovery().value(), "IP_MTU_DISCOVER");
        }
        if (local.getAddress().isAnyLocalAddress())
        {
            // A refusal costs no more than the old way: the kernel chooses the address of each answer.
            socket.set(
                ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? Linux.IPV6_RECVPKTINFO() : Linux.IP_PKTINFO(), 1);
        }
        final int received = socket.buffer(options.receiveBuffer(), Linux.SO_RCVBUFFORCE(), Linux.SO_RCVBUF());
        final int sent = socket.buffer(options.sendBuffer(), Linux.SO_SNDBUFFORCE(), Linux.SO_SNDBUF());
        final UnsafeBuffer name = SendBatch.allocate(socket.scratch, SocketAddressCodec.SLOT_LENGTH);
        final int length = SocketAddressCodec.encode(name, 0, Endpoint.of(local), ipv6);
        final int result = socket.calls.bind(socket.fd, name.addressOffset(), length);
        if (result < 0)
        {
            throw bindFailure(local, -result);
        }
        final boolean segments = options.segmentation() && socket.has(Linux.SOL_UDP(), Linux.UDP_SEGMENT());
        final boolean coalesces = options.coalescing() && socket.set(Linux.SOL_UDP(), Linux.UDP_GRO(), 1) == 0;
        final InetSocketAddress bound = socket.name(name).toSocketAddress();
        return new UdpSocket(
            socket.fd,
            ipv6,
            !ipv6 || both,
            bound,
            options.pathMtuDiscovery(),
            received,
            sent,
            segments ? MAX_SEGMENTS : 1,
            coalesces);
    }

    static DeviceException socketFailure(final boolean ipv6, final int errno)
    {
        if (errno == Errno.EAFNOSUPPORT && ipv6)
        {
            return new DeviceException("this kernel has no IPv6: use an IPv4 address", errno);
        }
        return DeviceException.of("socket", ipv6 ? "IPv6, UDP" : "IPv4, UDP", errno);
    }

    static DeviceException bindFailure(final InetSocketAddress local, final int errno)
    {
        final String address = local.getAddress().getHostAddress();
        final int port = local.getPort();
        if (errno == Errno.EADDRINUSE)
        {
            return new DeviceException("UDP port " + port + " of " + address + " is taken by another program: stop it" +
                " (ss -lunp 'sport = :" + port + "' shows which), or choose another port", errno);
        }
        if (errno == Errno.EADDRNOTAVAIL)
        {
            return new DeviceException("this machine does not hold the address " + address +
                ": use one of its own (ip addr lists them), or the wildcard address", errno);
        }
        if (errno == Errno.EACCES || errno == Errno.EPERM)
        {
            return new DeviceException("not allowed to bind UDP port " + port + " of " + address +
                ": run as root, or choose a port above 1023", errno);
        }
        return DeviceException.of("bind", Endpoint.of(local).toString(), errno);
    }

    /**
     * Tells the descriptor.
     *
     * @return the descriptor, for batches and pollers.
     */
    public int fileDescriptor()
    {
        return fd;
    }

    /**
     * Tells where the socket is bound.
     *
     * @return the address and the port, the kernel's choice where 0 was asked for.
     */
    public InetSocketAddress localAddress()
    {
        return localAddress;
    }

    /**
     * Tells the socket's family, which decides how a {@link SendBatch} writes addresses.
     *
     * @return true for IPv6, whether or not it serves IPv4 too.
     */
    public boolean isIpv6()
    {
        return ipv6;
    }

    /**
     * Tells whether the socket reaches endpoints of a family.
     *
     * @param endpoint to reach.
     * @return true if it can.
     */
    public boolean serves(final Endpoint endpoint)
    {
        return endpoint.isIpv6() ? ipv6 : ipv4;
    }

    /**
     * Tells the size of the receive buffer.
     *
     * @return bytes granted, in the unit in which they were asked for (the kernel keeps twice as much, for its own
     *     overhead).
     */
    public int receiveBufferGranted()
    {
        return receiveBufferGranted;
    }

    /**
     * Tells the size of the send buffer.
     *
     * @return bytes granted, in the unit in which they were asked for.
     */
    public int sendBufferGranted()
    {
        return sendBufferGranted;
    }

    /**
     * Tells how many datagrams of a {@link SendBatch} may cross the kernel as one.
     *
     * @return 64, or 1 where segmentation offload is not wanted or the kernel has none.
     */
    public int maxSegments()
    {
        return maxSegments;
    }

    /**
     * Tells whether datagrams may arrive end to end as one message.
     *
     * @return true if receive offload is wanted and the kernel has it.
     */
    public boolean coalesces()
    {
        return coalesces;
    }

    /**
     * Tells what the socket does about datagrams longer than the path takes.
     *
     * @return the mode that it was bound with.
     */
    public PathMtuDiscovery pathMtuDiscovery()
    {
        return pathMtuDiscovery;
    }

    /**
     * Sets or clears DF for the datagrams that follow. Allocates nothing.
     *
     * @param calls of the calling thread.
     * @param on    true for the mode that it was bound with, or {@link PathMtuDiscovery#DO} if that does not set DF;
     *              false for {@link PathMtuDiscovery#DONT}.
     * @return 0, or {@code -errno}.
     */
    public int dontFragment(final SystemCalls calls, final boolean on)
    {
        final PathMtuDiscovery set = pathMtuDiscovery.setsDontFragment() ? pathMtuDiscovery : PathMtuDiscovery.DO;
        return apply(calls, on ? set : PathMtuDiscovery.DONT);
    }

    private int apply(final SystemCalls calls, final PathMtuDiscovery mode)
    {
        final long value = OPTION_VALUES + (long)mode.value() * Integer.BYTES;
        int result = 0;
        if (ipv6)
        {
            result = calls.setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, value, Integer.BYTES);
        }
        if (ipv4 && result == 0)
        {
            result = calls.setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, value, Integer.BYTES);
        }
        return result;
    }

    /**
     * Sends a batch as far as the socket takes it. A datagram that is longer than the path takes goes again, alone and
     * without DF, rather than being lost. Allocates nothing.
     *
     * @param calls of the calling thread.
     * @param batch to flush.
     * @return as {@link SendBatch#flush}.
     */
    public int flush(final SystemCalls calls, final SendBatch batch)
    {
        batch.beginFlush();
        int sent = batch.flush(calls, fd, true);
        while (sent >= 0 && batch.isTooLong())
        {
            apply(calls, PathMtuDiscovery.DONT);
            final int first = batch.flushFirst(calls, fd);
            apply(calls, pathMtuDiscovery);
            if (first == -Errno.EAGAIN)
            {
                return sent;
            }
            final int rest = first < 0 ? first : batch.flush(calls, fd, true);
            sent = rest < 0 ? rest : sent + first + rest;
        }
        return sent;
    }

    /**
     * Sends a batch of datagrams longer than the path takes: clears DF, flushes, and goes back to the mode that the
     * socket was bound with. Datagrams that other threads send meanwhile may go without DF too. Allocates nothing.
     *
     * @param calls of the calling thread.
     * @param batch to flush.
     * @return as {@link SendBatch#flush}.
     */
    public int flushOversized(final SystemCalls calls, final SendBatch batch)
    {
        final int cleared = apply(calls, PathMtuDiscovery.DONT);
        if (cleared < 0)
        {
            return cleared;
        }
        final int sent = batch.flush(calls, fd);
        final int restored = apply(calls, pathMtuDiscovery);
        return restored < 0 && sent >= 0 ? restored : sent;
    }

    /**
     * Has all that it sends from now on leave through one network device, whatever the routes say, and pass so many
     * routers at most. Not for the data path.
     *
     * @param device name of the device.
     * @param hops   1 to 255: 1 is the host at the other end of the device and none behind it.
     * @throws DeviceException when there is no such device.
     */
    public void confine(final String device, final int hops) throws DeviceException
    {
        try (Arena scratch = Arena.ofConfined())
        {
            final SystemCalls calls = new SystemCalls(scratch);
            final MemorySegment name = scratch.allocateFrom(device);
            final int result = calls.setsockopt(
                fd, Linux.SOL_SOCKET(), Linux.SO_BINDTODEVICE(), name.address(), (int)name.byteSize());
            if (result < 0)
            {
                throw DeviceException.of("setsockopt", "SO_BINDTODEVICE, " + device, -result);
            }
            final Options options = new Options(calls, scratch, fd);
            if (ipv6)
            {
                options.set(IPPROTO_IPV6, Linux.IPV6_UNICAST_HOPS(), hops, "IPV6_UNICAST_HOPS");
            }
            else
            {
                options.set(IPPROTO_IP, Linux.IP_TTL(), hops, "IP_TTL");
            }
        }
    }

    /** Closes the socket. Call it after the threads that use it have ended; again does nothing. */
    @Override
    public synchronized void close()
    {
        if (!closed)
        {
            closed = true;
            TunDevice.closeDescriptor(fd);
        }
    }

    /** The socket while it is being set up. */
    private static final class Options
    {
        private final SystemCalls calls;
        private final Arena scratch;
        private final int fd;
        private final UnsafeBuffer value;
        private final UnsafeBuffer valueLength;

        private Options(final SystemCalls calls, final Arena scratch, final int fd)
        {
            this.calls = calls;
            this.scratch = scratch;
            this.fd = fd;
            value = SendBatch.allocate(scratch, Integer.BYTES);
            valueLength = SendBatch.allocate(scratch, Integer.BYTES);
        }

        private int set(final int level, final int option, final int newValue)
        {
            value.putInt(0, newValue);
            return calls.setsockopt(fd, level, option, value.addressOffset(), Integer.BYTES);
        }

        private void set(final int level, final int option, final int newValue, final String name)
            throws DeviceException
        {
            final int result = set(level, option, newValue);
            if (result < 0)
            {
                throw DeviceException.of("setsockopt", name, -result);
            }
        }

        /** Tells whether the kernel knows an option. */
        private boolean has(final int level, final int option)
        {
            valueLength.putInt(0, Integer.BYTES);
            return calls.getsockopt(fd, level, option, value.addressOffset(), valueLength.addressOffset()) == 0;
        }

        /** Asks for a buffer past the machine's limit where that is allowed, within it otherwise; tells the grant. */
        private int buffer(final int bytes, final int forced, final int limited) throws DeviceException
        {
            final int level = Linux.SOL_SOCKET();
            if (bytes > 0 && set(level, forced, bytes) < 0)
            {
                set(level, limited, bytes, "SO_RCVBUF or SO_SNDBUF");
            }
            valueLength.putInt(0, Integer.BYTES);
            final int result =
                calls.getsockopt(fd, level, limited, value.addressOffset(), valueLength.addressOffset());
            if (result < 0)
            {
                throw DeviceException.of("getsockopt", "SO_RCVBUF or SO_SNDBUF", -result);
            }
            return value.getInt(0) / 2;
        }

        private Endpoint name(final UnsafeBuffer name) throws DeviceException
        {
            valueLength.putInt(0, SocketAddressCodec.NAME_LENGTH);
            final int result = calls.getsockname(fd, name.addressOffset(), valueLength.addressOffset());
            if (result < 0)
            {
                throw DeviceException.of("getsockname", "", -result);
            }
            return SocketAddressCodec.decode(name, 0);
        }
    }
}
