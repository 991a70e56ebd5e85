package io.shadowmesh.dataplane.frame;

/**
 * Layout of a cookie reply. Offsets are from the datagram's first byte.
 *
 * <pre>
 *  offset  length  field          encoding
 *       0      19  {@link FrameHeader} with sequence 0 and timestamp 0
 *      19       4  receiverIndex  u32: the senderIndex of the M1 that drew it
 *      23      24  salt
 *      47      32  the cookie, sealed: 16 bytes and a tag of 16
 * </pre>
 *
 * <p>Source: wire protocol ShadowMesh/1, section 5.
 */
public final class CookieFrame
{
    /** Offset of the index that names the handshake at the receiver. */
    public static final int RECEIVER_INDEX_OFFSET = FrameHeader.LENGTH;

    /** Offset of the salt. */
    public static final int SALT_OFFSET = RECEIVER_INDEX_OFFSET + Integer.BYTES;

    /** Length of the salt. */
    public static final int SALT_LENGTH = 24;

    /** Offset of the sealed cookie. */
    public static final int SEALED_OFFSET = SALT_OFFSET + SALT_LENGTH;

    /** Length of the sealed cookie. */
    public static final int SEALED_LENGTH = 32;

    /** Length of the whole datagram, the only one that is valid. */
    public static final int LENGTH = SEALED_OFFSET + SEALED_LENGTH;

    private CookieFrame()
    {
    }
}
