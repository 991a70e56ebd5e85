package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import io.shadowmesh.ffi.linux.Linux;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;
import java.nio.ByteOrder;

/**
 * Up to N messages that arrive in one {@code recvmmsg(2)}, each into a slot of its own.
 *
 * <pre>
 *   slot i:  | headroom, the caller's | message, up to slotLength bytes | padding to an odd multiple of 64 |
 *                                     ^ {@link #address(int)}
 * </pre>
 *
 * <p>A message is one datagram; on a socket with receive offload ({@link UdpSocket#coalesces()}) it may be several of
 * one sender, end to end: all of {@link #segmentLength(int)} bytes, but the last, which may be shorter. Slots of
 * {@link #COALESCED_LENGTH} take the longest.
 *
 * <p><b>Threading:</b> one thread at a time. <b>Ownership:</b> headers and slots live in the arena given; a datagram is
 * valid until the next {@link #receive}.
 *
 * <p><b>Errors:</b> of {@link #receive}. EAGAIN is no work. An ICMP error that arrived for an earlier datagram
 * (ECONNREFUSED, EHOSTUNREACH and the like) is counted in {@link #errors()} and is no work. EBADF, ENOTSOCK, EFAULT and
 * ENOTCONN are returned: the socket is of no more use.
 *
 * <p>A socket bound to a wildcard tells the local address of each message (IP_PKTINFO, IPV6_PKTINFO): an endpoint that
 * {@link #source} has read names it, so that an answer leaves from where the question went.
 *
 * <p>Source: recvmmsg(2), udp(7) UDP_GRO, ip(7), ipv6(7).
 */
public final class ReceiveBatch
{
    /** A slot's length that takes every message of a socket with receive offload. */
    public static final int COALESCED_LENGTH = 65_536;

    /**
     * Bytes of messages to take at a time. Each is written by the kernel, opened and read by the kernel again, and beside
     * what that needs itself this still fits a core's second-level cache.
     */
    private static final int CACHED_LENGTH = 256 * 1024;

    private static final int DONT_WAIT = Linux.MSG_DONTWAIT();
    private static final int TRUNCATED = Linux.MSG_TRUNC();
    private static final int ALIGNMENT = 64;

    private final int capacity;
    private final int slotLength;
    private final int stride;
    private final long firstDatagram;
    private final UnsafeBuffer headers;
    private final UnsafeBuffer names;
    private final UnsafeBuffer controls;

    private int count;
    private int wanted;
    private long errors;
    private int lastError;

    /**
     * An empty batch.
     *
     * @param arena      that owns headers and slots.
     * @param capacity   the most datagrams that one call receives.
     * @param slotLength the longest datagram that is received whole.
     * @param headroom   bytes kept free in front of each datagram.
     */
    public ReceiveBatch(final Arena arena, final int capacity, final int slotLength, final int headroom)
    {
        if (capacity < 1 || slotLength < 1 || headroom < 0)
        {
            throw new IllegalArgumentException(
                "capacity and slot length must be at least 1, headroom not negative: " +
                capacity + ", " + slotLength + ", " + headroom);
        }
        this.capacity = capacity;
        this.slotLength = slotLength;
        // An odd number of cache lines: else the slots' beginnings would all fall into the same sets of the cache.
        stride = (Math.addExact(Math.addExact(headroom, slotLength), ALIGNMENT - 1) & -ALIGNMENT) | ALIGNMENT;
        firstDatagram = arena.allocate((long)stride * capacity, ALIGNMENT).address() + headroom;
        headers = SendBatch.allocate(arena, capacity * MessageLayout.MESSAGE_LENGTH);
        names = SendBatch.allocate(arena, capacity * SocketAddressCodec.SLOT_LENGTH);
        controls = SendBatch.allocate(arena, capacity * MessageLayout.CONTROLS_LENGTH);
        final UnsafeBuffer vectors = SendBatch.allocate(arena, capacity * MessageLayout.VECTOR_LENGTH);
        for (int i = 0; i < capacity; i++)
        {
            final int header = i * MessageLayout.MESSAGE_LENGTH;
            final int vector = i * MessageLayout.VECTOR_LENGTH;
            vectors.putLong(vector + MessageLayout.VECTOR_BASE_OFFSET, address(i));
            vectors.putLong(vector + MessageLayout.VECTOR_BYTES_OFFSET, slotLength);
            headers.putLong(
                header + MessageLayout.NAME_OFFSET, names.addressOffset() + i * SocketAddressCodec.SLOT_LENGTH);
            headers.putLong(header + MessageLayout.VECTORS_OFFSET, vectors.addressOffset() + vector);
            headers.putLong(header + MessageLayout.VECTOR_COUNT_OFFSET, 1);
            headers.putLong(
                header + MessageLayout.CONTROL_OFFSET,
                controls.addressOffset() + i * MessageLayout.CONTROLS_LENGTH);
        }
        wanted = capacity;
        count = capacity;
        offerRoom();
    }

