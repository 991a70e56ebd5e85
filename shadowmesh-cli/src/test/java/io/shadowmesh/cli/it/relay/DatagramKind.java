package io.shadowmesh.cli.it.relay;

import java.nio.ByteBuffer;

/**
 * What an onlooker can tell of a datagram: the message of a handshake that it is part of, or its frame type. A kind is
 * a small number, so that counting takes no map.
 *
 * <pre>
 *     0..255  Mn  part of handshake message n
 *   256..511  Tn  another frame type, n in hexadecimal
 *        512  Tffffffff  too short to have a type
 * </pre>
 */
final class DatagramKind
{
    /** How many kinds there are. */
    static final int COUNT = 513;

    private static final int HANDSHAKE_TYPE = 0x10;
    private static final int TYPE_OFFSET = 8;
    private static final int MESSAGE_OFFSET = 21;
    private static final int TYPES = 256;
    private static final int SEALED_TYPES = 4;
    private static final int PAYLOAD_OFFSET = 19;
    private static final int SENDER_INDEX_OFFSET = 27;
    private static final int RECEIVER_INDEX_OFFSET = 31;
    private static final int SHORT = 512;

    private DatagramKind()
    {
    }

    /**
     * Looks at a datagram.
     *
     * @param datagram from index 0 to its limit.
     * @return its kind.
     */
    static int of(final ByteBuffer datagram)
    {
        if (datagram.limit() <= TYPE_OFFSET)
        {
            return SHORT;
        }
        final int type = datagram.get(TYPE_OFFSET) & 0xFF;
        return HANDSHAKE_TYPE == type && datagram.limit() > MESSAGE_OFFSET ?
            datagram.get(MESSAGE_OFFSET) & 0xFF : TYPES + type;
    }

    /** The index that the sender of a part of a handshake has for the session to be; 0 for other kinds. */
    static int senderIndex(final ByteBuffer datagram, final int kind)
    {
        return isHandshake(kind) ? index(datagram, SENDER_INDEX_OFFSET) : 0;
    }

    /** The index by which the receiver of a datagram finds handshake or session; 0 where there is none. */
    static int receiverIndex(final ByteBuffer datagram, final int kind)
    {
        if (isHandshake(kind))
        {
            return index(datagram, RECEIVER_INDEX_OFFSET);
        }
        return kind <= TYPES + SEALED_TYPES ? index(datagram, PAYLOAD_OFFSET) : 0;
    }

    private static int index(final ByteBuffer datagram, final int offset)
    {
        return datagram.limit() >= offset + Integer.BYTES ? datagram.getInt(offset) : 0;
    }

    /** Tells whether a kind is part of a handshake. */
    static boolean isHandshake(final int kind)
    {
        return kind < TYPES;
    }

    /** The name of a kind, as above. */
    static String name(final int kind)
    {
        if (isHandshake(kind))
        {
            return "M" + kind;
        }
        return "T" + (SHORT == kind ? "ffffffff" : Integer.toHexString(kind - TYPES));
    }
}
