package io.shadowmesh.cli;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.ffi.NativeCallException;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A pair of sockets: one end is a tunnel's device, and the other is what the system's own network would be. It needs no
 * privileges.
 *
 * <p><b>Threading:</b> the thread that made it. <b>Ownership:</b> the device is its tunnel's to close.
 */
final class RehearsalWire implements AutoCloseable
{
    private static final int HEADER_LENGTH = 20;
    private static final int SLOT_LENGTH = 65_536;
    private static final byte UDP = 17;
    private static final ValueLayout.OfShort BIG_SHORT =
        ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final Arena arena = Arena.ofConfined();
    private final SystemCalls calls = new SystemCalls(arena);
    private final MemorySegment in = arena.allocate(SLOT_LENGTH);
    private final MemorySegment packet;
    private final TunDevice device;
    private final int fd;

    /** A wire whose packets go from one IPv4 address to another. */
    RehearsalWire(final String source, final String destination, final int packetLength) throws NativeCallException
    {
        packet = arena.allocate(packetLength);
        packet.set(ValueLayout.JAVA_BYTE, 0, (byte)0x45);
        packet.set(BIG_SHORT, 2, (short)packetLength);
        packet.set(ValueLayout.JAVA_BYTE, 8, (byte)64);
        packet.set(ValueLayout.JAVA_BYTE, 9, UDP);
        packet.asSlice(HEADER_LENGTH - 8, 4).copyFrom(MemorySegment.ofArray(IpPrefix.parse(source).address().getAddress()));
        packet.asSlice(HEADER_LENGTH - 4, 4).copyFrom(
            MemorySegment.ofArray(IpPrefix.parse(destination).address().getAddress()));
        final MemorySegment pair = arena.allocate(ValueLayout.JAVA_INT, 2);
        NativeCallException.check(
            calls.socketpair(Linux.AF_UNIX(), Linux.SOCK_SEQPACKET() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC(), 0,
                pair.address()), "socketpair", "");
        device = TunDevice.ofDescriptor(pair.getAtIndex(ValueLayout.JAVA_INT, 0), "rehearsal", packetLength);
        fd = pair.getAtIndex(ValueLayout.JAVA_INT, 1);
    }

    TunDevice device()
    {
        return device;
    }

    /** Sends a packet into the tunnel; it is lost while the tunnel takes none. */
    void send()
    {
        calls.write(fd, packet.address(), packet.byteSize());
    }

    /** Takes a packet that came out of the tunnel, if there is one. */
    boolean receive()
    {
        return calls.read(fd, in.address(), SLOT_LENGTH) > 0;
    }

    @Override
    public void close()
    {
        calls.close(fd);
        arena.close();
    }
}
