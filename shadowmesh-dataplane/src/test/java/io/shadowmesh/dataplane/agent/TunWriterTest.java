package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.LogLines;
import io.shadowmesh.dataplane.device.SegmentJoiner;
import io.shadowmesh.dataplane.device.SuperPackets;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.ffi.NativeMemory;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A pair of local sockets is the device; what the kernel would refuse, a descriptor that nobody can write to does. */
class TunWriterTest
{
    private static final int ROOM = 1 << 20;
    private static final int HEADROOM = 16;
    private static final Peer PEER = RoutingLoopTest.peer("alpha");
    private static final Peer STRANGER = RoutingLoopTest.peer("beta");

    private final Arena arena = Arena.ofConfined();
    private final SystemCalls calls = new SystemCalls(arena);
    private final Counters counters = Counters.inMemory();
    private final MemorySegment memory = arena.allocate(ROOM, 64);
    private final UdpSocket socket;
    private final int deviceEnd;
    private final int hostEnd;
    private long used;
    private OffloadStates offloads;

    TunWriterTest() throws IOException
    {
        socket = UdpSocket.bind(new InetSocketAddress("127.0.0.1", 0), UdpOptions.defaults());
        final MemorySegment fds = arena.allocate(ValueLayout.JAVA_INT, 2);
        assertEquals(0, calls.socketpair(Linux.AF_UNIX(),
            Linux.SOCK_SEQPACKET() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC(), 0, fds.address()));
        deviceEnd = fds.getAtIndex(ValueLayout.JAVA_INT, 0);
        hostEnd = fds.getAtIndex(ValueLayout.JAVA_INT, 1);
    }

    @AfterEach
    void free()
    {
        calls.close(deviceEnd);
        calls.close(hostEnd);
        socket.close();
        counters.close();
        arena.close();
    }

    private TunWriter writer(final TunOffloads kind)
    {
        final TunDevice device = TunDevice.ofDescriptor(deviceEnd, "memory", 1400, kind);
        offloads = new OffloadStates(device, socket);
        final SegmentJoiner joiner = kind == TunOffloads.NONE ? null : new SegmentJoiner(arena, kind.joinsUdp());
        return new TunWriter(device, joiner, calls, counters, offloads);
    }

    private void write(final TunWriter writer, final byte[] packet, final boolean partial)
    {
        used += HEADROOM;
        memory.asSlice(used, packet.length).copyFrom(MemorySegment.ofArray(packet));
        writer.write(PEER, memory.address() + used, packet.length, partial);
        used += packet.length;
    }

    private boolean extend(final TunWriter writer, final Peer peer, final byte[] packet)
    {
        used += HEADROOM;
        memory.asSlice(used, packet.length).copyFrom(MemorySegment.ofArray(packet));
        final boolean extended = writer.extend(peer, memory.address() + used, packet.length, false);
        used += packet.length;
        return extended;
    }

    private byte[] receive()
    {
        final long room = arena.allocate(70_000, 8).address();
        final long length = calls.read(hostEnd, room, 70_000);
        return length > 0 ? NativeMemory.at(room, length).toArray(ValueLayout.JAVA_BYTE) : null;
    }

    private static List<byte[]> segments(final int count)
    {
        return SuperPackets.split(SuperPackets.of(false, SuperPackets.TCP, count * 1000, 1000, count));
    }

    private static byte[] partial()
    {
        return SuperPackets.withoutHeader(SuperPackets.single(false, SuperPackets.TCP, 700, 5));
    }

    @Test
    void joinsTheSegmentsOfABatchAndCountsThem()
    {
        final TunWriter writer = writer(TunOffloads.TCP_AND_UDP);
        final List<byte[]> segments = segments(20);
        segments.forEach(segment -> write(writer, segment, false));
        assertNull(receive(), "the group may still grow");
        writer.flush();
        final byte[] written = receive();
        assertEquals(20, SuperPackets.split(written).size());
        for (int i = 0; i < 20; i++)
        {
            assertArrayEquals(segments.get(i), SuperPackets.split(written).get(i));
        }
        assertEquals(1, counters.get(TunnelCounter.TUN_WRITE_CALLS));
        assertEquals(20, counters.get(TunnelCounter.TUN_PACKETS_WRITTEN));
        assertEquals(written.length - 10, counters.get(TunnelCounter.TUN_BYTES_WRITTEN));
        writer.flush();
        assertNull(receive());
        assertEquals(1, counters.get(TunnelCounter.TUN_WRITE_CALLS));
    }

