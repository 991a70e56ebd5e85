package io.shadowmesh.cli.demo;

import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

/**
 * ICMP echo requests by a raw socket, one at a time.
 *
 * <p><b>Threading:</b> it belongs to the thread that opens it, and to that thread's network namespace.
 *
 * <p>Source: raw(7), RFC 792, RFC 1071.
 */
final class EchoSocket implements AutoCloseable
{
    private static final int AF_INET = 2;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int IPPROTO_ICMP = 1;
    private static final int MSG_DONTWAIT = 0x40;
    private static final short POLLIN = 1;

    private static final int ECHO_REPLY = 0;
    private static final int ECHO_REQUEST = 8;
    private static final int HEADER_LENGTH = 8;
    private static final int DATA_LENGTH = 56;
    private static final int MESSAGE_LENGTH = HEADER_LENGTH + DATA_LENGTH;
    private static final int ADDRESS_LENGTH = 16;
    private static final int BUFFER_LENGTH = 2048;
    private static final int LEAST_IP_HEADER = 20;

    private static final ValueLayout.OfShort BIG_SHORT =
        ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final Arena arena = Arena.ofConfined();
    private final SystemCalls calls = new SystemCalls(arena);
    private final MemorySegment request = arena.allocate(MESSAGE_LENGTH, Long.BYTES);
    private final MemorySegment reply = arena.allocate(BUFFER_LENGTH, Long.BYTES);
    private final MemorySegment target = arena.allocate(ADDRESS_LENGTH, Long.BYTES);
    private final MemorySegment poll = arena.allocate(Long.BYTES, Long.BYTES);
    private final MemorySegment timeout = arena.allocate(2L * Long.BYTES, Long.BYTES);
    private final short identifier = (short)ProcessHandle.current().pid();
    private final int fd;
    private short sequence;

    EchoSocket(final InetAddress address) throws IOException
    {
        fd = calls.socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
        if (fd < 0)
        {
            arena.close();
            throw new IOException("socket(SOCK_RAW, IPPROTO_ICMP): " + Errno.describe(-fd));
        }
        target.set(ValueLayout.JAVA_SHORT, 0, (short)AF_INET);
        MemorySegment.copy(address.getAddress(), 0, target, ValueLayout.JAVA_BYTE, 4, 4);
        poll.set(ValueLayout.JAVA_INT, 0, fd);
        poll.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
        for (int i = HEADER_LENGTH; i < MESSAGE_LENGTH; i++)
        {
            request.set(ValueLayout.JAVA_BYTE, i, (byte)i);
        }
    }

    /**
     * Sends one request and waits for its reply; replies to earlier ones are passed over.
     *
     * @return the round trip in ns, or -1 if there was none in time.
     */
    long roundTrip(final long patienceNs)
    {
        sequence++;
        request.set(ValueLayout.JAVA_BYTE, 0, (byte)ECHO_REQUEST);
        request.set(BIG_SHORT, 2, (short)0);
        request.set(BIG_SHORT, 4, identifier);
        request.set(BIG_SHORT, 6, sequence);
        request.set(BIG_SHORT, 2, checksum(request, MESSAGE_LENGTH));
        final long start = System.nanoTime();
        calls.sendto(fd, request.address(), MESSAGE_LENGTH, MSG_DONTWAIT, target.address(), ADDRESS_LENGTH);
        while (true)
        {
            final long length = calls.recvfrom(fd, reply.address(), BUFFER_LENGTH, MSG_DONTWAIT, 0, 0);
            final long elapsed = System.nanoTime() - start;
            if (length > 0 && isReply((int)length))
            {
                return elapsed;
            }
            if (elapsed >= patienceNs)
            {
                return -1;
            }
            if (length <= 0)
            {
                await(patienceNs - elapsed);
            }
        }
    }

    private void await(final long ns)
    {
        timeout.set(ValueLayout.JAVA_LONG, 0, ns / TimeUnit.SECONDS.toNanos(1));
        timeout.set(ValueLayout.JAVA_LONG, Long.BYTES, ns % TimeUnit.SECONDS.toNanos(1));
        calls.ppoll(poll.address(), 1, timeout.address(), 0);
    }

    private boolean isReply(final int length)
    {
        if (length < LEAST_IP_HEADER)
        {
            return false;
        }
        final int ip = (reply.get(ValueLayout.JAVA_BYTE, 0) & 0xf) * 4;
        return length >= ip + MESSAGE_LENGTH &&
            reply.get(ValueLayout.JAVA_BYTE, ip) == ECHO_REPLY &&
            reply.get(BIG_SHORT, ip + 4) == identifier &&
            reply.get(BIG_SHORT, ip + 6) == sequence &&
            MemorySegment.mismatch(request, HEADER_LENGTH, MESSAGE_LENGTH,
                reply, ip + HEADER_LENGTH, ip + MESSAGE_LENGTH) < 0;
    }

    /** The Internet checksum: the complement of the ones' complement sum of the 16-bit words. */
    static short checksum(final MemorySegment bytes, final int length)
    {
        int sum = 0;
        for (int i = 0; i < length; i += 2)
        {
            sum += bytes.get(BIG_SHORT, i) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (short)~(sum + (sum >>> 16));
    }

    @Override
    public void close()
    {
        calls.close(fd);
        arena.close();
    }
}
