package io.shadowmesh.dataplane.frame;

/**
 * The values of the frame header's type byte. Source: wire protocol ShadowMesh/1, section 1.
 */
public final class FrameType
{
    /** A sealed inner packet; an empty plaintext is a keepalive. */
    public static final byte DATA = 0x00;

    /** A sealed {@link ReceiveReport}; the receiver answers with {@link #ECHO_REPLY}. */
    public static final byte ECHO_REQUEST = 0x01;

    /** A sealed {@link ReceiveReport} with the request's sequence and timestamp. */
    public static final byte ECHO_REPLY = 0x02;

    /** A sealed, empty frame: this session, and no other, ends now. */
    public static final byte CLOSE = 0x03;

    /** As {@link #DATA}, with the inner checksum field holding the folded pseudo-header sum. */
    public static final byte DATA_PARTIAL = 0x04;

    /** A fragment of one of the handshake messages M1 to M4. */
    public static final byte HANDSHAKE = 0x10;

    /** A cookie reply. */
    public static final byte COOKIE = 0x11;

    private FrameType()
    {
    }

    /**
     * Tells whether frames of a type are sealed under session keys.
     *
     * @param type the header's type byte.
     * @return true for the types 0x00 to 0x04.
     */
    public static boolean isSealed(final byte type)
    {
        return type >= DATA && type <= DATA_PARTIAL;
    }
}
