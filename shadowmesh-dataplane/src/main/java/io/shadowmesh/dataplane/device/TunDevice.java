package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.ifreq;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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
 * <p><b>Offloads.</b> A device opened with {@link TunConfig.Builder#offloads} has a virtio-net header of
 * {@link #headerLength()} bytes before each packet, both ways. What is read may be a super-packet, to be cut by a
 * {@link SegmentSplitter}; what a {@link SegmentJoiner} has joined may be written.
 *
 * <p>A device that this opens is made for it and vanishes with {@link #close()}. A persistent device that exists is
 * attached to, gets whatever of the configuration it lacks, and stays; {@link #isPersistent()} tells.
 *
 * <p><b>Threading:</b> one thread reads, any may write, each with calls of its own: a write is one packet, whole. The
 * descriptor does not block, wait for it with a {@link Poller}. Close it after they have ended: its number may be in use
 * again at once.
 *
 * <p>Source: Documentation/networking/tuntap.rst of Linux, netdevice(7), virtio 1.2 section 5.1.6.
 */
public final class TunDevice implements AutoCloseable
{
    private static final String DEVICE_FILE = "/dev/net/tun";
    private static final int TCP_OFFLOADS =
        Linux.TUN_F_CSUM() | Linux.TUN_F_TSO4() | Linux.TUN_F_TSO6() | Linux.TUN_F_TSO_ECN();
    private static final int UDP_OFFLOADS = Linux.TUN_F_USO4() | Linux.TUN_F_USO6();

    /** How often a call is made that a signal interrupts each time. */
    private static final int ATTEMPTS = 16;

    private final int fd;
    private final String name;
    private final int mtu;
    private final int interfaceIndex;
    private final boolean persistent;
    private final TunOffloads offloads;
    private boolean closed;

    private TunDevice(
        final int fd,
        final String name,
        final int mtu,
        final int interfaceIndex,
        final boolean persistent,
        final TunOffloads offloads)
    {
        this.fd = fd;
        this.name = name;
        this.mtu = mtu;
        this.interfaceIndex = interfaceIndex;
        this.persistent = persistent;
        this.offloads = offloads;
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
        NetworkLink.putFlags(
            request, Linux.IFF_TUN() | Linux.IFF_NO_PI() | (config.offloads() ? Linux.IFF_VNET_HDR() : 0));
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
        final TunOffloads offloads = config.offloads() ? switchOn(calls, scratch, fd, name) : TunOffloads.NONE;
        if (persistent && !config.offloads())
        {
            switchOff(calls, fd);
        }
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
            return new TunDevice(fd, name, config.mtu(), link.index(), persistent, offloads);
        }
    }

    /** The most that the kernel has: UDP segmentation came with Linux 6.2, the others with 2.6. */
    private static TunOffloads switchOn(
        final SystemCalls calls, final Arena scratch, final int fd, final String name) throws DeviceException
    {
        final MemorySegment length = scratch.allocateFrom(ValueLayout.JAVA_INT, VirtioNetHeader.LENGTH);
        final int sized = calls.ioctl(fd, Linux.TUNSETVNETHDRSZ(), length.address());
        if (sized < 0)
        {
            throw DeviceException.of("ioctl", "TUNSETVNETHDRSZ, " + name, -sized);
        }
        if (calls.ioctl(fd, Linux.TUNSETOFFLOAD(), TCP_OFFLOADS | UDP_OFFLOADS) == 0)
        {
            return TunOffloads.TCP_AND_UDP;
        }
        return calls.ioctl(fd, Linux.TUNSETOFFLOAD(), TCP_OFFLOADS) == 0 ? TunOffloads.TCP : TunOffloads.HEADER_ONLY;
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
        return ofDescriptor(fd, name, mtu, TunOffloads.NONE);
    }

    /**
     * Wraps a descriptor as {@link #ofDescriptor(int, String, int)} does, with offloads.
     *
     * @param fd       of the device, non-blocking.
     * @param name     to report.
     * @param mtu      to report.
     * @param offloads that the other end has switched on.
     * @return the device; its interface index is 0.
     */
    public static TunDevice ofDescriptor(final int fd, final String name, final int mtu, final TunOffloads offloads)
    {
        return new TunDevice(fd, name, mtu, 0, false, offloads);
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
            return new DeviceException("not allowed to open " + file + ": run as root, or with CAP_NET_ADMIN after" +
                " chmod 666 " + file + " as udev does it (in a container, let it have the device)", errno);
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
     * @param length  of the room there: {@link #headerLength()} and {@link #maxPacketLength()} at least.
     * @return the bytes read, the device's header among them, or {@code -errno}: EAGAIN when no packet waits.
     */
    public long read(final SystemCalls calls, final long address, final int length)
    {
        long result = -Errno.EINTR;
        for (int i = 0; i < ATTEMPTS && result == -Errno.EINTR; i++)
        {
            result = calls.read(fd, address, length);
        }
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
        long result = -Errno.EINTR;
        for (int i = 0; i < ATTEMPTS && result == -Errno.EINTR; i++)
        {
            result = calls.write(fd, address, length);
        }
        return result;
    }

    /**
     * Writes one packet that lies in several places.
     *
     * @param calls   of the calling thread.
     * @param vectors address of {@code struct iovec}s; the device's header comes first.
     * @param count   of them.
     * @return as {@link #write}.
     */
    public long writev(final SystemCalls calls, final long vectors, final int count)
    {
        long result = -Errno.EINTR;
        for (int i = 0; i < ATTEMPTS && result == -Errno.EINTR; i++)
        {
            result = calls.writev(fd, vectors, count);
        }
        return result;
    }

    /**
     * Tells how many bytes of a virtio-net header stand before each packet, both ways.
     *
     * @return {@link VirtioNetHeader#LENGTH}, or 0 for a device without offloads.
     */
    public int headerLength()
    {
        return offloads == TunOffloads.NONE ? 0 : VirtioNetHeader.LENGTH;
    }

    /**
     * Tells the longest packet that a read may bring.
     *
     * @return the MTU, or 65,535 where that may be a super-packet; the device's header not included.
     */
    public int maxPacketLength()
    {
        return offloads == TunOffloads.NONE ? mtu : TunConfig.GREATEST_MTU;
    }

    /**
     * Tells what the device leaves to its reader and takes from its writer.
     *
     * @return the offloads.
     */
    public TunOffloads offloads()
    {
        return offloads;
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
            if (persistent && offloads != TunOffloads.NONE)
            {
                try (Arena scratch = Arena.ofConfined())
                {
                    switchOff(new SystemCalls(scratch), fd);
                }
            }
            closeDescriptor(fd);
        }
    }

    /**
     * A persistent device keeps its offloads. Whoever attaches to it next may not be ready for super-packets, and who was
     * killed has not switched them off.
     */
    private static void switchOff(final SystemCalls calls, final int fd)
    {
        calls.ioctl(fd, Linux.TUNSETOFFLOAD(), 0);
    }
}
