package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;

/**
 * The {@code struct mmsghdr}s of a {@link SendBatch}. Each is a <em>run</em>: one datagram, or with segmentation offload
 * several for the same endpoint, all of the first one's length but the last, which may be shorter. The kernel cuts a
 * run by its segment length, wherever in memory the parts lie; parts that follow each other in memory share a vector.
 *
 * <pre>
 *   run:      mmsghdr | control: source address, segment length | socket address
 *   vectors:  | run 0: a, b | run 1: c | run 2: d, e, f | ...
 * </pre>
 *
 * <p>A run goes out from the local address that its endpoint names, if any (IP_PKTINFO, IPV6_PKTINFO). The control message
 * that says so ends where the one of the segments begins: each can go without the other.
 *
 * <p>Source: sendmmsg(2), udp(7) UDP_SEGMENT, ip(7) IP_PKTINFO, ipv6(7) IPV6_PKTINFO, cmsg(3).
 */
final class MessageRuns
{
    /**
     * The longest run: Linux makes no IPv4 packet of more than 65,520 bytes (IP_MAX_MTU), which leaves this beside the
     * headers of IP and UDP. Over IPv6 it would take more.
     */
    static final int MAX_RUN_LENGTH = 65_492;

    /** Where, in a run's control messages, that of the segments begins. */
    private static final int SEGMENT_CONTROL_OFFSET = MessageLayout.IPV6_SOURCE_CONTROL_LENGTH;

    private final boolean ipv6;
    private final UnsafeBuffer headers;
    private final UnsafeBuffer controls;
    private final UnsafeBuffer vectors;
    private final UnsafeBuffer names;
    private final UnsafeBuffer piece;
    private final Endpoint[] encoded;
    private final int[] segments;
    private final int[] segmentLength;
    private final int[] length;
    private final int[] firstVector;
    private final int[] sourceLength;

    private int maxSegments;
    private int count;
    private int vectorCount;
    private long vectorEnd;
    private boolean open;

    // Where the next datagram of a run that is sent piece by piece lies.
    private int nextVector;
    private int nextOffset;

    MessageRuns(final Arena arena, final int capacity, final boolean ipv6, final int maxSegments)
    {
        this.ipv6 = ipv6;
        this.maxSegments = maxSegments;
        headers = SendBatch.allocate(arena, capacity * MessageLayout.MESSAGE_LENGTH);
        controls = SendBatch.allocate(arena, capacity * MessageLayout.CONTROLS_LENGTH);
        vectors = SendBatch.allocate(arena, capacity * MessageLayout.VECTOR_LENGTH);
        names = SendBatch.allocate(arena, capacity * SocketAddressCodec.SLOT_LENGTH);
        piece = SendBatch.allocate(arena, MessageLayout.MESSAGE_LENGTH + MessageLayout.VECTOR_LENGTH);
        piece.putLong(MessageLayout.VECTORS_OFFSET, piece.addressOffset() + MessageLayout.MESSAGE_LENGTH);
        piece.putLong(MessageLayout.VECTOR_COUNT_OFFSET, 1);
        encoded = new Endpoint[capacity];
        segments = new int[capacity];
        segmentLength = new int[capacity];
        length = new int[capacity];
        firstVector = new int[capacity];
        sourceLength = new int[capacity];
        for (int run = 0; run < capacity; run++)
        {
            headers.putLong(
                header(run) + MessageLayout.NAME_OFFSET, names.addressOffset() + run * SocketAddressCodec.SLOT_LENGTH);
            MessageLayout.putSegmentControl(controls, segmentControl(run));
        }
    }

    /** Adds a datagram: to the last run if it continues that, else as a run of its own. */
    void add(final long address, final int datagramLength, final Endpoint to)
    {
        final int run = count - 1;
        if (open && encoded[run] == to && datagramLength > 0 && datagramLength <= segmentLength[run] &&
            segments[run] < maxSegments && length[run] + datagramLength <= MAX_RUN_LENGTH)
        {
            extend(run, address, datagramLength);
        }
        else
        {
            begin(count++, address, datagramLength, to);
        }
    }

    private void begin(final int run, final long address, final int datagramLength, final Endpoint to)
    {
        if (encoded[run] != to)
        {
            final int nameLength = SocketAddressCodec.encode(names, run * SocketAddressCodec.SLOT_LENGTH, to, ipv6);
            headers.putInt(header(run) + MessageLayout.NAME_LENGTH_OFFSET, nameLength);
            encoded[run] = to;
            if (to.hasSource())
            {
                MessageLayout.putSourceControl(
                    controls,
                    segmentControl(run) - MessageLayout.sourceControlLength(ipv6),
                    to.sourceHigh(),
                    to.sourceLow(),
                    ipv6);
            }
        }
        segments[run] = 1;
        segmentLength[run] = datagramLength;
        length[run] = datagramLength;
        firstVector[run] = vectorCount;
        headers.putLong(header(run) + MessageLayout.VECTORS_OFFSET, vectorAddress(vectorCount));
        source(run, to.hasSource() ? MessageLayout.sourceControlLength(ipv6) : 0);
        addVector(run, address, datagramLength);
        open = maxSegments > 1 && datagramLength > 0;
    }

