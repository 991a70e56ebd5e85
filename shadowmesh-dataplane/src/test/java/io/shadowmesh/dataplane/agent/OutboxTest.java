package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.ring.WaitingPackets;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.SessionTable;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.ffi.SystemCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class OutboxTest
{
    private static final int SLAB_LENGTH = 224 * 1024;

    private final Arena arena = Arena.ofConfined();
    private final Counters counters = Counters.inMemory();
    private final UdpSocket socket;
    private final Endpoint to;
    private final Outbox outbox;

    OutboxTest() throws IOException
    {
        socket = UdpSocket.bind(new InetSocketAddress("127.0.0.1", 0), UdpOptions.defaults().segmentation(true));
        to = Endpoint.of(socket.localAddress());
        outbox = new Outbox(
            arena,
            socket,
            new SystemCalls(arena),
            counters,
            new OffloadStates(TunDevice.ofDescriptor(-1, "none", 1400), socket),
            new PathMtus(endpoint -> 1500, new ForwardingState(new Peer[0], null, SessionTable.EMPTY), 1400));
    }

    @AfterEach
    void free()
    {
        socket.close();
        counters.close();
        arena.close();
    }

    /** Fills it. Returns how many frames it took. */
    private int fill(final int frameLength)
    {
        final long first = outbox.claim(frameLength);
        int frames = 0;
        for (long frame = first; frame != 0; frame = outbox.claim(frameLength))
        {
            assertEquals(first + (long)frames * frameLength, frame, "frames lie end to end");
            assertTrue(frame + frameLength <= first + SLAB_LENGTH, "frames stay within the slab");
            outbox.commit(frameLength, to, false);
            frames++;
        }
        return frames;
    }

    @ParameterizedTest
    @ValueSource(ints = {1439, 1500, 4096, 16_384, 65_000})
    void takesAsManyFramesAsTheSlabHolds(final int frameLength)
    {
        assertEquals(SLAB_LENGTH / frameLength, fill(frameLength));
        assertFalse(outbox.hasRoom());
    }

    @ParameterizedTest
    @ValueSource(ints = {39, 92, 300})
    void takesNoMoreTinyFramesThanItMayFlush(final int frameLength)
    {
        assertEquals(Outbox.CAPACITY, fill(frameLength));
        assertFalse(outbox.hasRoom());
    }

    /** A batch that is full refuses a frame by an exception, which would end the agent. */
    @Test
    void hasRoomForAllThatHasWaitedForASessionAndASuperPacketBehindIt()
    {
        final int frameLength = 39;
        int frames = 0;
        while (outbox.hasRoom())
        {
            assertTrue(outbox.claim(frameLength) != 0);
            outbox.commit(frameLength, to, false);
            frames++;
        }
        final int left = Outbox.CAPACITY - frames + 1;
        assertEquals(WaitingPackets.PACKETS_PER_PEER + Outbox.SUPER_PACKET_FRAMES, left);
    }

    @Test
    void hasRoomUntilAUsualSuperPacketMayNotFit()
    {
        assertTrue(outbox.hasRoom());
        int superPackets = 0;
        while (outbox.hasRoom())
        {
            for (int i = 0; i < 49; i++)
            {
                assertTrue(outbox.claim(1439) != 0, "what hasRoom has promised");
                outbox.commit(1439, to, false);
            }
            superPackets++;
        }
        assertEquals(3, superPackets);
    }

    @Test
    void beginsAnewOnceAllIsGone()
    {
        final long first = outbox.claim(1439);
        final int frames = fill(1439);
        assertTrue(outbox.flush());
        assertTrue(outbox.isEmpty() && outbox.hasRoom());
        assertEquals(first, outbox.claim(1439));
        assertEquals(frames, counters.get(TunnelCounter.UDP_DATAGRAMS_SENT));
        assertEquals(frames * 1439L, counters.get(TunnelCounter.UDP_BYTES_SENT));
        assertEquals(1, counters.get(TunnelCounter.UDP_SEND_CALLS));
    }

    /** The frames' first bytes are their numbers. */
    @Test
    void whatMayBeCutLeavesAfterTheOthersAndKeepsItsPlaceAmongThoseForItsEndpoint() throws IOException
    {
        try (DatagramSocket far = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
            DatagramSocket near = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0)))
        {
            final Endpoint shortPath = Endpoint.of((InetSocketAddress)far.getLocalSocketAddress());
            final Endpoint longPath = Endpoint.of((InetSocketAddress)near.getLocalSocketAddress());
            for (int number = 0; number < 8; number++)
            {
                final MemorySegment frame = arena.allocate(100);
                frame.set(ValueLayout.JAVA_BYTE, 0, (byte)number);
                outbox.add(frame.address(), 100, number % 2 == 0 ? shortPath : longPath, number == 2 || number == 6);
            }
            assertTrue(outbox.flush());
            assertTrue(outbox.isEmpty());
            assertEquals(List.of(0, 2, 4, 6), numbers(far));
            assertEquals(List.of(1, 3, 5, 7), numbers(near));
            assertEquals(2, counters.get(TunnelCounter.FRAGMENTED_DATAGRAMS));
            assertEquals(8, counters.get(TunnelCounter.UDP_DATAGRAMS_SENT));
        }
    }

    private static List<Integer> numbers(final DatagramSocket socket) throws IOException
    {
        final List<Integer> numbers = new ArrayList<>();
        final DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        socket.setSoTimeout(10_000);
        for (int i = 0; i < 4; i++)
        {
            socket.receive(packet);
            numbers.add((int)packet.getData()[0]);
        }
        return numbers;
    }
}
