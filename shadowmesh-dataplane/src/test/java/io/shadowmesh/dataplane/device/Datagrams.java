package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.memory.GuardedMemory;
import io.shadowmesh.ffi.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Datagrams of random bytes that go through a {@link SendBatch}, kept to be compared with what arrives. */
final class Datagrams
{
    private static final int ROOM = 1 << 20;
    private static final int GAP = 8;

    private final Random random = new Random(9443);
    private final MemorySegment memory;
    private final List<byte[]> sent = new ArrayList<>();
    private int used;

    Datagrams(final Loopback loopback)
    {
        memory = loopback.arena.allocate(ROOM, 64);
    }

    /** Adds a datagram that lies right behind the last one, or apart from it. */
    void add(final SendBatch batch, final int length, final Endpoint to, final boolean adjacent)
    {
        used += adjacent ? 0 : GAP;
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        final long address = memory.address() + used;
        GuardedMemory.put(address, bytes);
        used += length;
        assertTrue(used <= ROOM, "the test needs more room");
        batch.add(address, length, to);
        sent.add(bytes);
    }

    /** Adds datagrams end to end. */
    void add(final SendBatch batch, final Endpoint to, final int... lengths)
    {
        for (final int length : lengths)
        {
            add(batch, length, to, true);
        }
    }

    List<byte[]> sent()
    {
        return sent;
    }

    /** Takes the memory for the next batch, and forgets what was sent. */
    void clear()
    {
        used = 0;
        sent.clear();
    }

    /** Asserts that the datagrams sent arrive, all of them and in order. Returns how many each message carried. */
    List<Integer> assertArrive(final Loopback loopback, final UdpSocket receiver)
    {
        return assertArrive(loopback, receiver, sent);
    }

    /** Asserts that these datagrams arrive. Returns how many each message carried. */
    static List<Integer> assertArrive(
        final Loopback loopback, final UdpSocket receiver, final List<byte[]> expected)
    {
        final ReceiveBatch batch = new ReceiveBatch(loopback.arena, 16, ReceiveBatch.COALESCED_LENGTH, 0);
        final List<Integer> carried = new ArrayList<>();
        int arrived = 0;
        while (arrived < expected.size())
        {
            loopback.await(receiver.fileDescriptor());
            final int messages = batch.receive(loopback.calls, receiver.fileDescriptor());
            for (int i = 0; i < messages; i++)
            {
                assertFalse(batch.truncated(i));
                final List<byte[]> datagrams = cut(batch, i);
                carried.add(datagrams.size());
                for (final byte[] datagram : datagrams)
                {
                    assertTrue(arrived < expected.size(), "a datagram that was not sent");
                    assertArrayEquals(expected.get(arrived), datagram, "datagram " + arrived);
                    arrived++;
                }
            }
        }
        assertEquals(0, batch.receive(loopback.calls, receiver.fileDescriptor()), "more than was sent");
        return carried;
    }

    private static List<byte[]> cut(final ReceiveBatch batch, final int i)
    {
        final byte[] message = NativeMemory.at(batch.address(i), batch.length(i))
            .toArray(ValueLayout.JAVA_BYTE);
        final List<byte[]> datagrams = new ArrayList<>();
        int at = 0;
        do
        {
            final int end = Math.min(message.length, at + batch.segmentLength(i));
            datagrams.add(Arrays.copyOfRange(message, at, end));
            at = end;
        }
        while (at < message.length);
        return datagrams;
    }
}
