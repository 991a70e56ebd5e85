package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.ifreq;
import io.shadowmesh.ffi.linux.in6_ifreq;
import io.shadowmesh.ffi.linux.sockaddr_in;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One network interface of the calling thread's network namespace: reads and sets its addresses, MTU, queue length and
 * state by ioctl.
 *
 * <p>Each setter first looks whether things are as wanted, and then asks for nothing: an interface that root has
 * prepared can be used without privileges.
 *
 * <p><b>Threading:</b> the thread that opened it, because that thread's namespace decides which interface is meant.
 * <b>Errors:</b> {@link DeviceException}, whose message names what failed and what to do.
 *
 * <p>Source: netdevice(7), ipv6(7).
 */
public final class NetworkLink implements AutoCloseable
{
    private static final long NAME = ifreq.ifr_ifrn$offset();
    private static final long VALUE = ifreq.ifr_ifru$offset();
    private static final long FAMILY = VALUE + sockaddr_in.sin_family$offset();
    private static final long IPV4 = VALUE + sockaddr_in.sin_addr$offset();
    private static final ValueLayout.OfInt NETWORK_INT =
        ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong NETWORK_LONG =
        ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final Path IPV6_ADDRESSES = Path.of("/proc/thread-self/net/if_inet6");
    private static final int HEX = 16;

    private final Arena arena = Arena.ofConfined();
    private final SystemCalls calls = new SystemCalls(arena);
    private final MemorySegment request = ifreq.allocate(arena);
    private final String name;
    private final int fd;

    private NetworkLink(final String name) throws DeviceException
    {
        this.name = name;
        fd = calls.socket(Linux.AF_INET(), Linux.SOCK_DGRAM() | Linux.SOCK_CLOEXEC(), 0);
        if (fd < 0)
        {
            arena.close();
            throw DeviceException.of("socket", "AF_INET, SOCK_DGRAM", -fd);
        }
    }

    /**
     * Opens an interface that exists.
     *
     * @param name of the interface.
     * @return the interface.
     * @throws DeviceException if there is none of that name ({@link Errno#ENODEV}).
     */
    public static NetworkLink open(final String name) throws DeviceException
    {
        final NetworkLink link = new NetworkLink(name);
        if (link.call(Linux.SIOCGIFINDEX()) < 0)
        {
            link.close();
            throw new DeviceException("there is no network interface " + name, Errno.ENODEV);
        }
        return link;
    }

    /**
     * Checks a name for a new interface, as the kernel would.
     *
     * @param name to check; empty or with one %d lets the kernel number it.
     * @throws IllegalArgumentException if the kernel would refuse it; the message says why.
     */
    public static void checkName(final String name)
    {
        final int longest = Linux.IFNAMSIZ() - 1;
        if (name.getBytes(StandardCharsets.UTF_8).length > longest)
        {
            throw new IllegalArgumentException("the device name " + quoted(name) + " is too long: at most " + longest +
                " bytes");
        }
        for (int i = 0; i < name.length(); i++)
        {
            final char c = name.charAt(i);
            if (c == '/' || c == ':' || c <= ' ' || c == 0x7F || Character.isWhitespace(c))
            {
                throw new IllegalArgumentException("the device name " + quoted(name) +
                    " holds a character that no device name may hold (/, :, space or control): choose letters and" +
                    " digits");
            }
        }
        final int percent = name.indexOf('%');
        if (percent >= 0 && (!name.startsWith("%d", percent) || name.indexOf('%', percent + 1) >= 0))
        {
            throw new IllegalArgumentException("the device name " + quoted(name) +
                " has a % that is not one %d (which the kernel replaces by a number)");
        }
        if (".".equals(name) || "..".equals(name) || "all".equals(name) || "default".equals(name))
        {
            throw new IllegalArgumentException("the device name " + quoted(name) + " is reserved: choose another");
        }
    }

    private static String quoted(final String name)
    {
        final StringBuilder text = new StringBuilder("\"");
        name.chars().forEach((c) -> text.append(c < ' ' || c == 0x7F ? '?' : (char)c));
        return text.append('"').toString();
    }

    static void putName(final MemorySegment request, final String name)
    {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        request.fill((byte)0);
        MemorySegment.copy(bytes, 0, request, ValueLayout.JAVA_BYTE, NAME, bytes.length);
    }

    static String nameIn(final MemorySegment request)
    {
        return request.getString(NAME);
    }

    static void putFlags(final MemorySegment request, final int flags)
    {
        request.set(ValueLayout.JAVA_SHORT, VALUE, (short)flags);
    }

