package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.ffi.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.InetSocketAddress;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ReceiveBatchTest
{
    private final Loopback loopback = new Loopback();

    @AfterEach
    void close()
    {
        loopback.close();
    }

    private void send(final UdpSocket from, final UdpSocket to, final String... texts)
    {
        send(from, Loopback.endpoint(to), texts);
    }

    private void send(final UdpSocket from, final Endpoint to, final String... texts)
    {
        final SendBatch batch = new SendBatch(loopback.arena, texts.length, from.isIpv6());
        for (final String text : texts)
        {
            loopback.add(batch, text, to);
        }
        assertEquals(texts.length, batch.flush(loopback.calls, from.fileDescriptor()));
    }

    @Test
    void receivesNothingFromAQuietSocket() throws DeviceException
    {
        try (UdpSocket socket = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults()))
        {
            final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 4, 100, 0);
            assertEquals(0, batch.receive(loopback.calls, socket.fileDescriptor()));
            assertEquals(0, batch.size());
            assertEquals(0, batch.errors());
        }
    }

    @Test
    void keepsHeadroomBeforeEachDatagramAndTheDatagramsApart() throws DeviceException
    {
        final int headroom = 10;
        try (UdpSocket from = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults());
            UdpSocket to = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults()))
        {
            final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 4, 100, headroom);
            send(from, to, "x".repeat(100), "y".repeat(100));
            assertEquals(2, loopback.receive(batch, to.fileDescriptor()));
            assertEquals("x".repeat(100), Loopback.text(batch, 0));
            assertEquals("y".repeat(100), Loopback.text(batch, 1));
            assertTrue(batch.address(1) - batch.address(0) >= 100 + headroom);
            assertEquals(headroom, batch.address(0) % 64);
            assertEquals(headroom, batch.address(1) % 64);
        }
    }

    @Test
    void takesAsManyMessagesAtATimeAsTheCacheHoldsAtTheLengthOfTheLast() throws DeviceException
    {
        try (UdpSocket from = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults());
            UdpSocket to = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults()))
        {
            final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 8, 40_000, 0);
            final String[] eight = new String[8];
            Arrays.fill(eight, "x".repeat(40_000));
            send(from, to, eight);
            assertEquals(8, loopback.receive(batch, to.fileDescriptor()), "how long they are is not known yet");
            send(from, to, eight);
            assertEquals(6, loopback.receive(batch, to.fileDescriptor()));
            assertEquals(2, loopback.receive(batch, to.fileDescriptor()));
            assertEquals(0, batch.receive(loopback.calls, to.fileDescriptor()));
            Arrays.fill(eight, "y");
            send(from, to, eight);
            assertEquals(6, loopback.receive(batch, to.fileDescriptor()), "as for the long ones");
            assertEquals(2, loopback.receive(batch, to.fileDescriptor()));
            send(from, to, eight);
            assertEquals(8, loopback.receive(batch, to.fileDescriptor()));
        }
    }

    @Test
    void leavesForTheNextCallWhatItHasNoSlotFor() throws DeviceException
    {
        try (UdpSocket from = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults());
            UdpSocket to = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults()))
        {
            final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 2, 100, 0);
            send(from, to, "1", "2", "3");
            assertEquals(2, loopback.receive(batch, to.fileDescriptor()));
            assertEquals(1, loopback.receive(batch, to.fileDescriptor()));
            assertEquals("3", Loopback.text(batch, 0));
            assertTrue(batch.sourceIs(0, Loopback.endpoint(from)));
        }
    }

    @Test
    void tellsATruncatedDatagramFromAWholeOne() throws DeviceException
    {
        try (UdpSocket from = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults());
            UdpSocket to = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults()))
        {
            final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 4, 100, 0);
            send(from, to, "z".repeat(100), "z".repeat(101), "z");
            assertEquals(3, loopback.receive(batch, to.fileDescriptor()));
            assertFalse(batch.truncated(0));
            assertTrue(batch.truncated(1));
            assertEquals(100, batch.length(1));
            assertFalse(batch.truncated(2));
            send(from, to, "a", "b");
            assertEquals(2, loopback.receive(batch, to.fileDescriptor()));
            assertFalse(batch.truncated(1), "the flag of an earlier batch is gone");
        }
    }

    @Test
    void namesTheSourceInBothFamilies() throws DeviceException
    {
        namesTheSource(Loopback.ipv4(0));
        namesTheSource(Loopback.ipv6(0));
    }

    private void namesTheSource(final InetSocketAddress local) throws DeviceException
    {
        try (UdpSocket from = UdpSocket.bind(local, UdpOptions.defaults());
            UdpSocket other = UdpSocket.bind(local, UdpOptions.defaults());
            UdpSocket to = UdpSocket.bind(local, UdpOptions.defaults()))
        {
            final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 4, 100, 0);
            send(from, to, "hello");
            assertEquals(1, loopback.receive(batch, to.fileDescriptor()));
            assertEquals(Loopback.endpoint(from), batch.source(0));
            assertTrue(batch.sourceIs(0, Loopback.endpoint(from)));
            assertFalse(batch.sourceIs(0, Loopback.endpoint(other)));
            assertFalse(batch.sourceIs(0, null));
            assertFalse(batch.sourceIs(0, Endpoint.ofIpv4(0x7F000002, from.localAddress().getPort())));
            assertFalse(batch.sourceIs(0, Endpoint.ofIpv6(0, 2, 0, from.localAddress().getPort())));
        }
    }

    @Test
    void speaksWithIpv4PeersThroughADualStackSocket() throws DeviceException
    {
        final InetSocketAddress any = new InetSocketAddress(Loopback.address("::"), 0);
        try (UdpSocket both = UdpSocket.bind(any, UdpOptions.defaults().dualStack(true));
            UdpSocket peer = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults()))
        {
            assertTrue(both.serves(Endpoint.of(Loopback.ipv4(1))) && both.serves(Endpoint.of(Loopback.ipv6(1))));
            final int port = both.localAddress().getPort();
            send(peer, Endpoint.of(Loopback.ipv4(port)), "to both");
            final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 4, 100, 0);
            assertEquals(1, loopback.receive(batch, both.fileDescriptor()));
            assertEquals(Loopback.endpoint(peer), batch.source(0));
            assertTrue(batch.sourceIs(0, Loopback.endpoint(peer)));
            send(both, peer, "and back");
            assertEquals(1, loopback.receive(batch, peer.fileDescriptor()));
            assertEquals("and back", Loopback.text(batch, 0));
            assertTrue(batch.sourceIs(0, Endpoint.of(Loopback.ipv4(port))));
        }
    }

    @Test
    void returnsTheErrorOfADescriptorThatIsNoSocket()
    {
        final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 4, 100, 0);
        assertEquals(-Errno.EBADF, batch.receive(loopback.calls, -1));
        assertEquals(0, batch.size());
    }

    @Test
    void readsPacketsOfASocketPairWithoutASource()
    {
        final int[] pair = loopback.packetPair();
        assertEquals(3, loopback.calls.write(pair[0], loopback.text("abc").address(), 3));
        final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 4, 100, 0);
        assertEquals(1, loopback.receive(batch, pair[1]));
        assertEquals("abc", Loopback.text(batch, 0));
        assertNull(batch.source(0));
        assertFalse(batch.sourceIs(0, Endpoint.ofIpv4(0, 0)));
        TunDevice.closeDescriptor(pair[0]);
        TunDevice.closeDescriptor(pair[1]);
    }

    @Test
    void tellsTheSegmentLengthOfDatagramsThatArriveEndToEnd() throws DeviceException
    {
        try (UdpSocket from = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults().segmentation(true));
            UdpSocket to = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults().coalescing(true)))
        {
            final SendBatch send = new SendBatch(loopback.arena, 8, false, from.maxSegments());
            final Endpoint there = Loopback.endpoint(to);
            final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 4, ReceiveBatch.COALESCED_LENGTH, 0);
            loopback.add(send, "x".repeat(100), there);
            loopback.add(send, "y".repeat(100), there);
            loopback.add(send, "z".repeat(40), there);
            loopback.add(send, "w".repeat(41), there);
            assertEquals(4, send.flush(loopback.calls, from.fileDescriptor()));
            assertEquals(2, loopback.receive(batch, to.fileDescriptor()));
            assertEquals(240, batch.length(0));
            assertEquals(100, batch.segmentLength(0));
            assertEquals("x".repeat(100) + "y".repeat(100) + "z".repeat(40), Loopback.text(batch, 0));
            assertEquals(Loopback.endpoint(from), batch.source(0));
            assertEquals(41, batch.length(1));
            assertEquals(41, batch.segmentLength(1));

            loopback.add(send, "alone", there);
            assertEquals(1, send.flush(loopback.calls, from.fileDescriptor()));
            assertEquals(1, loopback.receive(batch, to.fileDescriptor()));
            assertEquals(5, batch.segmentLength(0), "what the kernel told of an earlier message is forgotten");
            loopback.add(send, "11", there);
            loopback.add(send, "2", there);
            assertEquals(2, send.flush(loopback.calls, from.fileDescriptor()));
            assertEquals(1, loopback.receive(batch, to.fileDescriptor()));
            assertEquals(2, batch.segmentLength(0), "and there is room for it to tell again");
        }
    }

    @Test
    void tellsThatDatagramsEndToEndWereLongerThanTheirSlot() throws DeviceException
    {
        try (UdpSocket from = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults().segmentation(true));
            UdpSocket to = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults().coalescing(true)))
        {
            final SendBatch send = new SendBatch(loopback.arena, 8, false, from.maxSegments());
            final Endpoint there = Loopback.endpoint(to);
            loopback.add(send, "x".repeat(100), there);
            loopback.add(send, "y".repeat(100), there);
            assertEquals(2, send.flush(loopback.calls, from.fileDescriptor()));
            final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 4, 150, 0);
            assertEquals(1, loopback.receive(batch, to.fileDescriptor()));
            assertTrue(batch.truncated(0));
            assertEquals(150, batch.length(0));
        }
    }

    @Test
    void datagramsComeApartWithoutReceiveOffload() throws DeviceException
    {
        try (UdpSocket from = UdpSocket.bind(Loopback.ipv6(0), UdpOptions.defaults().segmentation(true));
            UdpSocket to = UdpSocket.bind(Loopback.ipv6(0), UdpOptions.defaults()))
        {
            final SendBatch send = new SendBatch(loopback.arena, 8, true, from.maxSegments());
            final Endpoint there = Loopback.endpoint(to);
            loopback.add(send, "x".repeat(100), there);
            loopback.add(send, "y".repeat(60), there);
            assertEquals(2, send.flush(loopback.calls, from.fileDescriptor()));
            final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 4, 150, 0);
            assertEquals(2, loopback.receive(batch, to.fileDescriptor()));
            assertEquals(100, batch.segmentLength(0));
            assertEquals(60, batch.segmentLength(1));
        }
    }

    @Test
    void refusesASizeOfNothing()
    {
        assertThrows(IllegalArgumentException.class, () -> new ReceiveBatch(loopback.arena, 0, 100, 0));
        assertThrows(IllegalArgumentException.class, () -> new ReceiveBatch(loopback.arena, 1, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new ReceiveBatch(loopback.arena, 1, 100, -1));
    }
}