    /** The kernel shortens the lengths of name and control message of every slot that it fills: restore those. */
    private void offerRoom()
    {
        for (int i = 0; i < count; i++)
        {
            final int header = i * MessageLayout.MESSAGE_LENGTH;
            headers.putInt(header + MessageLayout.NAME_LENGTH_OFFSET, SocketAddressCodec.NAME_LENGTH);
            headers.putLong(header + MessageLayout.CONTROL_LENGTH_OFFSET, MessageLayout.CONTROLS_LENGTH);
        }
        count = 0;
    }

    /**
     * Receives what is there, up to the capacity, and never waits. After long messages it takes fewer at a time, so that
     * one is still in the cache when it is read again: {@link #CACHED_LENGTH}.
     *
     * @param calls of the calling thread.
     * @param fd    of the socket.
     * @return how many messages came, or {@code -errno} if the socket is of no more use.
     */
    public int receive(final SystemCalls calls, final int fd)
    {
        offerRoom();
        final int result = calls.recvmmsg(fd, headers.addressOffset(), wanted, DONT_WAIT, 0);
        if (result >= 0)
        {
            count = result;
            wanted = result > 0 ? fitting() : wanted;
            return result;
        }
        if (result == -Errno.EAGAIN || result == -Errno.EINTR)
        {
            return 0;
        }
        if (MessageLayout.isFatal(result) || result == -Errno.ENOTCONN)
        {
            return result;
        }
        errors++;
        lastError = -result;
        return 0;
    }

    /** How many messages as long as the last ones the cache holds. */
    private int fitting()
    {
        long bytes = 1;
        for (int i = 0; i < count; i++)
        {
            bytes += length(i);
        }
        return Math.clamp((long)CACHED_LENGTH * count / bytes, 1, capacity);
    }

    /**
     * Tells how many datagrams the last {@link #receive} brought.
     *
     * @return the count.
     */
    public int size()
    {
        return count;
    }

    /**
     * Tells how many datagrams one call receives at most.
     *
     * @return the capacity.
     */
    public int capacity()
    {
        return capacity;
    }

    /**
     * Tells where a datagram lies.
     *
     * @param i below the capacity.
     * @return the address of its first byte, the same in every batch.
     */
    public long address(final int i)
    {
        return firstDatagram + (long)i * stride;
    }

    /**
     * Tells how long a datagram is.
     *
     * @param i below {@link #size()}.
     * @return the bytes received, at most the slot's length.
     */
    public int length(final int i)
    {
        return headers.getInt(i * MessageLayout.MESSAGE_LENGTH + MessageLayout.BYTES_OFFSET);
    }

    /**
     * Tells how long the datagrams of a message are.
     *
     * @param i below {@link #size()}.
     * @return the length of each but the last, which may be shorter; that of the message, where it is one datagram.
     */
    public int segmentLength(final int i)
    {
        final int told =
            MessageLayout.segmentLength(controls, i * MessageLayout.CONTROLS_LENGTH, controlLength(i));
        return told > 0 ? told : length(i);
    }

    private long controlLength(final int i)
    {
        return headers.getLong(i * MessageLayout.MESSAGE_LENGTH + MessageLayout.CONTROL_LENGTH_OFFSET);
    }

    /**
     * Tells the longest datagram that is received whole.
     *
     * @return the slot's length.
     */
    public int slotLength()
    {
        return slotLength;
    }

