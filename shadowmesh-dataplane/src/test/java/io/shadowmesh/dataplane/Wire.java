package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A host's end of a device that needs no root: a pair of local sockets that keep the boundaries of packets. What the
 * test writes here, the tunnel reads from its {@link TunDevice}, and the other way round.
 */
final class Wire implements AutoCloseable
{
    private static final int SLOT_LENGTH = 65_536 + 64;

    private final Arena arena = Arena.ofShared();
    private final SystemCalls calls = new SystemCalls(arena);
    private final UnsafeBuffer out = new UnsafeBuffer(arena.allocate(SLOT_LENGTH, 8).address(), SLOT_LENGTH);
    private final UnsafeBuffer in = new UnsafeBuffer(arena.allocate(SLOT_LENGTH, 8).address(), SLOT_LENGTH);
    private final TunDevice device;
    private final int fd;

    Wire(final String name, final int mtu)
    {
        this(name, mtu, TunOffloads.NONE);
    }

    /** With offloads a virtio-net header stands before each packet, both ways. */
    Wire(final String name, final int mtu, final TunOffloads offloads)
    {
        final MemorySegment fds = arena.allocate(ValueLayout.JAVA_INT, 2);
        final int result = calls.socketpair(
            Linux.AF_UNIX(),
            Linux.SOCK_SEQPACKET() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC(),
            0,
            fds.address());
        if (result < 0)
        {
            throw new IllegalStateException("socketpair: " + Errno.describe(-result));
        }
        this.device = TunDevice.ofDescriptor(fds.getAtIndex(ValueLayout.JAVA_INT, 0), name, mtu, offloads);
        this.fd = fds.getAtIndex(ValueLayout.JAVA_INT, 1);
    }

    TunDevice device()
    {
        return device;
    }

    /** Sends an IPv4 UDP-like packet with a number in it. Returns false when the device takes no more just now. */
    boolean send(final int source, final int destination, final int length, final long number)
    {
        out.setMemory(0, 20, (byte)0);
        out.putByte(0, (byte)0x45);
        out.putShort(2, (short)length, ByteOrder.BIG_ENDIAN);
        out.putByte(8, (byte)64);
        out.putByte(9, (byte)17);
        out.putInt(12, source, ByteOrder.BIG_ENDIAN);
        out.putInt(16, destination, ByteOrder.BIG_ENDIAN);
        out.putLong(20, number);
        return write(length);
    }

    /** Sends bytes as they are. Returns false when the device takes no more just now. */
    boolean send(final byte[] bytes)
    {
        out.putBytes(0, bytes);
        return write(bytes.length);
    }

    private boolean write(final int length)
    {
        final long written = calls.write(fd, out.addressOffset(), length);
        if (written < 0 && written != -Errno.EAGAIN)
        {
            throw new IllegalStateException("write: " + Errno.describe((int)-written));
        }
        return written == length;
    }

    /** Receives one packet as it is, or null when there is none. */
    byte[] receiveBytes()
    {
        final byte[] bytes = new byte[receive()];
        in.getBytes(0, bytes);
        return bytes.length > 0 ? bytes : null;
    }

    /** Receives one packet into {@link #packet}. Returns its length, or 0 when there is none. */
    int receive()
    {
        final long length = calls.read(fd, in.addressOffset(), SLOT_LENGTH);
        if (length < 0 && length != -Errno.EAGAIN)
        {
            throw new IllegalStateException("read: " + Errno.describe((int)-length));
        }
        return Math.max(0, (int)length);
    }

    UnsafeBuffer packet()
    {
        return in;
    }

    long number()
    {
        return in.getLong(20);
    }

    @Override
    public void close()
    {
        calls.close(fd);
        arena.close();
    }
}