    @Test
    void extendsWhatHasComeOfTheSamePeerAlone()
    {
        final TunWriter writer = writer(TunOffloads.TCP_AND_UDP);
        final List<byte[]> segments = segments(4);
        assertFalse(extend(writer, PEER, segments.get(0)), "there is nothing yet");
        write(writer, segments.get(0), false);
        assertFalse(extend(writer, STRANGER, segments.get(1)), "of another peer");
        assertTrue(extend(writer, PEER, segments.get(1)));
        assertFalse(extend(writer, PEER, segments.get(3)), "a gap");
        writer.flush();
        assertEquals(2, SuperPackets.split(receive()).size());
        assertFalse(extend(writer, PEER, segments.get(2)), "it has been written");
        writer.flush();
        assertNull(receive());
        assertEquals(2, counters.get(TunnelCounter.TUN_PACKETS_WRITTEN));
    }

    @Test
    void extendsNothingWhereTheDeviceTakesPacketsAlone()
    {
        final TunWriter writer = writer(TunOffloads.NONE);
        final List<byte[]> segments = segments(2);
        write(writer, segments.get(0), false);
        assertFalse(extend(writer, PEER, segments.get(1)));
    }

    /** What is no sound packet leaves the group to the peer that it was of. */
    @Test
    void aMalformedPacketOfAnotherPeerDoesNotTakeTheGroup()
    {
        final TunWriter writer = writer(TunOffloads.TCP_AND_UDP);
        final List<byte[]> segments = segments(2);
        write(writer, segments.get(0), false);
        used += HEADROOM;
        writer.write(STRANGER, memory.address() + used, 20, true);
        used += 20;
        assertEquals(1, counters.get(DropReason.INNER_MALFORMED));
        assertFalse(extend(writer, STRANGER, segments.get(1)));
    }

    @Test
    void leavesAPartialChecksumToADeviceWithOffloads()
    {
        final TunWriter writer = writer(TunOffloads.HEADER_ONLY);
        write(writer, partial(), true);
        final byte[] written = receive();
        assertTrue(SuperPackets.isPartial(written), "written at once: this device joins nothing");
        assertArrayEquals(partial(), SuperPackets.withoutHeader(written));
    }

    @Test
    void completesAPartialChecksumForADeviceWithout()
    {
        final TunWriter writer = writer(TunOffloads.NONE);
        write(writer, partial(), true);
        assertArrayEquals(
            SuperPackets.split(SuperPackets.single(false, SuperPackets.TCP, 700, 5)).getFirst(), receive());
    }

    @Test
    void dropsAPartialChecksumOfWhatIsNeitherTcpNorUdp()
    {
        for (final TunOffloads kind : TunOffloads.values())
        {
            final TunWriter writer = writer(kind);
            final long before = counters.get(DropReason.INNER_MALFORMED);
            write(writer, SuperPackets.icmp(), true);
            writer.flush();
            assertNull(receive());
            assertEquals(before + 1, counters.get(DropReason.INNER_MALFORMED), kind.text());
            write(writer, SuperPackets.icmp(), false);
            writer.flush();
            assertTrue(receive() != null, "a complete one goes through");
        }
    }

    @Test
    void dropsOneInTheMidstOfAGroupAndNothingElse()
    {
        final TunWriter writer = writer(TunOffloads.TCP_AND_UDP);
        final List<byte[]> segments = segments(4);
        write(writer, segments.get(0), false);
        write(writer, segments.get(1), false);
        write(writer, SuperPackets.icmp(), true);
        write(writer, segments.get(2), false);
        write(writer, segments.get(3), false);
        writer.flush();
        assertEquals(1, counters.get(DropReason.INNER_MALFORMED));
        assertEquals(4, counters.get(TunnelCounter.TUN_PACKETS_WRITTEN));
        assertEquals(4, SuperPackets.split(receive()).size());
        assertNull(receive());
    }

