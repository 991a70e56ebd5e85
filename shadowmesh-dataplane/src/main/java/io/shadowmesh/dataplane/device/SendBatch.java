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
 * <p>With segmentation offload (more than one segment, see {@link UdpSocket#maxSegments()}), datagrams that follow each
 * other, go to the same endpoint and have the same length, the last of them perhaps less, cross the kernel as one:
 * {@link MessageRuns}. A lone datagram leaves by {@code sendto(2)}, which is cheaper, unless its endpoint names the local
 * address to send from. A slot remembers the endpoint that
 * it was last encoded for, so that a peer which does not move costs nothing.
 *
 * <p><b>Threading:</b> one thread at a time. <b>Ownership:</b> the headers live in the arena given; the payloads are
 * the caller's and must stay as they are until {@link #flush} has let them go.
 *
 * <p><b>Errors:</b> of {@link #flush}. The kernel reports an error for the first message of a call alone, so each is
 * about one run:
 *
 * <ul>
 * <li>EAGAIN, the socket's buffer is full: it stops; what is left stays in the batch for a later flush, or for
 * {@link #clear()}.</li>
 * <li>EINTR: again; after some times in a row it stops, as if the buffer were full.</li>
 * <li>EBADF, ENOTSOCK, EFAULT: returned, negative; the socket is of no more use.</li>
 * <li>EINVAL, ENETUNREACH, EADDRNOTAVAIL where the endpoint names a local address: this machine may not hold it any more,
 * so the same goes again, and the kernel chooses.</li>
 * <li>EIO, EINVAL, EMSGSIZE of a run of several: the same datagrams go again one by one. If they do go, it was the
 * offload that the kernel refused: the batch does without it from then on, see {@link #segmentationRefusal()}.</li>
 * <li>All others (ENOBUFS, ENETUNREACH, EHOSTUNREACH, EPERM, EMSGSIZE, ECONNREFUSED, EINVAL ...): the datagrams of that
 * run are counted as {@link #failed()}, dropped, and the rest go on.</li>
 * </ul>
 *
 * <p>Source: sendmmsg(2), sendto(2), udp(7).
 */
public final class SendBatch
{
    private static final int DONT_WAIT = Linux.MSG_DONTWAIT();

    /** How often in a row a flush begins again what a signal has interrupted. */
    private static final int ATTEMPTS = 16;

    private final int capacity;
    private final MessageRuns runs;

    private int datagrams;
    private int head;
    private boolean piecemeal;
    private int piecesLeft;
    private int refusal;
    private int suspicion;

    private int failed;
    private int lastError;
    private long sentBytes;
    private int sendCalls;
    private int fragmented;
    private Endpoint fragmentedTo;
    private boolean tooLong;

    /**
     * An empty batch without segmentation offload.
     *
     * @param arena    that owns the headers.
     * @param capacity the most datagrams that it holds.
     * @param ipv6     whether the socket is of the IPv6 family, see {@link UdpSocket#isIpv6()}.
     */
    public SendBatch(final Arena arena, final int capacity, final boolean ipv6)
    {
        this(arena, capacity, ipv6, 1);
    }

    /**
     * An empty batch.
     *
     * @param arena       that owns the headers.
     * @param capacity    the most datagrams that it holds.
     * @param ipv6        whether the socket is of the IPv6 family, see {@link UdpSocket#isIpv6()}.
     * @param maxSegments most datagrams that may cross the kernel as one, see {@link UdpSocket#maxSegments()}; 1 for no
     *                    segmentation offload.
     */
    public SendBatch(final Arena arena, final int capacity, final boolean ipv6, final int maxSegments)
    {
        if (capacity < 1 || maxSegments < 1)
        {
            throw new IllegalArgumentException(
                "capacity and segments must be at least 1: " + capacity + ", " + maxSegments);
        }
        this.capacity = capacity;
        this.runs = new MessageRuns(arena, capacity, ipv6, maxSegments);
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
        if (room() == 0)
        {
            throw new IllegalStateException("the batch is full: flush it first");
        }
        runs.add(address, length, to);
        datagrams++;
    }

    /**
     * Tells how many datagrams wait.
     *
     * @return the count of those that have neither left nor failed.
     */
    public int size()
    {
        return datagrams;
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
     * Tells how many datagrams may be added before the next flush. Between a flush that the socket did not take whole
     * and the one that ends it, there may be none.
     *
     * @return the count, 0 if it is full.
     */
    public int room()
    {
        return head > 0 || piecemeal ? 0 : capacity - datagrams;
    }

    /**
     * Tells whether the batch must be flushed before the next {@link #add}.
     *
     * @return true if no slot is free.
     */
    public boolean isFull()
    {
        return room() == 0;
    }

    /**
     * Drops what waits.
     *
     * @return how many datagrams that were.
     */
    public int clear()
    {
        final int dropped = datagrams;
        runs.clear();
        datagrams = 0;
        head = 0;
        piecemeal = false;
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
        sendCalls = 0;
        fragmented = 0;
        fragmentedTo = null;
    }

    /** As {@link #flush(SystemCalls, int)}, but may leave off at a datagram that is longer than the path takes. */
    int flush(final SystemCalls calls, final int fd, final boolean stopAtTooLong)
    {
        int sent = 0;
        int interruptions = 0;
        tooLong = false;
        while (head < runs.count())
        {
            final boolean single = piecemeal || runs.segments(head) == 1;
            final int result = send(calls, fd);
            if (result > 0)
            {
                sent += result;
                interruptions = 0;
            }
            else if (result == -Errno.EAGAIN || result == 0 ||
                result == -Errno.EINTR && ++interruptions == ATTEMPTS)
            {
                return sent;
            }
            else if (MessageLayout.isFatal(result))
            {
                return result;
            }
            else if (!single && mayBeTheOffload(result))
            {
                takeApart(-result);
            }
            else if (mayBeTheSource(result))
            {
                continue;
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
        clear();
        return sent;
    }

    /** Has the first run that waits sent piece by piece. */
    private void takeApart(final int errno)
    {
        piecemeal = true;
        piecesLeft = runs.segments(head);
        suspicion = errno;
        runs.rewind(head);
    }

    /** Sends as much as one system call takes. Returns how many datagrams left, or {@code -errno}. */
    private int send(final SystemCalls calls, final int fd)
    {
        sendCalls++;
        if (piecemeal)
        {
            return sendPiece(calls, fd);
        }
        final int waiting = runs.count() - head;
        if (waiting > 1)
        {
            return leave(calls.sendmmsg(fd, runs.headerAddress(head), waiting, DONT_WAIT));
        }
        final long result = runs.segments(head) > 1 || runs.hasSource(head) ?
            calls.sendmsg(fd, runs.headerAddress(head), DONT_WAIT) :
            sendto(calls, fd, runs.firstAddress(head), runs.length(head));
        return result >= 0 ? leave(1) : (int)result;
    }

    private int sendPiece(final SystemCalls calls, final int fd)
    {
        final int length = runs.nextLength(head);
        final long result = runs.hasSource(head) ?
            calls.sendmsg(fd, runs.nextHeaderAddress(head), DONT_WAIT) :
            sendto(calls, fd, runs.nextAddress(), length);
        if (result < 0)
        {
            return (int)result;
        }
        if (suspicion == Errno.EIO || suspicion == Errno.EINVAL)
        {
            refusal = suspicion;
            runs.maxSegments(1);
        }
        sentBytes += length;
        pieceGone();
        return 1;
    }

    private long sendto(final SystemCalls calls, final int fd, final long address, final int length)
    {
        return calls.sendto(fd, address, length, DONT_WAIT, runs.nameAddress(head), runs.nameLength(head));
    }

    /** Runs that the kernel has taken. Returns how many datagrams they were; a negative count is an error, passed on. */
    private int leave(final int count)
    {
        int left = 0;
        for (int i = 0; i < count; i++)
        {
            left += runs.segments(head);
            sentBytes += runs.length(head);
            head++;
        }
        datagrams -= left;
        return count < 0 ? count : left;
    }

    private void pieceGone()
    {
        datagrams--;
        runs.skipNext(head);
        if (--piecesLeft == 0)
        {
            piecemeal = false;
            suspicion = 0;
            head++;
        }
    }

    private static boolean mayBeTheOffload(final int result)
    {
        return result == -Errno.EIO || result == -Errno.EINVAL || result == -Errno.EMSGSIZE;
    }

    /** Has a datagram that was refused go without the local address that it names, if that may be why. */
    private boolean mayBeTheSource(final int result)
    {
        final boolean dropped =
            (result == -Errno.EINVAL || result == -Errno.ENETUNREACH || result == -Errno.EADDRNOTAVAIL) &&
            runs.dropSource(head);
        if (dropped)
        {
            suspicion = 0;
        }
        return dropped;
    }

    /**
     * Sends the first datagram that waits, which the last flush has left off at, alone. Returns how many left, or
     * {@code -errno} if it stays: EAGAIN, or the socket is of no more use.
     */
    int flushFirst(final SystemCalls calls, final int fd)
    {
        if (!piecemeal)
        {
            takeApart(0);
        }
        // Without DF it may go although the offload was refused for its length.
        suspicion = 0;
        sendCalls++;
        final Endpoint endpoint = runs.endpoint(head);
        final int result = sendPiece(calls, fd);
        if (result > 0)
        {
            fragmented++;
            fragmentedTo = endpoint;
        }
        else if (result == -Errno.EAGAIN || MessageLayout.isFatal(result))
        {
            return result;
        }
        else if (result != -Errno.EINTR && !mayBeTheSource(result))
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
        if (piecemeal)
        {
            failed++;
            pieceGone();
        }
        else
        {
            failed += runs.segments(head);
            datagrams -= runs.segments(head);
            head++;
        }
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

    /**
     * Tells whose path was too short for a datagram of the last flush.
     *
     * @return the endpoint of the last of those that left without DF, or null if there was none.
     */
    public Endpoint fragmentedTo()
    {
        return fragmentedTo;
    }

    /**
     * Tells how many system calls the last flush made.
     *
     * @return the count.
     */
    public int sendCalls()
    {
        return sendCalls;
    }

    /**
     * Tells whether and why the batch has given up segmentation offload.
     *
     * @return the positive error number with which the kernel refused it, or 0.
     */
    public int segmentationRefusal()
    {
        return refusal;
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
