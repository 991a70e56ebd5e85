package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.ifaddrmsg;
import io.shadowmesh.ffi.linux.ifinfomsg;
import io.shadowmesh.ffi.linux.nlmsgerr;
import io.shadowmesh.ffi.linux.nlmsghdr;
import io.shadowmesh.ffi.linux.rtattr;
import io.shadowmesh.ffi.linux.rtmsg;
import io.shadowmesh.ffi.linux.sockaddr_nl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * A netlink socket to the routing subsystem of the calling thread's namespace: one request, one answer.
 *
 * <pre>
 *   nlmsghdr | ifinfomsg, ifaddrmsg or rtmsg | rtattr value | rtattr value ...     each padded to 4 bytes
 * </pre>
 *
 * <p>Source: netlink(7), rtnetlink(7).
 */
final class RouteSocket implements AutoCloseable
{
    private static final int CAPACITY = 1024;
    private static final int ALIGNMENT = 4;
    private static final int HEADER_LENGTH = (int)nlmsghdr.sizeof();
    private static final int ATTRIBUTE_LENGTH = (int)rtattr.sizeof();

    private final Arena arena = Arena.ofConfined();
    private final SystemCalls calls = new SystemCalls(arena);
    private final MemorySegment kernel = sockaddr_nl.allocate(arena);
    private final MemorySegment message = arena.allocate(CAPACITY, ALIGNMENT);
    private final MemorySegment answer = arena.allocate(CAPACITY, ALIGNMENT);
    private final int fd;
    private int length;
    private int sequence;

    RouteSocket() throws DeviceException
    {
        fd = calls.socket(Linux.AF_NETLINK(), Linux.SOCK_RAW() | Linux.SOCK_CLOEXEC(), Linux.NETLINK_ROUTE());
        if (fd < 0)
        {
            arena.close();
            throw new DeviceException("socket(AF_NETLINK): " + Errno.describe(-fd), -fd);
        }
        sockaddr_nl.nl_family(kernel, (short)Linux.AF_NETLINK());
    }

    /** Makes a veth pair: one end here, the other in the namespace that the descriptor holds. */
    void createVeth(final String name, final String peerName, final int peerNamespace) throws DeviceException
    {
        begin(Linux.RTM_NEWLINK(), Linux.NLM_F_CREATE() | Linux.NLM_F_EXCL());
        skip((int)ifinfomsg.sizeof());
        text(Linux.IFLA_IFNAME(), name);
        final int info = open(Linux.IFLA_LINKINFO());
        text(Linux.IFLA_INFO_KIND(), "veth");
        final int data = open(Linux.IFLA_INFO_DATA());
        final int peer = open(Linux.VETH_INFO_PEER());
        skip((int)ifinfomsg.sizeof());
        text(Linux.IFLA_IFNAME(), peerName);
        final int namespace = open(Linux.IFLA_NET_NS_FD());
        message.set(ValueLayout.JAVA_INT, skip(Integer.BYTES), peerNamespace);
        close(namespace);
        close(peer);
        close(data);
        close(info);
        request("make the veth pair " + name + " - " + peerName);
    }

    /** Removes an interface; a veth's other end goes with it. */
    void deleteLink(final String name) throws DeviceException
    {
        begin(Linux.RTM_DELLINK(), 0);
        skip((int)ifinfomsg.sizeof());
        text(Linux.IFLA_IFNAME(), name);
        request("remove the interface " + name);
    }

    /** Adds an IPv6 address that can be used at once, without looking for duplicates on the link first. */
    void addIpv6(final int index, final IpPrefix prefix) throws DeviceException
    {
        begin(Linux.RTM_NEWADDR(), Linux.NLM_F_CREATE() | Linux.NLM_F_REPLACE());
        final MemorySegment address = message.asSlice(skip((int)ifaddrmsg.sizeof()));
        ifaddrmsg.ifa_family(address, (byte)Linux.AF_INET6());
        ifaddrmsg.ifa_prefixlen(address, (byte)prefix.length());
        ifaddrmsg.ifa_flags(address, (byte)Linux.IFA_F_NODAD());
        ifaddrmsg.ifa_index(address, index);
        bytes(Linux.IFA_LOCAL(), prefix.address().getAddress());
        bytes(Linux.IFA_ADDRESS(), prefix.address().getAddress());
        request("set the address " + prefix);
    }

    /** Adds a route into a device, if there is none to that prefix. @return 0 or {@code -errno}. */
    int addRoute(final int index, final IpPrefix prefix)
    {
        return route(Linux.RTM_NEWROUTE(), Linux.NLM_F_CREATE() | Linux.NLM_F_EXCL(), index, prefix);
    }