    /**
     * Tells whether a datagram was longer than its slot and has lost its end.
     *
     * @param i below {@link #size()}.
     * @return true if it is not whole.
     */
    public boolean truncated(final int i)
    {
        final int flags = headers.getInt(i * MessageLayout.MESSAGE_LENGTH + MessageLayout.FLAGS_OFFSET);
        return (flags & TRUNCATED) != 0;
    }

    /**
     * Compares a datagram's source with an endpoint, without allocation. Where the endpoint names a local address, the
     * datagram must have been sent to that.
     *
     * @param i        below {@link #size()}.
     * @param endpoint to compare with; null equals nothing.
     * @return true if the datagram came from there.
     */
    public boolean sourceIs(final int i, final Endpoint endpoint)
    {
        return SocketAddressCodec.matches(names, i * SocketAddressCodec.SLOT_LENGTH, endpoint) &&
            (!endpoint.hasSource() || wasSentTo(i, endpoint));
    }

    /** True also if the kernel does not tell what the datagram was sent to. */
    private boolean wasSentTo(final int i, final Endpoint endpoint)
    {
        final int ipv6 = localIpv6(i);
        if (ipv6 >= 0)
        {
            return controls.getLong(ipv6, ByteOrder.BIG_ENDIAN) == endpoint.sourceHigh() &&
                controls.getLong(ipv6 + Long.BYTES, ByteOrder.BIG_ENDIAN) == endpoint.sourceLow();
        }
        final int ipv4 = localIpv4(i);
        return ipv4 < 0 || endpoint.sourceHigh() == 0 && endpoint.sourceLow() == mapped(ipv4);
    }

    private int localIpv6(final int i)
    {
        return MessageLayout.localAddress(controls, i * MessageLayout.CONTROLS_LENGTH, controlLength(i), true);
    }

    private int localIpv4(final int i)
    {
        return MessageLayout.localAddress(controls, i * MessageLayout.CONTROLS_LENGTH, controlLength(i), false);
    }

    private long mapped(final int offset)
    {
        return SocketAddressCodec.IPV4_MAPPED |
            Integer.toUnsignedLong(controls.getInt(offset, ByteOrder.BIG_ENDIAN));
    }

    /** Puts what the kernel tells of the local address beside the source. */
    private void noteLocal(final int i)
    {
        final int slot = i * SocketAddressCodec.SLOT_LENGTH;
        final int ipv6 = localIpv6(i);
        if (ipv6 >= 0)
        {
            SocketAddressCodec.putLocal(
                names,
                slot,
                controls.getLong(ipv6, ByteOrder.BIG_ENDIAN),
                controls.getLong(ipv6 + Long.BYTES, ByteOrder.BIG_ENDIAN));
            return;
        }
        final int ipv4 = localIpv4(i);
        SocketAddressCodec.putLocal(names, slot, 0, ipv4 < 0 ? 0 : mapped(ipv4));
    }

    /**
     * Tells where a datagram's source address lies, as the kernel wrote it, and behind it the local address that it was
     * sent to, if the kernel tells it.
     *
     * @param i below {@link #size()}.
     * @return the address of {@link SocketAddressCodec#SLOT_LENGTH} bytes, valid until the next {@link #receive}.
     */
    public long sourceAddress(final int i)
    {
        noteLocal(i);
        return names.addressOffset() + (long)i * SocketAddressCodec.SLOT_LENGTH;
    }

    /**
     * Reads a datagram's source. Allocates it: for handshakes and for peers that have moved.
     *
     * @param i below {@link #size()}.
     * @return where the datagram came from, and what it was sent to, or null if the socket is not of the internet
     *     families.
     */
    public Endpoint source(final int i)
    {
        noteLocal(i);
        return SocketAddressCodec.decode(names, i * SocketAddressCodec.SLOT_LENGTH);
    }

    /**
     * Tells how many calls answered with an error that was not the socket's end.
     *
     * @return the count since the batch was made.
     */
    public long errors()
    {
        return errors;
    }

    /**
     * Tells the last error that was not the socket's end.
     *
     * @return a positive error number, or 0 if there was none.
     */
    public int lastError()
    {
        return lastError;
    }
}
