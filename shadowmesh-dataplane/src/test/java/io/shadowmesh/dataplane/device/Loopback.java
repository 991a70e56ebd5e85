package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the tests of this package share: one thread's calls and memory, sockets on the loopback interface, waits. */
final class Loopback implements AutoCloseable
{
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    final Arena arena = Arena.ofConfined();
    final SystemCalls calls = new SystemCalls(arena);

    static InetSocketAddress ipv4(final int port)
    {
        return new InetSocketAddress(address("127.0.0.1"), port);
    }

    static InetSocketAddress ipv6(final int port)
    {
        return new InetSocketAddress(address("::1"), port);
    }

    static InetAddress address(final String literal)
    {
        try
        {
            return InetAddress.getByName(literal);
        }
        catch (final UnknownHostException e)
        {
            throw new AssertionError("not a literal: " + literal, e);
        }
    }

    static Endpoint endpoint(final UdpSocket socket)
    {
        return Endpoint.of(socket.localAddress());
    }

    /** A pair of connected descriptors that keep packets apart; close each. */
    int[] packetPair()
    {
        final MemorySegment pair = arena.allocate(ValueLayout.JAVA_INT, 2);
        final int type = Linux.SOCK_SEQPACKET() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
        final int result = calls.socketpair(Linux.AF_UNIX(), type, 0, pair.address());
        assertTrue(result == 0, "socketpair: " + result);
        return new int[]{ pair.getAtIndex(ValueLayout.JAVA_INT, 0), pair.getAtIndex(ValueLayout.JAVA_INT, 1) };
    }

    MemorySegment text(final String text)
    {
        return arena.allocateFrom(text, StandardCharsets.US_ASCII);
    }

    void add(final SendBatch batch, final String text, final Endpoint to)
    {
        batch.add(text(text).address(), text.length(), to);
    }

    static String text(final ReceiveBatch batch, final int i)
    {
        return text(batch.address(i), batch.length(i));
    }

    static String text(final long address, final int length)
    {
        return new UnsafeBuffer(address, length).getStringWithoutLengthAscii(0, length);
    }

    /** Waits for a descriptor to be readable. */
    void await(final int fd)
    {
        final Poller poller = new Poller(arena, 1);
        poller.add(fd, Poller.READABLE);
        assertTrue(poller.poll(calls, PATIENCE_NS) == 1, "nothing came within 10 s");
    }

    /** Waits for a batch that is not empty. */
    int receive(final ReceiveBatch batch, final int fd)
    {
        await(fd);
        return batch.receive(calls, fd);
    }

    @Override
    public void close()
    {
        arena.close();
    }
}
