package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Up to N datagrams that leave in one {@code sendmmsg(2)}, each from the memory that it lies in.
 *
 * <p>A lone datagram leaves by {@code sendto(2)}, which is cheaper. A slot remembers the endpoint that it was last
 * encoded for, so that a peer which does not move costs nothing.
 *
 * <p><b>Threading:</b> one thread at a time. <b>Ownership:</b> the headers live in the arena given; the payloads are
 * the caller's and must stay as they are until {@link #flush} has let them go.
 *
 * <p><b>Errors:</b> of {@link #flush}. The kernel reports an error for the first datagram of a call alone, so each is
 * about one datagram:
 *
 * <ul>
 * <li>EAGAIN, the socket's buffer is full: it stops; what is left stays in the batch for a later flush, or for
 * {@link #clear()}.</li>
 * <li>EINTR: again.</li>
 * <li>EBADF, ENOTSOCK, EFAULT: returned, negative; the socket is of no more use.</li>
 * <li>All others (ENOBUFS, ENETUNREACH, EHOSTUNREACH, EPERM, EMSGSIZE, ECONNREFUSED, EINVAL ...): that datagram is
 * counted as {@link #failed()}, dropped, and the rest go on.</li>
 * </ul>
 *
 * <p>Source: sendmmsg(2), sendto(2), udp(7).
 */
public final class SendBatch
{
    private static final int DONT_WAIT = Linux.MSG_DONTWAIT();

    private final int capacity;
    private final boolean ipv6;
    private final UnsafeBuffer headers;
    private final UnsafeBuffer vectors;
    private final UnsafeBuffer names;
    private final Endpoint[] encoded;

    private int head;
    private int tail;
    private int failed;
    private int lastError;
    private long sentBytes;
    private int fragmented;
    private boolean tooLong;

    /**
     * An empty batch.
     *
     * @param arena    that owns the headers.
     * @param capacity the most datagrams that it holds.
     * @param ipv6     whether the socket is of the IPv6 family, see {@link UdpSocket#isIpv6()}.
     */
    public SendBatch(final Arena arena, final int capacity, final boolean ipv6)
    {
        if (capacity < 1)
        {
            throw new IllegalArgumentException("capacity must be at least 1: " + capacity);
        }
        this.capacity = capacity;
        this.ipv6 = ipv6;
        headers = allocate(arena, capacity * MessageLayout.MESSAGE_LENGTH);
        vectors = allocate(arena, capacity * MessageLayout.VECTOR_LENGTH);
        names = allocate(arena, capacity * SocketAddressCodec.SLOT_LENGTH);
        encoded = new Endpoint[capacity];
        for (int i = 0; i < capacity; i++)
        {
            final int header = i * MessageLayout.MESSAGE_LENGTH;
            headers.putLong(
                header + MessageLayout.NAME_OFFSET, names.addressOffset() + i * SocketAddressCodec.SLOT_LENGTH);
            headers.putLong(
                header + MessageLayout.VECTORS_OFFSET, vectors.addressOffset() + i * MessageLayout.VECTOR_LENGTH);
            headers.putLong(header + MessageLayout.VECTOR_COUNT_OFFSET, 1);
        }
    }

    static UnsafeBuffer allocate(final Arena arena, final int length)
    {
        final MemorySegment memory = arena.allocate(length, 64);
        return new UnsafeBuffer(memory.address(), length);
    }

    /**
     * Adds a datagram.
     *
     * @param address of its first byte; the bytes stay there until they have been flushed.
     * @param length  of the datagram.
     * @param to      where it goes.
     * @throws IllegalStateException if the batch {@link #isFull()}.
     */
    public void add(final long address, final int length, final Endpoint to)
    {
        final int slot = tail;
        if (slot == capacity)
        {
            throw new IllegalStateException("the batch is full: flush it first");
        }
        final int vector = slot * MessageLayout.VECTOR_LENGTH;
        vectors.putLong(vector + MessageLayout.VECTOR_BASE_OFFSET, address);
        vectors.putLong(vector + MessageLayout.VECTOR_BYTES_OFFSET, length);
        if (encoded[slot] != to)
        {
            final int nameLength = SocketAddressCodec.encode(names, slot * SocketAddressCodec.SLOT_LENGTH, to, ipv6);
            headers.putInt(slot * MessageLayout.MESSAGE_LENGTH + MessageLayout.NAME_LENGTH_OFFSET, nameLength);
            encoded[slot] = to;
        }
        tail = slot + 1;
    }

    /**
     * Tells how many datagrams wait.
     *
     * @return the count of those that have neither left nor failed.
     */
    public int size()
    {
        return tail - head;
    }

    /**
     * Tells how many datagrams it holds at most.
     *
     * @return the capacity.
     */
    public int capacity()
    {
        return capacity;
    }

    /**
     * Tells whether the batch must be flushed before the next {@link #add}.
     *
     * @return true if no slot is free.
     */
    public boolean isFull()
    {
        return tail == capacity;
    }

    /**
     * Drops what waits.
     *
     * @return how many datagrams that were.
     */
    public int clear()
    {
        final int dropped = tail - head;
        head = 0;
        tail = 0;
        return dropped;
    }

    /**
     * Sends what waits, as far as the socket takes it. A datagram that the kernel refuses is dropped and counted.
     *
     * @param calls of the calling thread.
     * @param fd    of the socket.
     * @return how many datagrams left, or {@code -errno} if the socket is of no more use.
     */
    public int flush(final SystemCalls calls, final int fd)
    {
        beginFlush();
        return flush(calls, fd, false);
    }

    /** Forgets what the last flush has counted. */
    void beginFlush()
    {
        failed = 0;
        sentBytes = 0;
        fragmented = 0;
    }

    /** As {@link #flush(SystemCalls, int)}, but may leave off at a datagram that is longer than the path takes. */
    int flush(final SystemCalls calls, final int fd, final boolean stopAtTooLong)
    {
        int sent = 0;
        tooLong = false;
        while (head < tail)
        {
            final int result = tail - head == 1 ? sendOne(calls, fd) : sendSeveral(calls, fd);
            if (result > 0)
            {
                sentBytes += bytes(head, result);
                head += result;
                sent += result;
            }
            else if (result == -Errno.EAGAIN || result == 0)
            {
                return sent;
            }
            else if (MessageLayout.isFatal(result))
            {
                return result;
            }
            else if (result == -Errno.EMSGSIZE && stopAtTooLong)
            {
                tooLong = true;
                return sent;
            }
            else if (result != -Errno.EINTR)
            {
                drop(-result);
            }
        }
        head = 0;
        tail = 0;
        return sent;
    }

    /** Sends the first datagram that waits, which the last flush has left off at, alone. */
    int flushFirst(final SystemCalls calls, final int fd)
    {
        final int result = sendOne(calls, fd);
        if (result > 0)
        {
            sentBytes += bytes(head, 1);
            head++;
            fragmented++;
        }
        else if (MessageLayout.isFatal(result))
        {
            return result;
        }
        else
        {
            drop(-result);
        }
        return Math.max(0, result);
    }

    /** True if the last flush has left off at a datagram that is longer than the path takes. */
    boolean isTooLong()
    {
        return tooLong;
    }

    private void drop(final int errno)
    {
        lastError = errno;
        failed++;
        head++;
    }

    /**
     * Tells how many datagrams of the last flush were longer than the path takes and left without DF.
     *
     * @return the count.
     */
    public int fragmented()
    {
        return fragmented;
    }

    private int sendSeveral(final SystemCalls calls, final int fd)
    {
        return calls.sendmmsg(
            fd, headers.addressOffset() + (long)head * MessageLayout.MESSAGE_LENGTH, tail - head, DONT_WAIT);
    }

    private int sendOne(final SystemCalls calls, final int fd)
    {
        final int vector = head * MessageLayout.VECTOR_LENGTH;
        final int header = head * MessageLayout.MESSAGE_LENGTH;
        final long result = calls.sendto(
            fd,
            vectors.getLong(vector + MessageLayout.VECTOR_BASE_OFFSET),
            vectors.getLong(vector + MessageLayout.VECTOR_BYTES_OFFSET),
            DONT_WAIT,
            headers.getLong(header + MessageLayout.NAME_OFFSET),
            headers.getInt(header + MessageLayout.NAME_LENGTH_OFFSET));
        return result >= 0 ? 1 : (int)result;
    }

    private long bytes(final int first, final int count)
    {
        long bytes = 0;
        for (int i = first; i < first + count; i++)
        {
            bytes += vectors.getLong(i * MessageLayout.VECTOR_LENGTH + MessageLayout.VECTOR_BYTES_OFFSET);
        }
        return bytes;
    }

    /**
     * Tells how many datagrams the last {@link #flush} dropped because the kernel refused them.
     *
     * @return the count.
     */
    public int failed()
    {
        return failed;
    }

    /**
     * Tells why the kernel last refused a datagram.
     *
     * @return a positive error number, or 0 if it never has.
     */
    public int lastError()
    {
        return lastError;
    }

    /**
     * Tells how many payload bytes left with the last {@link #flush}.
     *
     * @return the bytes of the datagrams sent.
     */
    public long sentBytes()
    {
        return sentBytes;
    }
}
