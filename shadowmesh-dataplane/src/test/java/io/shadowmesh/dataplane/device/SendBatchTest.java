package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.ffi.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SendBatchTest
{
    private static final int LONGER_THAN_UDP = 65_508;

    private final Loopback loopback = new Loopback();
    private UdpSocket sender;
    private UdpSocket receiver;

    @BeforeEach
    void bind() throws DeviceException
    {
        sender = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults());
        receiver = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults());
    }

    @AfterEach
    void close()
    {
        sender.close();
        receiver.close();
        loopback.close();
    }

    private ReceiveBatch received()
    {
        final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 16, 2048, 0);
        loopback.receive(batch, receiver.fileDescriptor());
        return batch;
    }

    @Test
    void sendsAllInOrder()
    {
        final SendBatch batch = new SendBatch(loopback.arena, 8, false);
        for (int i = 0; i < 5; i++)
        {
            loopback.add(batch, "datagram " + i, Loopback.endpoint(receiver));
        }
        assertEquals(5, batch.flush(loopback.calls, sender.fileDescriptor()));
        assertEquals(0, batch.size());
        assertEquals(0, batch.failed());
        assertEquals(50, batch.sentBytes());
        final ReceiveBatch received = received();
        assertEquals(5, received.size());
        for (int i = 0; i < 5; i++)
        {
            assertEquals("datagram " + i, Loopback.text(received, i));
        }
    }

    @Test
    void sendsASingleDatagramAndAnEmptyOne()
    {
        final SendBatch batch = new SendBatch(loopback.arena, 1, false);
        loopback.add(batch, "alone", Loopback.endpoint(receiver));
        assertEquals(1, batch.flush(loopback.calls, sender.fileDescriptor()));
        assertEquals("alone", Loopback.text(received(), 0));
        loopback.add(batch, "", Loopback.endpoint(receiver));
        assertEquals(1, batch.flush(loopback.calls, sender.fileDescriptor()));
        assertEquals("", Loopback.text(received(), 0));
    }

    @Test
    void countsAndSkipsADatagramThatTheKernelRefuses()
    {
        final Endpoint to = Loopback.endpoint(receiver);
        final SendBatch batch = new SendBatch(loopback.arena, 8, false);
        loopback.add(batch, "first", to);
        batch.add(loopback.arena.allocate(LONGER_THAN_UDP).address(), LONGER_THAN_UDP, to);
        loopback.add(batch, "second", to);
        loopback.add(batch, "no port", Endpoint.ofIpv4(to.ipv4(), 0));
        loopback.add(batch, "other family", Endpoint.ofIpv6(0x2001_0db8L << 32, 1, 0, 9443));
        loopback.add(batch, "third", to);
        assertEquals(3, batch.flush(loopback.calls, sender.fileDescriptor()));
        assertEquals(3, batch.failed());
        assertEquals(Errno.EAFNOSUPPORT, batch.lastError());
        final ReceiveBatch received = received();
        assertEquals(3, received.size());
        assertEquals("first", Loopback.text(received, 0));
        assertEquals("second", Loopback.text(received, 1));
        assertEquals("third", Loopback.text(received, 2));
    }

    @Test
    void countsARefusedDatagramThatIsAlone()
    {
        final SendBatch batch = new SendBatch(loopback.arena, 2, false);
        batch.add(loopback.arena.allocate(LONGER_THAN_UDP).address(), LONGER_THAN_UDP, Loopback.endpoint(receiver));
        assertEquals(0, batch.flush(loopback.calls, sender.fileDescriptor()));
        assertEquals(1, batch.failed());
        assertEquals(Errno.EMSGSIZE, batch.lastError());
        assertEquals(0, batch.size());
    }

    @Test
    void keepsWhatAFullSocketDoesNotTake()
    {
        final int[] pair = loopback.packetPair();
        final int length = 16 * 1024;
        final long payload = loopback.arena.allocate(length).address();
        final SendBatch batch = new SendBatch(loopback.arena, 64, false);
        final Endpoint ignored = Loopback.endpoint(receiver);
        while (!batch.isFull())
        {
            batch.add(payload, length, ignored);
        }
        final int sent = batch.flush(loopback.calls, pair[0]);
        assertTrue(sent > 0 && sent < 64, "sent " + sent + " of 64 to a socket with a small buffer");
        assertEquals(64 - sent, batch.size());
        assertEquals(0, batch.failed());
        assertEquals(0, batch.flush(loopback.calls, pair[0]), "the socket is still full");

        final ReceiveBatch received = new ReceiveBatch(loopback.arena, 64, length, 0);
        assertEquals(sent, received.receive(loopback.calls, pair[1]));
        final int more = batch.flush(loopback.calls, pair[0]);
        assertTrue(more > 0, "the socket has room again");
        assertEquals(64 - sent - more, batch.clear());
        assertEquals(0, batch.size());
        assertFalse(batch.isFull());
        TunDevice.closeDescriptor(pair[0]);
        TunDevice.closeDescriptor(pair[1]);
    }

    @Test
    void returnsTheErrorOfADescriptorThatIsNoSocket()
    {
        final SendBatch batch = new SendBatch(loopback.arena, 4, false);
        loopback.add(batch, "a", Loopback.endpoint(receiver));
        assertEquals(-Errno.EBADF, batch.flush(loopback.calls, -1));
        loopback.add(batch, "b", Loopback.endpoint(receiver));
        assertEquals(-Errno.EBADF, batch.flush(loopback.calls, -1));
        try (EventFd noSocket = openEventFd())
        {
            assertEquals(-Errno.ENOTSOCK, batch.flush(loopback.calls, noSocket.fileDescriptor()));
        }
        assertEquals(2, batch.size());
    }

    private static EventFd openEventFd()
    {
        try
        {
            return EventFd.open();
        }
        catch (final DeviceException e)
        {
            throw new AssertionError(e);
        }
    }

    @Test
    void encodesAgainWhenAPeerHasMoved() throws DeviceException
    {
        try (UdpSocket moved = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults()))
        {
            final SendBatch batch = new SendBatch(loopback.arena, 1, false);
            loopback.add(batch, "old", Loopback.endpoint(receiver));
            assertEquals(1, batch.flush(loopback.calls, sender.fileDescriptor()));
            loopback.add(batch, "new", Loopback.endpoint(moved));
            assertEquals(1, batch.flush(loopback.calls, sender.fileDescriptor()));
            assertEquals("old", Loopback.text(received(), 0));
            final ReceiveBatch atNewPlace = new ReceiveBatch(loopback.arena, 4, 100, 0);
            assertEquals(1, loopback.receive(atNewPlace, moved.fileDescriptor()));
            assertEquals("new", Loopback.text(atNewPlace, 0));
        }
    }

    @Test
    void refusesMoreThanItHolds()
    {
        final SendBatch batch = new SendBatch(loopback.arena, 1, false);
        loopback.add(batch, "a", Loopback.endpoint(receiver));
        assertThrows(IllegalStateException.class, () -> loopback.add(batch, "b", Loopback.endpoint(receiver)));
        assertThrows(IllegalArgumentException.class, () -> new SendBatch(loopback.arena, 0, false));
    }
}