    static int flagsIn(final MemorySegment request)
    {
        return request.get(ValueLayout.JAVA_SHORT, VALUE) & 0xFFFF;
    }

    private int call(final long code)
    {
        putName(request, name);
        return calls.ioctl(fd, code, request.address());
    }

    /** Reads an int, or fails. */
    private int read(final long code, final String what) throws DeviceException
    {
        final int result = call(code);
        if (result < 0)
        {
            throw failure("read the " + what, -result);
        }
        return request.get(ValueLayout.JAVA_INT, VALUE);
    }

    private void write(final long code, final int value, final String what) throws DeviceException
    {
        putName(request, name);
        request.set(ValueLayout.JAVA_INT, VALUE, value);
        final int result = calls.ioctl(fd, code, request.address());
        if (result < 0)
        {
            throw failure("set the " + what + " to " + value, -result);
        }
    }

    private DeviceException failure(final String action, final int errno)
    {
        return new DeviceException("cannot " + action + " of " + name + ": " + reason(errno), errno);
    }

    static String reason(final int errno)
    {
        return errno == Errno.EPERM || errno == Errno.EACCES ?
            "it needs CAP_NET_ADMIN: run as root, or with that capability (AmbientCapabilities=CAP_NET_ADMIN in a" +
            " systemd unit)" :
            Errno.describe(errno);
    }

    /**
     * Tells the name.
     *
     * @return the interface's name.
     */
    public String name()
    {
        return name;
    }

    /**
     * Reads the interface's number.
     *
     * @return the index, above 0.
     * @throws DeviceException if the interface is gone.
     */
    public int index() throws DeviceException
    {
        return read(Linux.SIOCGIFINDEX(), "index");
    }

    /**
     * Reads the MTU.
     *
     * @return the longest packet, in bytes.
     * @throws DeviceException if the interface is gone.
     */
    public int mtu() throws DeviceException
    {
        return read(Linux.SIOCGIFMTU(), "MTU");
    }

    /**
     * Sets the MTU, if it is another.
     *
     * @param mtu the longest packet, in bytes.
     * @throws DeviceException if the kernel refuses.
     */
    public void mtu(final int mtu) throws DeviceException
    {
        if (mtu() != mtu)
        {
            write(Linux.SIOCSIFMTU(), mtu, "MTU");
        }
    }

    /**
     * Reads the length of the transmit queue.
     *
     * @return packets that wait at most.
     * @throws DeviceException if the interface is gone.
     */
    public int transmitQueueLength() throws DeviceException
    {
        return read(Linux.SIOCGIFTXQLEN(), "transmit queue length");
    }

    /**
     * Sets the length of the transmit queue, if it is another.
     *
     * @param packets that wait at most.
     * @throws DeviceException if the kernel refuses.
     */
    public void transmitQueueLength(final int packets) throws DeviceException
    {
        if (transmitQueueLength() != packets)
        {
            write(Linux.SIOCSIFTXQLEN(), packets, "transmit queue length");
        }
    }

    /**
     * Reads whether the interface is up.
     *
     * @return true if it is.
     * @throws DeviceException if the interface is gone.
     */
    public boolean isUp() throws DeviceException
    {
        return (flags() & Linux.IFF_UP()) != 0;
    }

    private int flags() throws DeviceException
    {
        read(Linux.SIOCGIFFLAGS(), "flags");
        return flagsIn(request);
    }

    /**
     * Takes the interface up, if it is down.
     *
     * @throws DeviceException if the kernel refuses.
     */
    public void up() throws DeviceException
    {
        final int flags = flags();
        if ((flags & Linux.IFF_UP()) != 0)
        {
            return;
        }
        putName(request, name);
        putFlags(request, flags | Linux.IFF_UP());
        final int result = calls.ioctl(fd, Linux.SIOCSIFFLAGS(), request.address());
        if (result < 0)
        {
            throw failure("change the state (to up)", -result);
        }
    }

    /**
     * Reads the first IPv4 address.
     *
     * @return the address with its prefix length, or null if there is none.
     * @throws DeviceException if the interface is gone.
     */
    public IpPrefix ipv4() throws DeviceException
    {
        putName(request, name);
        request.set(ValueLayout.JAVA_SHORT, FAMILY, (short)Linux.AF_INET());
        final int result = calls.ioctl(fd, Linux.SIOCGIFADDR(), request.address());
        if (result == -Errno.EADDRNOTAVAIL)
        {
            return null;
        }
        if (result < 0)
        {
            throw failure("read the IPv4 address", -result);
        }
        final int address = request.get(NETWORK_INT, IPV4);
        read(Linux.SIOCGIFNETMASK(), "netmask");
        return IpPrefix.ofIpv4(address, Integer.bitCount(request.get(NETWORK_INT, IPV4)));
    }

