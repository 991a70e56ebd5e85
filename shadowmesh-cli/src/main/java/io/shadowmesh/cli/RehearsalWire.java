package io.shadowmesh.cli;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.InternetChecksum;
import io.shadowmesh.dataplane.device.TunConfig;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.dataplane.device.VirtioNetHeader;
import io.shadowmesh.ffi.NativeCallException;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A pair of sockets: one end is a tunnel's device, with all offloads, and the other is what the system's own network would
 * be. It needs no privileges. What it sends is as the kernel would hand it over, but for the payload, which is zeros.
 *
 * <p><b>Threading:</b> the thread that made it. <b>Ownership:</b> closes its device, if its tunnel has not.
 */
final class RehearsalWire implements AutoCloseable
{
    /** Where the tunnels of two wires meet. */
    static final String LOOPBACK = "127.0.0.1";
    static final String INSIDE_A = "10.10.10.3";
    static final String INSIDE_B = "10.10.10.4";

    private static final int MTU = TunConfig.DEFAULT_MTU;
    private static final int IP_LENGTH = 20;
    /** With time stamps, as TCP has them. */
    private static final int TCP_LENGTH = 32;
    private static final int TCP_FLAGS_OFFSET = 12;
    private static final int TCP_CHECKSUM_OFFSET = 16;
    private static final short TCP_ACK_PSH = (short)0x8018;
    private static final int HEADERS_LENGTH = IP_LENGTH + TCP_LENGTH;
    private static final int SEGMENT_LENGTH = MTU - HEADERS_LENGTH;
    /** As many as fit into what IPv4 can say of its length. */
    private static final int SEGMENTS = (0xFFFF - HEADERS_LENGTH) / SEGMENT_LENGTH;
    private static final int PING_LENGTH = 84;
    private static final int LONGEST = VirtioNetHeader.LENGTH + 0xFFFF;
    private static final byte ICMP = 1;
    private static final byte TCP = 6;
    private static final long ALIGNMENT = 64;

    private final Arena arena = Arena.ofConfined();
    private final SystemCalls calls = new SystemCalls(arena);
    private final MemorySegment in = arena.allocate(LONGEST);
    private final int source;
    private final int destination;
    private final MemorySegment ping;
    private final MemorySegment acknowledgement;
    private final MemorySegment superPacket;
    private final TunDevice device;
    private final int fd;

    /** A wire whose packets go from one IPv4 address to another. */
    RehearsalWire(final String source, final String destination) throws NativeCallException
    {
        this.source = bits(source);
        this.destination = bits(destination);
        ping = packet(ICMP, PING_LENGTH);
        acknowledgement = tcp(0);
        superPacket = tcp(SEGMENTS * SEGMENT_LENGTH);
        final MemorySegment pair = arena.allocate(ValueLayout.JAVA_INT, 2);
        final int made = calls.socketpair(
            Linux.AF_UNIX(), Linux.SOCK_SEQPACKET() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC(), 0, pair.address());
        if (made < 0)
        {
            arena.close();
        }
        NativeCallException.check(made, "socketpair", "");
        device = TunDevice.ofDescriptor(
            pair.getAtIndex(ValueLayout.JAVA_INT, 0), "rehearsal", MTU, TunOffloads.TCP_AND_UDP);
        fd = pair.getAtIndex(ValueLayout.JAVA_INT, 1);
    }

    TunDevice device()
    {
        return device;
    }

    /** Sends 84 bytes into the tunnel. As all that is sent, it is lost while the tunnel takes none. */
    void ping()
    {
        send(ping);
    }

    /** Sends a TCP segment without payload. */
    void acknowledge()
    {
        send(acknowledgement);
    }

    /** Sends TCP segments that share a header, as many as fit. */
    void sendSuperPacket()
    {
        send(superPacket);
    }

    /** Takes a packet that came out of the tunnel. Returns its length, without the virtio-net header, or 0 for none. */
    int receive()
    {
        return (int)Math.max(0, calls.read(fd, in.address(), LONGEST) - VirtioNetHeader.LENGTH);
    }

    @Override
    public void close()
    {
        device.close();
        calls.close(fd);
        arena.close();
    }

    private void send(final MemorySegment packet)
    {
        calls.write(fd, packet.address(), packet.byteSize());
    }

    private static int bits(final String address)
    {
        return MemorySegment.ofArray(IpPrefix.parse(address).address().getAddress())
            .get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 0);
    }

    private MemorySegment tcp(final int payloadLength)
    {
        final MemorySegment packet = packet(TCP, HEADERS_LENGTH + payloadLength);
        final UnsafeBuffer view = view(packet);
        view.putShort(IP_LENGTH + TCP_FLAGS_OFFSET, TCP_ACK_PSH, ByteOrder.BIG_ENDIAN);
        view.putShort(IP_LENGTH + TCP_CHECKSUM_OFFSET, (short)InternetChecksum.fold(
            InternetChecksum.pseudoIpv4(view.addressOffset(), TCP, TCP_LENGTH + payloadLength)));
        final boolean isLong = payloadLength > SEGMENT_LENGTH;
        VirtioNetHeader.encode(packet.address(), VirtioNetHeader.NEEDS_CSUM,
            isLong ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_NONE, HEADERS_LENGTH, isLong ? SEGMENT_LENGTH : 0,
            IP_LENGTH, TCP_CHECKSUM_OFFSET);
        return packet;
    }

    private MemorySegment packet(final byte protocol, final int length)
    {
        final MemorySegment packet = arena.allocate(VirtioNetHeader.LENGTH + length, ALIGNMENT);
        final UnsafeBuffer view = view(packet);
        view.putInt(0, 0x4500_0000 | length, ByteOrder.BIG_ENDIAN);
        view.putInt(4, 0x0000_4000, ByteOrder.BIG_ENDIAN);
        view.putInt(8, 0x4000_0000 | protocol << 16, ByteOrder.BIG_ENDIAN);
        view.putInt(12, source, ByteOrder.BIG_ENDIAN);
        view.putInt(16, destination, ByteOrder.BIG_ENDIAN);
        view.putShort(10, (short)InternetChecksum.ipv4Header(view.addressOffset(), IP_LENGTH));
        return packet;
    }

    /** The packet behind the virtio-net header. */
    private static UnsafeBuffer view(final MemorySegment packet)
    {
        return new UnsafeBuffer(
            packet.address() + VirtioNetHeader.LENGTH, (int)packet.byteSize() - VirtioNetHeader.LENGTH);
    }
}
