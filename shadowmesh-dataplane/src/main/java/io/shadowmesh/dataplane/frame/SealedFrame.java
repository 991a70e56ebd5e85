package io.shadowmesh.dataplane.frame;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/**
 * A frame sealed under session keys: types 0x00 to 0x04.
 *
 * <pre>
 *  offset  length  field
 *       0      19  {@link FrameHeader}
 *      19       4  receiverIndex  u32 big-endian: selects the receiver's session
 *      23       n  ciphertext, as long as the plaintext
 *  23 + n      16  tag
 * </pre>
 *
 * <p>The additional data is the first 23 bytes. Source: wire protocol ShadowMesh/1, section 2.
 */
@SuppressWarnings("exports")
public final class SealedFrame
{
    /** Offset of the receiver's index. */
    public static final int RECEIVER_INDEX_OFFSET = FrameHeader.LENGTH;

    /** Offset of the ciphertext; before sealing, and after opening in place, of the plaintext. */
    public static final int PLAINTEXT_OFFSET = RECEIVER_INDEX_OFFSET + Integer.BYTES;

    /** Length of the additional data, which starts at the frame's first byte. */
    public static final int AAD_LENGTH = PLAINTEXT_OFFSET;

    /** Length of the tag that follows the ciphertext. */
    public static final int TAG_LENGTH = 16;

    /** Bytes that sealing adds to an inner packet. */
    public static final int OVERHEAD = PLAINTEXT_OFFSET + TAG_LENGTH;

    /** Inner packet bytes of a standard frame. */
    public static final int STANDARD_PLAINTEXT_LENGTH =
        FrameHeader.STANDARD_PAYLOAD_LENGTH - Integer.BYTES - TAG_LENGTH;

    private SealedFrame()
    {
    }

    /**
     * Reads the index that selects the receiver's session.
     *
     * @param buffer to read from.
     * @param offset of the datagram's first byte.
     * @return the index.
     */
    public static int receiverIndex(final DirectBuffer buffer, final int offset)
    {
        return buffer.getInt(offset + RECEIVER_INDEX_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /**
     * Writes the index that selects the receiver's session.
     *
     * @param buffer to write to.
     * @param offset of the datagram's first byte.
     * @param index  of the session at the receiver.
     */
    public static void receiverIndex(final MutableDirectBuffer buffer, final int offset, final int index)
    {
        buffer.putInt(offset + RECEIVER_INDEX_OFFSET, index, ByteOrder.BIG_ENDIAN);
    }
}
