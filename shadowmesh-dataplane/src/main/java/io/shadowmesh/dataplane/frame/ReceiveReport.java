package io.shadowmesh.dataplane.frame;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/**
 * The plaintext of an echo request or reply: what its sender has received on the session so far. All fields are
 * big-endian u64.
 *
 * <pre>
 *  offset  length  field
 *       0       8  packetsReceived
 *       8       8  bytesReceived
 *      16       8  highestSequence
 *      24       8  packetsLost
 *      32       8  echoedSequence   0 in a request
 *      40       8  echoedTimestamp  0 in a request
 * </pre>
 *
 * <p>Source: wire protocol ShadowMesh/1, section 2.
 */
@SuppressWarnings("exports")
public final class ReceiveReport
{
    /** Length of a report. */
    public static final int LENGTH = 6 * Long.BYTES;

    private static final int PACKETS_RECEIVED_OFFSET = 0;
    private static final int BYTES_RECEIVED_OFFSET = 8;
    private static final int HIGHEST_SEQUENCE_OFFSET = 16;
    private static final int PACKETS_LOST_OFFSET = 24;
    private static final int ECHOED_SEQUENCE_OFFSET = 32;
    private static final int ECHOED_TIMESTAMP_OFFSET = 40;

    private ReceiveReport()
    {
    }

    /**
     * Writes a report.
     *
     * @param buffer          to write to.
     * @param offset          of the report's first byte.
     * @param packetsReceived authenticated packets on the session.
     * @param bytesReceived   their bytes.
     * @param highestSequence the highest sequence among them.
     * @param packetsLost     sequences below it that never came.
     * @param echoedSequence  sequence of the request, 0 in a request.
     * @param echoedTimestamp timestamp of the request, 0 in a request.
     */
    public static void encode(
        final MutableDirectBuffer buffer,
        final int offset,
        final long packetsReceived,
        final long bytesReceived,
        final long highestSequence,
        final long packetsLost,
        final long echoedSequence,
        final long echoedTimestamp)
    {
        buffer.putLong(offset + PACKETS_RECEIVED_OFFSET, packetsReceived, ByteOrder.BIG_ENDIAN);
        buffer.putLong(offset + BYTES_RECEIVED_OFFSET, bytesReceived, ByteOrder.BIG_ENDIAN);
        buffer.putLong(offset + HIGHEST_SEQUENCE_OFFSET, highestSequence, ByteOrder.BIG_ENDIAN);
        buffer.putLong(offset + PACKETS_LOST_OFFSET, packetsLost, ByteOrder.BIG_ENDIAN);
        buffer.putLong(offset + ECHOED_SEQUENCE_OFFSET, echoedSequence, ByteOrder.BIG_ENDIAN);
        buffer.putLong(offset + ECHOED_TIMESTAMP_OFFSET, echoedTimestamp, ByteOrder.BIG_ENDIAN);
    }

    /**
     * Authenticated packets that the report's sender has received.
     *
     * @param buffer to read from.
     * @param offset of the report's first byte.
     * @return the count.
     */
    public static long packetsReceived(final DirectBuffer buffer, final int offset)
    {
        return buffer.getLong(offset + PACKETS_RECEIVED_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /**
     * Bytes of the authenticated packets that the report's sender has received.
     *
     * @param buffer to read from.
     * @param offset of the report's first byte.
     * @return the bytes.
     */
    public static long bytesReceived(final DirectBuffer buffer, final int offset)
    {
        return buffer.getLong(offset + BYTES_RECEIVED_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /**
     * The highest sequence that the report's sender has received.
     *
     * @param buffer to read from.
     * @param offset of the report's first byte.
     * @return the sequence.
     */
    public static long highestSequence(final DirectBuffer buffer, final int offset)
    {
        return buffer.getLong(offset + HIGHEST_SEQUENCE_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /**
     * Sequences below the highest that the report's sender misses.
     *
     * @param buffer to read from.
     * @param offset of the report's first byte.
     * @return the count.
     */
    public static long packetsLost(final DirectBuffer buffer, final int offset)
    {
        return buffer.getLong(offset + PACKETS_LOST_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /**
     * The sequence of the request that a reply answers.
     *
     * @param buffer to read from.
     * @param offset of the report's first byte.
     * @return the sequence, 0 in a request.
     */
    public static long echoedSequence(final DirectBuffer buffer, final int offset)
    {
        return buffer.getLong(offset + ECHOED_SEQUENCE_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /**
     * The timestamp of the request that a reply answers.
     *
     * @param buffer to read from.
     * @param offset of the report's first byte.
     * @return ns since the session started, on the requester's clock; 0 in a request.
     */
    public static long echoedTimestampNs(final DirectBuffer buffer, final int offset)
    {
        return buffer.getLong(offset + ECHOED_TIMESTAMP_OFFSET, ByteOrder.BIG_ENDIAN);
    }
}
