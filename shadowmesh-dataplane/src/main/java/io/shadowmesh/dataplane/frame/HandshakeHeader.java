package io.shadowmesh.dataplane.frame;

/**
 * Layout of a handshake datagram: one fragment of a message M1 to M4. Offsets are from the datagram's first byte.
 *
 * <pre>
 *  offset  length  field          encoding
 *       0      19  {@link FrameHeader} with sequence 0 and timestamp 0
 *      19       1  version        {@link #VERSION}
 *      20       1  suite          1 AES-256-GCM, 2 ChaCha20-Poly1305
 *      21       1  message        1 to 4
 *      22       1  fragment       0 to count - 1
 *      23       1  count
 *      24       1  reserved       0
 *      25       2  messageLength  u16
 *      27       4  senderIndex    u32
 *      31       4  receiverIndex  u32, 0 in M1
 *      35       n  bytes of the fragment
 *  35 + n      16  mac1
 *  51 + n      16  mac2           zero but in an M1 that carries a cookie
 * </pre>
 *
 * <p>Source: wire protocol ShadowMesh/1, section 4.
 */
public final class HandshakeHeader
{
    /** The protocol version that this layout belongs to. */
    public static final byte VERSION = 1;

    /** Offset of the version. */
    public static final int VERSION_OFFSET = FrameHeader.LENGTH;

    /** Offset of the suite. */
    public static final int SUITE_OFFSET = VERSION_OFFSET + 1;

    /** Offset of the message's number. */
    public static final int MESSAGE_OFFSET = VERSION_OFFSET + 2;

    /** Offset of the fragment's number. */
    public static final int FRAGMENT_OFFSET = VERSION_OFFSET + 3;

    /** Offset of the count of fragments. */
    public static final int COUNT_OFFSET = VERSION_OFFSET + 4;

    /** Offset of the reserved byte. */
    public static final int RESERVED_OFFSET = VERSION_OFFSET + 5;

    /** Offset of the whole message's length. */
    public static final int MESSAGE_LENGTH_OFFSET = VERSION_OFFSET + 6;

    /** Offset of the sender's index. */
    public static final int SENDER_INDEX_OFFSET = VERSION_OFFSET + 8;

    /** Offset of the receiver's index. */
    public static final int RECEIVER_INDEX_OFFSET = VERSION_OFFSET + 12;

    /** Offset of the fragment's bytes. */
    public static final int BYTES_OFFSET = VERSION_OFFSET + 16;

    /** Length of each of the two MACs at the end. */
    public static final int MAC_LENGTH = 16;

    /** Bytes that surround a fragment's own. */
    public static final int OVERHEAD = BYTES_OFFSET + 2 * MAC_LENGTH;

    private HandshakeHeader()
    {
    }
}