    /**
     * Sets the IPv4 address and netmask, if they are others; replaces the first address.
     *
     * @param prefix address with its prefix length.
     * @throws DeviceException if the kernel refuses.
     */
    public void ipv4(final IpPrefix prefix) throws DeviceException
    {
        if (prefix.isIpv6())
        {
            throw new IllegalArgumentException("not an IPv4 address: " + prefix);
        }
        if (prefix.equals(ipv4()))
        {
            return;
        }
        final int address = MemorySegment.ofArray(prefix.address().getAddress()).get(NETWORK_INT, 0);
        putAddress(Linux.SIOCSIFADDR(), address, prefix);
        final int length = prefix.length();
        putAddress(Linux.SIOCSIFNETMASK(), length == 0 ? 0 : -1 << (Integer.SIZE - length), prefix);
    }

    private void putAddress(final long code, final int value, final IpPrefix prefix) throws DeviceException
    {
        putName(request, name);
        request.set(ValueLayout.JAVA_SHORT, FAMILY, (short)Linux.AF_INET());
        request.set(NETWORK_INT, IPV4, value);
        final int result = calls.ioctl(fd, code, request.address());
        if (result < 0)
        {
            throw failure("set " + prefix + " as the address", -result);
        }
    }

    /**
     * Reads the IPv6 addresses, link-local ones included.
     *
     * @return addresses with their prefix lengths.
     * @throws IOException if the kernel does not tell.
     */
    public List<IpPrefix> ipv6() throws IOException
    {
        final List<IpPrefix> addresses = new ArrayList<>();
        if (Files.exists(IPV6_ADDRESSES))
        {
            for (final String line : Files.readAllLines(IPV6_ADDRESSES))
            {
                final String[] fields = line.trim().split(" +");
                if (fields[fields.length - 1].equals(name))
                {
                    addresses.add(IpPrefix.ofIpv6(
                        Long.parseUnsignedLong(fields[0].substring(0, HEX), HEX),
                        Long.parseUnsignedLong(fields[0].substring(HEX), HEX),
                        Integer.parseInt(fields[2], HEX)));
                }
            }
        }
        return addresses;
    }

    /**
     * Adds an IPv6 address, if it is not there.
     *
     * @param prefix address with its prefix length.
     * @throws DeviceException if the kernel refuses.
     */
    public void addIpv6(final IpPrefix prefix) throws DeviceException
    {
        if (!prefix.isIpv6())
        {
            throw new IllegalArgumentException("not an IPv6 address: " + prefix);
        }
        final int index = index();
        final int socket = calls.socket(Linux.AF_INET6(), Linux.SOCK_DGRAM() | Linux.SOCK_CLOEXEC(), 0);
        if (socket < 0)
        {
            throw UdpSocket.socketFailure(true, -socket);
        }
        final MemorySegment addition = in6_ifreq.allocate(arena);
        final MemorySegment bytes = MemorySegment.ofArray(prefix.address().getAddress());
        final long offset = in6_ifreq.ifr6_addr$offset();
        addition.set(NETWORK_LONG, offset, bytes.get(NETWORK_LONG, 0));
        addition.set(NETWORK_LONG, offset + Long.BYTES, bytes.get(NETWORK_LONG, Long.BYTES));
        in6_ifreq.ifr6_prefixlen(addition, prefix.length());
        in6_ifreq.ifr6_ifindex(addition, index);
        final int result = calls.ioctl(socket, Linux.SIOCSIFADDR(), addition.address());
        calls.close(socket);
        if (result < 0 && result != -Errno.EEXIST && !holdsIpv6(prefix))
        {
            throw ipv6Failure(prefix, -result);
        }
    }

    private boolean holdsIpv6(final IpPrefix prefix)
    {
        try
        {
            return ipv6().contains(prefix);
        }
        catch (final IOException e)
        {
            return false;
        }
    }

    private DeviceException ipv6Failure(final IpPrefix prefix, final int errno)
    {
        if (errno == Errno.EACCES)
        {
            return new DeviceException("IPv6 is off on " + name + ", so it cannot have the address " + prefix +
                ": sysctl -w net.ipv6.conf." + name + ".disable_ipv6=0 (net.ipv6.conf.default.disable_ipv6=0 for new" +
                " devices)", errno);
        }
        return failure("set " + prefix + " as an address", errno);
    }

    /** Closes the socket by which the kernel is asked. The interface stays as it is. */
    @Override
    public void close()
    {
        if (arena.scope().isAlive())
        {
            calls.close(fd);
            arena.close();
        }
    }
}
