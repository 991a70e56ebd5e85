package io.shadowmesh.dataplane.frame;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.UnsafeApi;

import java.nio.ByteOrder;

/**
 * The 19-byte header at the start of every datagram. All fields are big-endian.
 *
 * <pre>
 *  offset  length  field      encoding
 *       0       8  sequence   u64: one counter per session and direction; 0 in handshake and cookie frames
 *       8       1  type       {@link FrameType}
 *       9       8  timestamp  u64: ns since the session started, sender's clock; 0 in handshake and cookie frames
 *      17       2  size       u16: payload bytes that follow, exactly datagram length - 19
 *      19    size  payload
 * </pre>
 *
 * <p>Source: wire protocol ShadowMesh/1, section 1; the header of ShadowMesh v11, unchanged.
 */
@SuppressWarnings("exports")
public final class FrameHeader
{
    /** Offset of the sequence. */
    public static final int SEQUENCE_OFFSET = 0;

    /** Offset of the type. */
    public static final int TYPE_OFFSET = 8;

    /** Offset of the timestamp. */
    public static final int TIMESTAMP_OFFSET = 9;

    /** Offset of the size. */
    public static final int SIZE_OFFSET = 17;

    /** Length of the header, and so the offset of the payload. */
    public static final int LENGTH = 19;

    /** Payload bytes of a standard frame; a larger one is oversized and may be fragmented on the way. */
    public static final int STANDARD_PAYLOAD_LENGTH = 1500;

    /** The largest payload that the library sends at all. */
    public static final int MAX_PAYLOAD_LENGTH = 65_000;

    /** What {@link #validate} returns for a datagram whose header keeps all the rules. */
    public static final int VALID = 0;

    private static final boolean SWAPPED = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private FrameHeader()
    {
    }

    /**
     * Writes a header.
     *
     * @param buffer      to write to.
     * @param offset      of the datagram's first byte.
     * @param sequence    of the frame.
     * @param type        of the frame, of {@link FrameType}.
     * @param timestampNs ns since the session started.
     * @param size        of the payload in bytes.
     */
    public static void encode(
        final MutableDirectBuffer buffer,
        final int offset,
        final long sequence,
        final byte type,
        final long timestampNs,
        final int size)
    {
        buffer.putLong(offset + SEQUENCE_OFFSET, sequence, ByteOrder.BIG_ENDIAN);
        buffer.putByte(offset + TYPE_OFFSET, type);
        buffer.putLong(offset + TIMESTAMP_OFFSET, timestampNs, ByteOrder.BIG_ENDIAN);
        buffer.putShort(offset + SIZE_OFFSET, (short)size, ByteOrder.BIG_ENDIAN);
    }

    /**
     * The frame's sequence.
     *
     * @param buffer to read from.
     * @param offset of the datagram's first byte.
     * @return the sequence.
     */
    public static long sequence(final DirectBuffer buffer, final int offset)
    {
        return buffer.getLong(offset + SEQUENCE_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /**
     * The frame's type.
     *
     * @param buffer to read from.
     * @param offset of the datagram's first byte.
     * @return the type, which may be none of {@link FrameType}.
     */
    public static byte type(final DirectBuffer buffer, final int offset)
    {
        return buffer.getByte(offset + TYPE_OFFSET);
    }

    /**
     * The frame's timestamp. Nothing that security rests on may be decided by it.
     *
     * @param buffer to read from.
     * @param offset of the datagram's first byte.
     * @return ns since the session started, on the sender's clock.
     */
    public static long timestampNs(final DirectBuffer buffer, final int offset)
    {
        return buffer.getLong(offset + TIMESTAMP_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /**
     * The payload bytes that the header announces.
     *
     * @param buffer to read from.
     * @param offset of the datagram's first byte.
     * @return 0 to 65,535.
     */
    public static int size(final DirectBuffer buffer, final int offset)
    {
        return buffer.getShort(offset + SIZE_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Checks a received datagram before any other field of it is used: its length, its type, and that the size field
     * tells the truth. A sealed frame must also have room for index and tag; handshake and cookie frames must carry
     * sequence and timestamp 0.
     *
     * @param buffer that holds the datagram.
     * @param offset of the datagram's first byte.
     * @param length of the datagram in bytes.
     * @return {@link #VALID}, or {@code -(reason.ordinal() + 1)} of the {@link DropReason} that applies.
     */
    public static int validate(final DirectBuffer buffer, final int offset, final int length)
    {
        if (length < LENGTH)
        {
            return DropReason.TRUNCATED_FRAME.code();
        }

        final byte type = type(buffer, offset);
        final int minimum;
        if (FrameType.isSealed(type))
        {
            minimum = SealedFrame.OVERHEAD;
        }
        else if (FrameType.HANDSHAKE == type || FrameType.COOKIE == type)
        {
            minimum = LENGTH;
            if (sequence(buffer, offset) != 0 || timestampNs(buffer, offset) != 0)
            {
                return DropReason.MALFORMED_FRAME.code();
            }
        }
        else
        {
            return DropReason.UNKNOWN_FRAME_TYPE.code();
        }

        if (size(buffer, offset) != length - LENGTH)
        {
            return DropReason.MALFORMED_FRAME.code();
        }

        return length < minimum ? DropReason.TRUNCATED_FRAME.code() : VALID;
    }

    /**
     * Reads the sequence of a frame in native memory. Checks no bounds: {@link #validate} has found the frame sound.
     *
     * @param frame address of the frame's first byte.
     * @return the sequence.
     */
    public static long sequence(final long frame)
    {
        final long sequence = UnsafeApi.getLong(frame + SEQUENCE_OFFSET);
        return SWAPPED ? Long.reverseBytes(sequence) : sequence;
    }

    /**
     * Reads the type of a frame in native memory. Checks no bounds: {@link #validate} has found the frame sound.
     *
     * @param frame address of the frame's first byte.
     * @return the type.
     */
    public static byte type(final long frame)
    {
        return UnsafeApi.getByte(frame + TYPE_OFFSET);
    }
}
