package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.ifreq;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A TUN device: a network interface whose packets this process reads and writes, one IP packet a call.
 *
 * <pre>{@code
 * final TunConfig config = TunConfig.builder().name("tun%d").address(IpPrefix.parse("10.9.8.1/24")).build();
 * try (Arena arena = Arena.ofConfined(); TunDevice device = TunDevice.open(config))
 * {
 *     final SystemCalls calls = new SystemCalls(arena);
 *     final MemorySegment packet = arena.allocate(device.headerLength() + device.mtu());
 *     final long length = device.read(calls, packet.address(), (int)packet.byteSize());   // -EAGAIN: none yet
 * }
 * }</pre>
 *
 * <p>A device that this opens is made for it and vanishes with {@link #close()}. A persistent device that exists is
 * attached to, gets whatever of the configuration it lacks, and stays; {@link #isPersistent()} tells.
 *
 * <p><b>Threading:</b> one thread reads and one writes, each with calls of its own; the descriptor does not block, wait
 * for it with a {@link Poller}. Close it after they have ended: the descriptor's number may be in use again at once.
 *
 * <p>Source: Documentation/networking/tuntap.rst of Linux, netdevice(7).
 */
public final class TunDevice implements AutoCloseable
{
    private static final String DEVICE_FILE = "/dev/net/tun";

    private final int fd;
    private final String name;
    private final int mtu;
    private final int interfaceIndex;
    private final boolean persistent;
    private boolean closed;

    private TunDevice(
        final int fd, final String name, final int mtu, final int interfaceIndex, final boolean persistent)
    {
        this.fd = fd;
        this.name = name;
        this.mtu = mtu;
        this.interfaceIndex = interfaceIndex;
        this.persistent = persistent;
    }

    /**
     * Opens a device in the calling thread's network namespace, and takes it up with its addresses.
     *
     * @param config of the device.
     * @return the device.
     * @throws DeviceException if there is no TUN driver, no permission, or the name is taken; the message says what to
     *                         do, and nothing is left behind.
     */
    public static TunDevice open(final TunConfig config) throws DeviceException
    {
        return open(config, DEVICE_FILE);
    }

    static TunDevice open(final TunConfig config, final String deviceFile) throws DeviceException
    {
        try (Arena scratch = Arena.ofConfined())
        {
            final SystemCalls calls = new SystemCalls(scratch);
            final int fd = calls.open(
                scratch.allocateFrom(deviceFile), Linux.O_RDWR() | Linux.O_CLOEXEC() | Linux.O_NONBLOCK(), 0);
            if (fd < 0)
            {
                throw openFailure(deviceFile, -fd);
            }
            boolean opened = false;
            try
            {
                final TunDevice device = attach(calls, scratch, fd, config);
                opened = true;
                return device;
            }
            finally
            {
                if (!opened)
                {
                    calls.close(fd);
                }
            }
        }
    }

    private static TunDevice attach(
        final SystemCalls calls, final Arena scratch, final int fd, final TunConfig config) throws DeviceException
    {
        final MemorySegment request = ifreq.allocate(scratch);
        NetworkLink.putName(request, config.name());
        NetworkLink.putFlags(request, Linux.IFF_TUN() | Linux.IFF_NO_PI());
        final int attached = calls.ioctl(fd, Linux.TUNSETIFF(), request.address());
        if (attached < 0)
        {
            throw attachFailure(config.name(), -attached);
        }
        final String name = NetworkLink.nameIn(request);
        final int asked = calls.ioctl(fd, Linux.TUNGETIFF(), request.address());
        if (asked < 0)
        {
            throw DeviceException.of("ioctl", "TUNGETIFF, " + name, -asked);
        }
        final boolean persistent = (NetworkLink.flagsIn(request) & Linux.IFF_PERSIST()) != 0;
        try (NetworkLink link = NetworkLink.open(name))
        {
            link.mtu(config.mtu());
            if (config.transmitQueueLength() > 0 && !persistent)
            {
                lengthenQueue(link, config.transmitQueueLength());
            }
            for (final IpPrefix address : config.addresses())
            {
                if (!address.isIpv6())
                {
                    link.ipv4(address);
                }
            }
            link.up();
            for (final IpPrefix address : config.addresses())
            {
                if (address.isIpv6())
                {
                    link.addIpv6(address);
                }
            }
            return new TunDevice(fd, name, config.mtu(), link.index(), persistent);
        }
    }

    /** In a user namespace the kernel lets nobody set it: then the device keeps the kernel's own. */
    private static void lengthenQueue(final NetworkLink link, final int packets) throws DeviceException
    {
        try
        {
            link.transmitQueueLength(packets);
        }
        catch (final DeviceException e)
        {
            if (Errno.EPERM != e.errno())
            {
                throw e;
            }
        }
    }

    /**
     * Wraps a descriptor that carries one IP packet a read and a write, for example one end of a
     * {@code socketpair(AF_UNIX, SOCK_SEQPACKET)}: for tests without privileges, and for descriptors that a
     * privileged process has opened and handed over. The device owns the descriptor from then on.
     *
     * @param fd   of the device, non-blocking.
     * @param name to report.
     * @param mtu  to report.
     * @return the device; its interface index is 0.
     */
    public static TunDevice ofDescriptor(final int fd, final String name, final int mtu)
    {
        return new TunDevice(fd, name, mtu, 0, false);
    }

    static DeviceException openFailure(final String file, final int errno)
    {
        if (errno == Errno.ENOENT)
        {
            return new DeviceException("there is no " + file + ": modprobe tun, or mkdir -p /dev/net &&" +
                " mknod /dev/net/tun c 10 200 (in a container, let it have the device)", errno);
        }
        if (errno == Errno.ENODEV || errno == Errno.ENXIO)
        {
            return new DeviceException("the kernel has no TUN driver loaded (" + file + ": " + Errno.describe(errno) +
                "): modprobe tun", errno);
        }
        if (errno == Errno.EACCES || errno == Errno.EPERM)
        {
            return new DeviceException("not allowed to open " + file + ": run as root (in a container, let it have" +
                " the device, and CAP_NET_ADMIN)", errno);
        }
        return DeviceException.of("open", file, errno);
    }

    static DeviceException attachFailure(final String name, final int errno)
    {
        final String device = name.isEmpty() ? "a TUN device" : "the TUN device " + name;
        if (errno == Errno.EPERM || errno == Errno.EACCES)
        {
            return new DeviceException("cannot make " + device + ": " + NetworkLink.reason(errno), errno);
        }
        if (errno == Errno.EBUSY)
        {
            return new DeviceException("the device name " + name + " is taken: another program holds this TUN" +
                " device; stop it, or choose another name", errno);
        }
        if (errno == Errno.EINVAL)
        {
            return new DeviceException("the device name " + name + " is taken by an interface that is no TUN device" +
                " of one queue (ip -d link show " + name + " tells what it is): choose another name", errno);
        }
        return DeviceException.of("ioctl", "TUNSETIFF, " + device, errno);
    }

    static void closeDescriptor(final int fd)
    {
        try (Arena scratch = Arena.ofConfined())
        {
            new SystemCalls(scratch).close(fd);
        }
    }

    /**
     * Reads one packet, cut off where the buffer ends.
     *
     * @param calls   of the calling thread.
     * @param address to read to.
     * @param length  of the room there: {@link #headerLength()} and {@link #mtu()} at least.
     * @return the bytes read, or {@code -errno}: EAGAIN when no packet waits.
     */
    public long read(final SystemCalls calls, final long address, final int length)
    {
        long result;
        do
        {
            result = calls.read(fd, address, length);
        }
        while (result == -Errno.EINTR);
        return result;
    }

    /**
     * Writes one packet.
     *
     * @param calls   of the calling thread.
     * @param address of the packet, with {@link #headerLength()} bytes before it.
     * @param length  of header and packet.
     * @return the bytes written, or {@code -errno}: EINVAL for what is no IP packet, EIO when the device is down,
     *     ENOBUFS or EAGAIN when the kernel has no room.
     */
    public long write(final SystemCalls calls, final long address, final int length)
    {
        long result;
        do
        {
            result = calls.write(fd, address, length);
        }
        while (result == -Errno.EINTR);
        return result;
    }

    /**
     * Tells how many bytes stand before each packet, both ways: 0, until the device carries offloads, each packet with
     * a virtio-net header before it. Whoever lays out memory for packets by this number is ready for that.
     *
     * @return the length of the device's own header.
     */
    public int headerLength()
    {
        return 0;
    }

    /**
     * Tells the descriptor.
     *
     * @return the descriptor, for pollers.
     */
    public int fileDescriptor()
    {
        return fd;
    }

    /**
     * Tells the device's name.
     *
     * @return the name that the kernel gave it.
     */
    public String name()
    {
        return name;
    }

    /**
     * Tells the MTU.
     *
     * @return the longest packet, in bytes.
     */
    public int mtu()
    {
        return mtu;
    }

    /**
     * Tells the interface's number.
     *
     * @return the index, or 0 for a wrapped descriptor.
     */
    public int interfaceIndex()
    {
        return interfaceIndex;
    }

    /**
     * Tells whether the device was there before and stays when it is closed.
     *
     * @return true for a persistent device.
     */
    public boolean isPersistent()
    {
        return persistent;
    }

    /**
     * Closes the device, which then vanishes unless it is persistent. Call it after the threads that use it have
     * ended; again does nothing.
     */
    @Override
    public synchronized void close()
    {
        if (!closed)
        {
            closed = true;
            closeDescriptor(fd);
        }
    }
}
