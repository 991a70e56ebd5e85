package io.shadowmesh.dataplane.ring;

import org.agrona.BitUtil;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RecordDescriptor;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A ring of packets in native memory, with one producer and one consumer: an Agrona {@link OneToOneRingBuffer} whose
 * records a device can read into directly.
 *
 * <pre>
 *  a record   offset         length     content
 *                  0              8     Agrona's record header: length i32, type i32
 *                  8             24     headroom: time i64 and packets i32 of the commit; then for the frame's header
 *                 32              n     the packet
 *             32 + n             16     tailroom, for the tag
 * </pre>
 *
 * <p>An Agrona claim has a fixed length, but how long a packet is only the device knows, after the read. So the
 * producer keeps one claim of the greatest length open, also across reads that bring nothing, and {@link #commit}
 * cuts it: it zeroes the header of the record to come, lowers the tail, and publishes the length, in this order. No
 * byte of the ring is wasted, and Agrona's own {@code read} would find the same records.
 *
 * <p>A producer that finds the ring empty goes back to its beginning, by a padding record over all that lies ahead, once
 * it is past the first {@link #HOT_LENGTH} bytes. So while the consumer keeps up, packets pass through memory that the
 * processor's cache still holds, and the rest of the ring is there for bursts.
 *
 * <p>The consumer, other than Agrona's, may hold on to records after it has seen them: {@link #poll} hands out a
 * batch, {@link #release} gives its memory back once the kernel has taken it.
 *
 * <p>How many packets it holds is limited besides: {@link #limit}. A super-packet counts as many as it is going to be
 * cut into; the one that reaches the limit is still taken whole.
 *
 * <p><b>Threading:</b> {@link #claim} and {@link #commit} belong to one thread, {@link #poll} and {@link #release} to
 * one thread; the others are for any thread.
 */
@SuppressWarnings("exports")
public final class PacketRing
{
    /** Bytes in front of each packet that belong to it. */
    public static final int HEADROOM = 24;

    /** Bytes behind each packet that belong to it. */
    public static final int TAILROOM = 16;

    /** Bytes at the ring's beginning that an uncrowded ring uses: less than the second-level cache of one core. */
    public static final int HOT_LENGTH = 256 * 1024;

    /** Where the time of the commit lies, before the packet's first byte. */
    private static final int TIME_OFFSET = -HEADROOM;

    /** Where the number of packets lies, before the packet's first byte. */
    private static final int PACKETS_OFFSET = TIME_OFFSET + Long.BYTES;

    /** The Agrona message type of every record. */
    public static final int PACKET_TYPE_ID = 1;

    private final PacketCount count = new PacketCount();
    private final OneToOneRingBuffer ring;
    private final AtomicBuffer buffer;
    private final int capacity;
    private final int tailIndex;
    private final int headIndex;
    private final int maxPacketLength;
    private final long baseAddress;

    private int claimIndex = OneToOneRingBuffer.INSUFFICIENT_CAPACITY;
    private long head;
    private int bytesHandedOut;

    /**
     * Makes a ring of its own native memory.
     *
     * @param arena           that the memory belongs to; it must outlive the ring's users.
     * @param capacity        in bytes, a power of two.
     * @param maxPacketLength of a packet in bytes.
     */
    public PacketRing(final Arena arena, final int capacity, final int maxPacketLength)
    {
        this(arena.allocate(memoryLength(capacity), BitUtil.CACHE_LINE_LENGTH * 2L), maxPacketLength);
    }

    /**
     * Makes a ring over memory of somebody else's.
     *
     * @param memory          zeroed, at the beginning of a cache line, {@link #memoryLength} bytes long; it must outlive
     *                        the ring's users.
     * @param maxPacketLength of a packet in bytes.
     */
    public PacketRing(final MemorySegment memory, final int maxPacketLength)
    {
        final int length = Math.toIntExact(memory.byteSize());
        final int capacity = length - RingBufferDescriptor.TRAILER_LENGTH;
        this.ring = new OneToOneRingBuffer(new UnsafeBuffer(memory.address(), length));
        this.buffer = ring.buffer();
        this.capacity = capacity;
        this.tailIndex = capacity + RingBufferDescriptor.TAIL_POSITION_OFFSET;
        this.headIndex = capacity + RingBufferDescriptor.HEAD_POSITION_OFFSET;
        this.maxPacketLength = maxPacketLength;
        this.baseAddress = memory.address();

        if (HEADROOM + maxPacketLength + TAILROOM > ring.maxMsgLength())
        {
            throw new IllegalArgumentException("a ring of " + capacity + " bytes takes packets of up to " +
                (ring.maxMsgLength() - HEADROOM - TAILROOM) + " bytes, not " + maxPacketLength);
        }
    }

    /**
     * The memory that a ring takes.
     *
     * @param capacity in bytes, a power of two.
     * @return capacity and what the ring's counters need.
     */
    public static long memoryLength(final int capacity)
    {
        return capacity + RingBufferDescriptor.TRAILER_LENGTH;
    }

    /**
     * Room for one packet of the greatest length: the open claim, or a new one where none is open.
     *
     * @return the address to put the packet at, or 0 while the ring is full, or holds as many packets as it may.
     */
    public long claim()
    {
        if (count.isAtLimit())
        {
            return 0;
        }
        if (claimIndex < 0)
        {
            goBack();
            claimIndex = ring.tryClaim(PACKET_TYPE_ID, HEADROOM + maxPacketLength + TAILROOM);
            if (claimIndex < 0)
            {
                return 0;
            }
        }

        return baseAddress + claimIndex + HEADROOM;
    }

    /** Goes on at the ring's beginning, when the ring is empty and has left its hot part. */
    private void goBack()
    {
        final long tail = buffer.getLong(tailIndex);
        final int index = (int)tail & (capacity - 1);
        if (index >= HOT_LENGTH && tail == buffer.getLongVolatile(headIndex))
        {
            final int padding = capacity - index;
            buffer.putLong(0, 0L);
            buffer.putLongRelease(tailIndex, tail + padding);
            buffer.putInt(RecordDescriptor.typeOffset(index), RingBuffer.PADDING_MSG_TYPE_ID);
            buffer.putIntRelease(RecordDescriptor.lengthOffset(index), padding);
        }
    }

    /**
     * Publishes the packet in the open claim, and gives back what it does not fill.
     *
     * @param packetLength in bytes, at most the greatest length.
     */
    public void commit(final int packetLength)
    {
        commit(packetLength, 1, 0);
    }

    /**
     * Publishes the packet in the open claim, and gives back what it does not fill.
     *
     * @param packetLength in bytes, at most the greatest length.
     * @param packets      that it is going to be cut into, 1 or more.
     * @param nowNs        what {@link #committedNs} is to say.
     */
    public void commit(final int packetLength, final int packets, final long nowNs)
    {
        if (claimIndex < 0 || packetLength < 0 || packetLength > maxPacketLength)
        {
            throw new IllegalStateException("no open claim for " + packetLength + " bytes");
        }

        final int recordIndex = claimIndex - RecordDescriptor.HEADER_LENGTH;
        final int claimed = -buffer.getInt(RecordDescriptor.lengthOffset(recordIndex));
        final int used = RecordDescriptor.HEADER_LENGTH + HEADROOM + packetLength + TAILROOM;
        final int claimedAligned = BitUtil.align(claimed, RecordDescriptor.ALIGNMENT);
        final int usedAligned = BitUtil.align(used, RecordDescriptor.ALIGNMENT);

        if (usedAligned < claimedAligned)
        {
            buffer.putLong(recordIndex + usedAligned, 0L);
            final long tail = buffer.getLong(tailIndex);
            buffer.putLongRelease(tailIndex, tail - (claimedAligned - usedAligned));
        }

        buffer.putLong(claimIndex + HEADROOM + TIME_OFFSET, nowNs);
        buffer.putInt(claimIndex + HEADROOM + PACKETS_OFFSET, packets);
        count.commit(packets);
        buffer.putIntRelease(RecordDescriptor.lengthOffset(recordIndex), used);
        claimIndex = OneToOneRingBuffer.INSUFFICIENT_CAPACITY;
    }

    /**
     * Hands the packets that follow the ones already handed out to a handler. Their memory stays theirs until
     * {@link #release}.
     *
     * @param handler to give the packets to.
     * @param limit   of packets.
     * @return how many packets the handler was given.
     */
    public int poll(final PacketHandler handler, final int limit)
    {
        int packets = 0;
        int offset = (int)(head + bytesHandedOut) & (capacity - 1);

        while (packets < limit && bytesHandedOut < capacity)
        {
            final int length = buffer.getIntVolatile(RecordDescriptor.lengthOffset(offset));
            if (length <= 0)
            {
                break;
            }

            final int aligned = BitUtil.align(length, RecordDescriptor.ALIGNMENT);
            final int type = buffer.getInt(RecordDescriptor.typeOffset(offset));
            bytesHandedOut += aligned;
            if (RingBuffer.PADDING_MSG_TYPE_ID != type)
            {
                count.handOut(buffer.getInt(offset + RecordDescriptor.HEADER_LENGTH + HEADROOM + PACKETS_OFFSET));
                handler.onPacket(
                    baseAddress + offset + RecordDescriptor.HEADER_LENGTH + HEADROOM,
                    length - RecordDescriptor.HEADER_LENGTH - HEADROOM - TAILROOM);
                packets++;
            }
            else if (aligned == bytesHandedOut)
            {
                // Nobody holds a padding: the producer may need all the room that it covers at once.
                release();
            }

            offset = (offset + aligned) & (capacity - 1);
        }

        return packets;
    }

    /**
     * Gives the memory of all packets handed out back to the producer.
     */
    public void release()
    {
        if (bytesHandedOut > 0)
        {
            head += bytesHandedOut;
            bytesHandedOut = 0;
            buffer.putLongRelease(headIndex, head);
            count.release();
        }
    }

    /**
     * When a packet was committed.
     *
     * @param address that the handler of {@link #poll} has just been given.
     * @return what {@link #commit(int, int, long)} was told.
     */
    public static long committedNs(final long address)
    {
        return UnsafeApi.getLong(address + TIME_OFFSET);
    }

    /**
     * How many packets a record is going to be cut into.
     *
     * @param address that the handler of {@link #poll} has just been given.
     * @return 1 or more.
     */
    public static int packets(final long address)
    {
        return UnsafeApi.getInt(address + PACKETS_OFFSET);
    }

    /**
     * Sets how many packets the ring may hold, committed and not released. What it holds already stays, also beyond a
     * lower limit.
     *
     * @param packets from now on; any one thread.
     */
    public void limit(final int packets)
    {
        count.limit(packets);
    }

    /**
     * How many packets the ring may hold.
     *
     * @return the limit, {@link Integer#MAX_VALUE} where none has been set.
     */
    public int limit()
    {
        return count.limit();
    }

    /**
     * How many packets the ring holds: all that were committed and not released.
     *
     * @return the count, for any thread; exact while neither side is at work.
     */
    public int fill()
    {
        return count.fill();
    }

    /**
     * How many packets wait behind those that were handed out. For the consumer.
     *
     * @return the count.
     */
    public int waiting()
    {
        return count.waiting();
    }

    /**
     * Tells whether a packet waits that was not handed out yet. For the consumer, before it sleeps.
     *
     * @return true when {@link #poll} would find a packet.
     */
    public boolean hasPackets()
    {
        final int offset = (int)(head + bytesHandedOut) & (capacity - 1);
        return bytesHandedOut < capacity && buffer.getIntVolatile(RecordDescriptor.lengthOffset(offset)) > 0;
    }

    /**
     * Tells whether the ring has no room for another packet of the greatest length, or has reached its limit. For the
     * producer, before it sleeps.
     *
     * @return true when {@link #claim} would return 0.
     */
    public boolean isFull()
    {
        return 0 == claim();
    }

    /**
     * The greatest length of a packet.
     *
     * @return bytes.
     */
    public int maxPacketLength()
    {
        return maxPacketLength;
    }

    /**
     * The Agrona ring that holds the records.
     *
     * @return the ring.
     */
    OneToOneRingBuffer agrona()
    {
        return ring;
    }
}