    @Test
    void writesPacketsAloneOnceTheDeviceHasRefusedJoinedOnes() throws Throwable
    {
        final TunWriter writer = writer(TunOffloads.TCP_AND_UDP);
        final List<byte[]> segments = segments(6);
        final int kept = call("dup", deviceEnd, 0);
        final int unwritable = call("epoll_create1", 0, 0);
        assertEquals(deviceEnd, call("dup2", unwritable, deviceEnd));
        write(writer, segments.getFirst(), false);
        writer.flush();
        assertTrue(offloads.joins(), "a packet that is refused alone says nothing of joining");
        segments.forEach(segment -> write(writer, segment, false));
        writer.flush();
        assertEquals(1 + 6, counters.get(DropReason.TUN_WRITE_FAILED));
        assertFalse(offloads.joins());
        assertEquals(0, counters.get(TunnelCounter.TUN_WRITE_CALLS));

        assertEquals(deviceEnd, call("dup2", kept, deviceEnd));
        for (final byte[] segment : segments)
        {
            write(writer, segment, false);
            assertArrayEquals(SuperPackets.withHeader(segment), receive());
        }
        writer.flush();
        assertEquals(6, counters.get(TunnelCounter.TUN_WRITE_CALLS));
        assertEquals(6, counters.get(TunnelCounter.TUN_PACKETS_WRITTEN));
        calls.close(kept);
        calls.close(unwritable);

        try (LogLines log = new LogLines(PeriodicReport.class.getName()))
        {
            final PeriodicReport report = new PeriodicReport(
                counters, new OversizeNotice(), new RoutingLoop(9443), offloads, 1400);
            for (int second = 0; second < 5; second++)
            {
                report.onTick(7_000_000_000L + second * 1_000_000_000L);
            }
            assertEquals(List.of("WARNING joining of received packets is off from now on: the TUN device refused it " +
                "(EINVAL (invalid argument))"), log.all());
            assertEquals(0, counters.get(TunnelCounter.JOINING_ON));
            assertEquals(1, counters.get(TunnelCounter.TUN_OFFLOADS_ON));
        }
    }

    @SuppressWarnings("restricted")
    private static int call(final String function, final int first, final int second) throws Throwable
    {
        final Linker linker = Linker.nativeLinker();
        final MethodHandle handle = linker.downcallHandle(
            linker.defaultLookup().find(function).orElseThrow(),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        final int result = (int)handle.invokeExact(first, second);
        assertTrue(result >= 0, function);
        return result;
    }

    /** No device does so; a stream that has too little room for what is written does. */
    @Test
    void countsAPacketThatWasCutShortAsRefused()
    {
        final MemorySegment fds = arena.allocate(ValueLayout.JAVA_INT, 2);
        assertEquals(0, calls.socketpair(
            Linux.AF_UNIX(), Linux.SOCK_STREAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC(), 0, fds.address()));
        final int stream = fds.getAtIndex(ValueLayout.JAVA_INT, 0);
        final MemorySegment size = arena.allocate(ValueLayout.JAVA_INT);
        assertEquals(0, calls.setsockopt(
            stream, Linux.SOL_SOCKET(), Linux.SO_SNDBUF(), size.address(), Integer.BYTES));
        final TunDevice device = TunDevice.ofDescriptor(stream, "stream", 65_000, TunOffloads.NONE);
        final TunWriter writer = new TunWriter(device, null, calls, counters, new OffloadStates(device, socket));

        write(writer, new byte[60_000], false);
        writer.flush();
        assertEquals(0, counters.get(TunnelCounter.TUN_PACKETS_WRITTEN));
        assertEquals(1, counters.get(DropReason.TUN_WRITE_FAILED));
        assertTrue(calls.read(fds.getAtIndex(ValueLayout.JAVA_INT, 1), memory.address(), ROOM) > 0);

        calls.close(stream);
        calls.close(fds.getAtIndex(ValueLayout.JAVA_INT, 1));
    }
}