    /** Removes a route into a device. @return 0 or {@code -errno}. */
    int removeRoute(final int index, final IpPrefix prefix)
    {
        return route(Linux.RTM_DELROUTE(), 0, index, prefix);
    }

    private int route(final int type, final int flags, final int index, final IpPrefix prefix)
    {
        begin(type, flags);
        final MemorySegment route = message.asSlice(skip((int)rtmsg.sizeof()));
        rtmsg.rtm_family(route, (byte)(prefix.isIpv6() ? Linux.AF_INET6() : Linux.AF_INET()));
        rtmsg.rtm_dst_len(route, (byte)prefix.length());
        rtmsg.rtm_table(route, (byte)Linux.RT_TABLE_MAIN());
        rtmsg.rtm_protocol(route, (byte)Linux.RTPROT_STATIC());
        rtmsg.rtm_scope(route, (byte)(prefix.isIpv6() ? Linux.RT_SCOPE_UNIVERSE() : Linux.RT_SCOPE_LINK()));
        rtmsg.rtm_type(route, (byte)Linux.RTN_UNICAST());
        bytes(Linux.RTA_DST(), prefix.network().address().getAddress());
        final int device = open(Linux.RTA_OIF());
        message.set(ValueLayout.JAVA_INT, skip(Integer.BYTES), index);
        close(device);
        return exchange();
    }

    private void begin(final int type, final int flags)
    {
        message.fill((byte)0);
        length = HEADER_LENGTH;
        nlmsghdr.nlmsg_type(message, (short)type);
        nlmsghdr.nlmsg_flags(message, (short)(Linux.NLM_F_REQUEST() | Linux.NLM_F_ACK() | flags));
        nlmsghdr.nlmsg_seq(message, ++sequence);
    }

    /** Sets bytes aside. @return their offset. */
    private int skip(final int bytes)
    {
        final int offset = length;
        length += bytes + ALIGNMENT - 1 & -ALIGNMENT;
        return offset;
    }

    /** Begins an attribute. @return its offset. */
    private int open(final int type)
    {
        final int offset = skip(ATTRIBUTE_LENGTH);
        rtattr.rta_type(message.asSlice(offset), (short)type);
        return offset;
    }

    private void close(final int attribute)
    {
        rtattr.rta_len(message.asSlice(attribute), (short)(length - attribute));
    }

    private void bytes(final int type, final byte[] value)
    {
        final int attribute = open(type);
        final int offset = skip(value.length);
        MemorySegment.copy(value, 0, message, ValueLayout.JAVA_BYTE, offset, value.length);
        rtattr.rta_len(message.asSlice(attribute), (short)(ATTRIBUTE_LENGTH + value.length));
    }

    private void text(final int type, final String value)
    {
        bytes(type, (value + '\0').getBytes(StandardCharsets.UTF_8));
    }

    private void request(final String action) throws DeviceException
    {
        check(action, exchange());
    }

    /**
     * Sends the message and waits for its acknowledgement, which the kernel has written when the sending returns.
     *
     * @return 0 or {@code -errno}.
     */
    private int exchange()
    {
        nlmsghdr.nlmsg_len(message, length);
        final long sent = calls.sendto(fd, message.address(), length, 0, kernel.address(), (int)kernel.byteSize());
        if (sent < 0)
        {
            return (int)sent;
        }
        while (true)
        {
            final long received = calls.recvfrom(fd, answer.address(), CAPACITY, 0, 0, 0);
            if (received == -Errno.EINTR)
            {
                continue;
            }
            if (received < 0)
            {
                return (int)received;
            }
            final boolean whole = received >= HEADER_LENGTH + Integer.BYTES;
            if (whole && nlmsghdr.nlmsg_seq(answer) == sequence && nlmsghdr.nlmsg_type(answer) == Linux.NLMSG_ERROR())
            {
                return nlmsgerr.error(answer.asSlice(HEADER_LENGTH));
            }
        }
    }

    private static void check(final String action, final long result) throws DeviceException
    {
        if (result >= 0)
        {
            return;
        }
        final int errno = (int)-result;
        if (errno == Errno.EPERM)
        {
            throw new DeviceException("not allowed to " + action + ": it needs CAP_NET_ADMIN, run as root", errno);
        }
        if (errno == Errno.EEXIST)
        {
            throw new DeviceException("cannot " + action + ": an interface of that name exists, choose another", errno);
        }
        throw new DeviceException("cannot " + action + ": " + Errno.describe(errno), errno);
    }

    @Override
    public void close()
    {
        calls.close(fd);
        arena.close();
    }
}
