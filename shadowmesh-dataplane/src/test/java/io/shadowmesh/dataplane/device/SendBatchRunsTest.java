package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.NativeMemory;
import io.shadowmesh.ffi.linux.Linux;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs of datagrams that cross the kernel as one. A receiver with receive offload sees each run as a message. */
class SendBatchRunsTest
{
    /** The option by which a socket sends no checksums, with which the kernel cuts nothing. Source: socket(7). */
    private static final int SO_NO_CHECK = 11;
    private static final UdpOptions OPTIONS = UdpOptions.defaults().segmentation(true);

    private final Loopback loopback = new Loopback();
    private final Datagrams datagrams = new Datagrams(loopback);
    private UdpSocket sender;
    private UdpSocket receiver;
    private UdpSocket plainReceiver;
    private SendBatch batch;
    private Endpoint to;

    @BeforeEach
    void bind() throws DeviceException
    {
        sender = UdpSocket.bind(Loopback.ipv4(0), OPTIONS);
        receiver = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults().coalescing(true));
        plainReceiver = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults());
        batch = new SendBatch(loopback.arena, 256, false, sender.maxSegments());
        to = Loopback.endpoint(receiver);
        assertEquals(64, sender.maxSegments());
    }

    @AfterEach
    void close()
    {
        sender.close();
        receiver.close();
        plainReceiver.close();
        loopback.close();
    }

    private void flushAll()
    {
        final int waiting = batch.size();
        assertEquals(waiting, sender.flush(loopback.calls, batch));
        assertEquals(0, batch.failed());
        assertEquals(0, batch.size());
        assertEquals(0, batch.segmentationRefusal());
    }

    @Test
    void sendsEqualDatagramsAndAShorterLastAsOne()
    {
        datagrams.add(batch, to, 1000, 1000, 1000, 1000, 300);
        flushAll();
        assertEquals(4300, batch.sentBytes());
        assertEquals(1, batch.sendCalls());
        assertEquals(List.of(5), datagrams.assertArrive(loopback, receiver));
    }

    @Test
    void aReceiverWithoutOffloadSeesDatagramsAlone()
    {
        datagrams.add(batch, Loopback.endpoint(plainReceiver), 1000, 1000, 1000, 300);
        flushAll();
        assertEquals(List.of(1, 1, 1, 1), datagrams.assertArrive(loopback, plainReceiver));
    }

    @Test
    void gathersARunFromPlacesThatAreApart()
    {
        for (int i = 0; i < 20; i++)
        {
            datagrams.add(batch, 700, to, i % 3 == 0);
        }
        flushAll();
        assertEquals(List.of(20), datagrams.assertArrive(loopback, receiver));
    }

    @Test
    void aShorterDatagramEndsItsRun()
    {
        datagrams.add(batch, to, 500, 500, 300, 500, 300, 300, 200, 200, 300);
        flushAll();
        assertEquals(List.of(3, 2, 2, 1, 1), datagrams.assertArrive(loopback, receiver));
    }

    @Test
    void aLongerDatagramBeginsARun()
    {
        datagrams.add(batch, to, 300, 301, 301, 1400);
        flushAll();
        assertEquals(List.of(1, 2, 1), datagrams.assertArrive(loopback, receiver));
    }

    @Test
    void anotherEndpointBeginsARun()
    {
        final Endpoint other = Loopback.endpoint(plainReceiver);
        datagrams.add(batch, to, 400, 400);
        datagrams.add(batch, other, 400, 400, 400);
        datagrams.add(batch, to, 400, 400);
        flushAll();
        final List<byte[]> sent = datagrams.sent();
        final List<byte[]> toOther = sent.subList(2, 5);
        final List<byte[]> toFirst = List.of(sent.get(0), sent.get(1), sent.get(5), sent.get(6));
        assertEquals(List.of(2, 2), Datagrams.assertArrive(loopback, receiver, toFirst));
        assertEquals(List.of(1, 1, 1), Datagrams.assertArrive(loopback, plainReceiver, toOther));
    }

    @Test
    void noRunHasMoreThan64Datagrams()
    {
        datagrams.add(batch, to, Collections.nCopies(130, 100).stream().mapToInt(i -> i).toArray());
        flushAll();
        assertEquals(List.of(64, 64, 2), datagrams.assertArrive(loopback, receiver));
    }

    /** 28 times 2339 is the most that the kernel takes in one, 19 times 3447 a byte more. */
    @Test
    void noRunIsLongerThanTheKernelTakes()
    {
        datagrams.add(batch, to, Collections.nCopies(29, 2339).stream().mapToInt(i -> i).toArray());
        flushAll();
        assertEquals(1, batch.sendCalls());
        assertEquals(List.of(28, 1), datagrams.assertArrive(loopback, receiver));
        datagrams.clear();
        datagrams.add(batch, to, Collections.nCopies(19, 3447).stream().mapToInt(i -> i).toArray());
        flushAll();
        assertEquals(1, batch.sendCalls());
        assertEquals(List.of(18, 1), datagrams.assertArrive(loopback, receiver));
    }

    @Test
    void anEmptyDatagramIsNotLostBehindARun()
    {
        datagrams.add(batch, to, 100, 100, 0, 0, 100);
        flushAll();
        assertEquals(List.of(2, 1, 1, 1), datagrams.assertArrive(loopback, receiver));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void anyMixtureArrivesAsItWasAdded(final String address) throws DeviceException
    {
        final InetSocketAddress any = new InetSocketAddress(Loopback.address(address), 0);
        final Random random = Offloading.seeded("SendBatchRunsTest.anyMixtureArrivesAsItWasAdded");
        final int[] lengths = {1, 60, 100, 100, 100, 1400, 1439, 9000};
        try (UdpSocket from = UdpSocket.bind(any, OPTIONS);
            UdpSocket plain = UdpSocket.bind(any, UdpOptions.defaults());
            UdpSocket coalescing = UdpSocket.bind(any, UdpOptions.defaults().coalescing(true)))
        {
            final SendBatch mixed = new SendBatch(loopback.arena, 100, from.isIpv6(), from.maxSegments());
            final Endpoint[] ends = {Loopback.endpoint(plain), Loopback.endpoint(coalescing)};
            for (int round = 0; round < 200; round++)
            {
                datagrams.clear();
                final List<List<byte[]>> expected = List.of(new ArrayList<>(), new ArrayList<>());
                final int count = 1 + random.nextInt(100);
                int end = 0;
                int length = 100;
                for (int i = 0; i < count; i++)
                {
                    end = random.nextInt(8) == 0 ? 1 - end : end;
                    length = random.nextInt(6) == 0 ? lengths[random.nextInt(lengths.length)] : length;
                    datagrams.add(mixed, length, ends[end], random.nextBoolean());
                    expected.get(end).add(datagrams.sent().getLast());
                }
                assertEquals(count, from.flush(loopback.calls, mixed));
                Datagrams.assertArrive(loopback, plain, expected.get(0));
                Datagrams.assertArrive(loopback, coalescing, expected.get(1));
            }
            assertEquals(0, mixed.segmentationRefusal());
        }
    }

    @Test
    void sendsOneByOneWhatTheKernelWillNotCutAndMakesNoMoreRuns()
    {
        setOption(sender.fileDescriptor(), SO_NO_CHECK, 1);
        datagrams.add(batch, to, 500, 500, 500, 200);
        datagrams.add(batch, 900, to, false);
        datagrams.add(batch, 900, to, false);
        assertEquals(6, sender.flush(loopback.calls, batch));
        assertEquals(0, batch.failed());
        assertEquals(0, batch.size());
        assertEquals(3500, batch.sentBytes());
        assertEquals(Errno.EINVAL, batch.segmentationRefusal());
        assertEquals(List.of(1, 1, 1, 1, 1, 1), datagrams.assertArrive(loopback, receiver));

        setOption(sender.fileDescriptor(), SO_NO_CHECK, 0);
        datagrams.clear();
        datagrams.add(batch, to, 500, 500, 500);
        assertEquals(3, sender.flush(loopback.calls, batch));
        assertEquals(List.of(1, 1, 1), datagrams.assertArrive(loopback, receiver));
    }

    @Test
    void doesNotBlameTheOffloadForAnEndpointThatTheKernelRefuses()
    {
        datagrams.add(batch, Endpoint.ofIpv4(to.ipv4(), 0), 500, 500, 500);
        datagrams.add(batch, to, 500, 500);
        assertEquals(2, sender.flush(loopback.calls, batch));
        assertEquals(3, batch.failed());
        assertEquals(Errno.EINVAL, batch.lastError());
        assertEquals(0, batch.segmentationRefusal());
        assertEquals(List.of(2), Datagrams.assertArrive(loopback, receiver, datagrams.sent().subList(3, 5)));
    }

    /** Local sockets take a run whole, not knowing how to cut it, and refuse one that their buffer could never hold. */
    @Test
    void losesNothingWhenTheSocketFillsUpBetweenRunsOrWithinOne()
    {
        final int[] pair = loopback.packetPair();
        setOption(pair[0], Linux.SO_SNDBUF(), 20_000);
        final ByteArrayOutputStream expected = new ByteArrayOutputStream();
        for (int round = 0; round < 3; round++)
        {
            datagrams.add(batch, to, Collections.nCopies(8, 1000).stream().mapToInt(i -> i).toArray());
            datagrams.add(batch, to, Collections.nCopies(60, 1001).stream().mapToInt(i -> i).toArray());
            datagrams.add(batch, to, 400);
        }
        datagrams.sent().forEach(expected::writeBytes);

        final ReceiveBatch received = new ReceiveBatch(loopback.arena, 1, ReceiveBatch.COALESCED_LENGTH, 0);
        final ByteArrayOutputStream arrived = new ByteArrayOutputStream();
        int sent = 0;
        int stops = 0;
        int whole = 0;
        while (batch.size() > 0)
        {
            final int before = batch.size();
            final int now = batch.flush(loopback.calls, pair[0]);
            assertEquals(before - now, batch.size());
            assertEquals(0, batch.failed());
            stops += batch.size() > 0 ? 1 : 0;
            assertTrue(batch.size() == 0 || now == 0 || batch.isFull(), "none may be added in the midst of a batch");
            sent += now;
            while (received.receive(loopback.calls, pair[1]) > 0)
            {
                arrived.writeBytes(NativeMemory.at(received.address(0), received.length(0))
                    .toArray(ValueLayout.JAVA_BYTE));
                whole += received.length(0) == 8000 ? 1 : 0;
            }
        }
        assertEquals(3 * 69, sent);
        assertArrayEquals(expected.toByteArray(), arrived.toByteArray());
        assertTrue(stops > 3, stops + " stops");
        assertEquals(3, whole);
        assertEquals(0, batch.segmentationRefusal(), "it was their length, not the offload");
        assertFalse(batch.isFull());
        TunDevice.closeDescriptor(pair[0]);
        TunDevice.closeDescriptor(pair[1]);
    }

    @Test
    void dropsTheRestOfARunThatWasBeingSentPieceByPiece()
    {
        final int[] pair = loopback.packetPair();
        setOption(pair[0], Linux.SO_SNDBUF(), 20_000);
        datagrams.add(batch, to, Collections.nCopies(60, 1000).stream().mapToInt(i -> i).toArray());
        final int sent = batch.flush(loopback.calls, pair[0]);
        assertTrue(sent > 0 && sent < 60, "sent " + sent);
        assertEquals(60 - sent, batch.clear());
        datagrams.clear();
        datagrams.add(batch, to, 700, 700);
        assertEquals(2, sender.flush(loopback.calls, batch));
        assertEquals(List.of(2), datagrams.assertArrive(loopback, receiver));
        TunDevice.closeDescriptor(pair[0]);
        TunDevice.closeDescriptor(pair[1]);
    }

    private void setOption(final int fd, final int option, final int value)
    {
        final MemorySegment memory = loopback.arena.allocateFrom(ValueLayout.JAVA_INT, value);
        assertEquals(
            0, loopback.calls.setsockopt(fd, Linux.SOL_SOCKET(), option, memory.address(), Integer.BYTES));
    }
}