    private void extend(final int run, final long address, final int datagramLength)
    {
        if (1 == segments[run]++)
        {
            headers.putLong(
                header(run) + MessageLayout.CONTROL_LENGTH_OFFSET,
                sourceLength[run] + MessageLayout.SEGMENT_CONTROL_LENGTH);
            controls.putShort(segmentControl(run) + MessageLayout.CONTROL_DATA_OFFSET, (short)segmentLength[run]);
        }
        length[run] += datagramLength;
        if (address == vectorEnd)
        {
            final int vector = (vectorCount - 1) * MessageLayout.VECTOR_LENGTH + MessageLayout.VECTOR_BYTES_OFFSET;
            vectors.putLong(vector, vectors.getLong(vector) + datagramLength);
            vectorEnd = address + datagramLength;
        }
        else
        {
            addVector(run, address, datagramLength);
        }
        open = datagramLength == segmentLength[run];
    }

    private void addVector(final int run, final long address, final int bytes)
    {
        final int vector = vectorCount * MessageLayout.VECTOR_LENGTH;
        vectors.putLong(vector + MessageLayout.VECTOR_BASE_OFFSET, address);
        vectors.putLong(vector + MessageLayout.VECTOR_BYTES_OFFSET, bytes);
        vectorCount++;
        vectorEnd = address + bytes;
        headers.putLong(header(run) + MessageLayout.VECTOR_COUNT_OFFSET, vectorCount - firstVector[run]);
    }

    /** Sets what a run says of its source: a control message of so many bytes, or nothing. */
    private void source(final int run, final int controlLength)
    {
        sourceLength[run] = controlLength;
        headers.putLong(
            header(run) + MessageLayout.CONTROL_OFFSET,
            controls.addressOffset() + segmentControl(run) - controlLength);
        headers.putLong(
            header(run) + MessageLayout.CONTROL_LENGTH_OFFSET,
            controlLength + (segments[run] > 1 ? MessageLayout.SEGMENT_CONTROL_LENGTH : 0));
    }

    /** Tells whether a run says which local address it goes out from. */
    boolean hasSource(final int run)
    {
        return sourceLength[run] > 0;
    }

    /**
     * Leaves the choice of the local address to the kernel, for a run and all that follow it to the same endpoint.
     *
     * @return false if the run does not say one.
     */
    boolean dropSource(final int run)
    {
        if (!hasSource(run))
        {
            return false;
        }
        for (int i = run; i < count; i++)
        {
            if (encoded[i] == encoded[run])
            {
                source(i, 0);
            }
        }
        return true;
    }

    /** Forgets all runs. */
    void clear()
    {
        count = 0;
        vectorCount = 0;
        open = false;
    }

    int count()
    {
        return count;
    }

    /** Most datagrams of a run from now on; 1 for no segmentation. */
    void maxSegments(final int datagrams)
    {
        maxSegments = datagrams;
    }

    int segments(final int run)
    {
        return segments[run];
    }

    int length(final int run)
    {
        return length[run];
    }

    Endpoint endpoint(final int run)
    {
        return encoded[run];
    }

    /** Where the run's first datagram lies. */
    long firstAddress(final int run)
    {
        return vectors.getLong(firstVector[run] * MessageLayout.VECTOR_LENGTH + MessageLayout.VECTOR_BASE_OFFSET);
    }

    long headerAddress(final int run)
    {
        return headers.addressOffset() + header(run);
    }

    long nameAddress(final int run)
    {
        return headers.getLong(header(run) + MessageLayout.NAME_OFFSET);
    }

    int nameLength(final int run)
    {
        return headers.getInt(header(run) + MessageLayout.NAME_LENGTH_OFFSET);
    }

    /** Goes to the first datagram of a run, to send it piece by piece. */
    void rewind(final int run)
    {
        nextVector = firstVector[run];
        nextOffset = 0;
    }

    long nextAddress()
    {
        return vectors.getLong(nextVector * MessageLayout.VECTOR_LENGTH + MessageLayout.VECTOR_BASE_OFFSET) + nextOffset;
    }

    int nextLength(final int run)
    {
        return (int)Math.min(segmentLength[run], vectorBytes(nextVector) - nextOffset);
    }

    void skipNext(final int run)
    {
        nextOffset += nextLength(run);
        if (nextOffset >= vectorBytes(nextVector))
        {
            nextVector++;
            nextOffset = 0;
        }
    }

    /** A message of the next datagram of a run alone. Returns where its header is. */
    long nextHeaderAddress(final int run)
    {
        piece.putLong(MessageLayout.NAME_OFFSET, nameAddress(run));
        piece.putInt(MessageLayout.NAME_LENGTH_OFFSET, nameLength(run));
        piece.putLong(MessageLayout.CONTROL_OFFSET, headers.getLong(header(run) + MessageLayout.CONTROL_OFFSET));
        piece.putLong(MessageLayout.CONTROL_LENGTH_OFFSET, sourceLength[run]);
        piece.putLong(MessageLayout.MESSAGE_LENGTH + MessageLayout.VECTOR_BASE_OFFSET, nextAddress());
        piece.putLong(MessageLayout.MESSAGE_LENGTH + MessageLayout.VECTOR_BYTES_OFFSET, nextLength(run));
        return piece.addressOffset();
    }

    private long vectorBytes(final int vector)
    {
        return vectors.getLong(vector * MessageLayout.VECTOR_LENGTH + MessageLayout.VECTOR_BYTES_OFFSET);
    }

    private long vectorAddress(final int vector)
    {
        return vectors.addressOffset() + (long)vector * MessageLayout.VECTOR_LENGTH;
    }

    private static int segmentControl(final int run)
    {
        return run * MessageLayout.CONTROLS_LENGTH + SEGMENT_CONTROL_OFFSET;
    }

    private static int header(final int run)
    {
        return run * MessageLayout.MESSAGE_LENGTH;
    }
}
