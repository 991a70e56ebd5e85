package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.CookieFrame;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.HandshakeHeader;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * A view of one received handshake datagram. {@link #wrap} checks every field that can be checked without knowing the
 * handshake; after that the fields are sound and the fragment has the one length that it may have. A cookie reply has
 * {@link #isCookie}, its length and its receiver index in common with it, and no more.
 *
 * <p><b>Threading:</b> one thread. <b>Ownership:</b> the bytes stay the caller's.
 *
 * <p>Source: wire protocol ShadowMesh/1, section 4.
 */
final class HandshakeDatagram
{
    private static final DropReason[] REASONS = DropReason.values();

    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private byte[] bytes;
    private int length;
    private Suite suite;
    private int message;
    private boolean cookie;

    /**
     * Looks at a datagram.
     *
     * @return null when it may go on, otherwise why it is dropped.
     */
    DropReason wrap(final byte[] datagram, final int datagramLength)
    {
        bytes = datagram;
        length = datagramLength;
        buffer.wrap(datagram, 0, datagramLength);

        final int code = FrameHeader.validate(buffer, 0, datagramLength);
        if (code != FrameHeader.VALID)
        {
            return REASONS[-code - 1];
        }

        final byte type = FrameHeader.type(buffer, 0);
        cookie = FrameType.COOKIE == type;
        if (cookie)
        {
            return CookieFrame.LENGTH == datagramLength ? null : DropReason.HANDSHAKE_MALFORMED;
        }
        if (FrameType.HANDSHAKE != type)
        {
            return DropReason.UNKNOWN_FRAME_TYPE;
        }

        return datagramLength > HandshakeHeader.OVERHEAD && hasSoundFields() ? null : DropReason.HANDSHAKE_MALFORMED;
    }

    private boolean hasSoundFields()
    {
        suite = Suite.of(unsignedByte(HandshakeHeader.SUITE_OFFSET));
        message = unsignedByte(HandshakeHeader.MESSAGE_OFFSET);

        return bytes[HandshakeHeader.VERSION_OFFSET] == HandshakeHeader.VERSION &&
            suite != null &&
            FragmentLayout.isMessage(message) &&
            messageLength() == FragmentLayout.messageLength(message) &&
            FragmentLayout.isCount(message, count()) &&
            fragment() < count() &&
            bytes[HandshakeHeader.RESERVED_OFFSET] == 0 &&
            length - HandshakeHeader.OVERHEAD == FragmentLayout.fragmentLength(message, count(), fragment()) &&
            (message == FragmentLayout.M1 ? receiverIndex() == 0 : hasZeroMac2());
    }

    /**
     * Tells whether mac2 is left empty.
     */
    boolean hasZeroMac2()
    {
        int any = 0;
        for (int i = length - HandshakeHeader.MAC_LENGTH; i < length; i++)
        {
            any |= bytes[i];
        }
        return any == 0;
    }

    private int unsignedByte(final int offset)
    {
        return bytes[offset] & 0xFF;
    }

    /**
     * Tells whether it is a cookie reply.
     */
    boolean isCookie()
    {
        return cookie;
    }

    byte[] bytes()
    {
        return bytes;
    }

    int length()
    {
        return length;
    }

    Suite suite()
    {
        return suite;
    }

    int message()
    {
        return message;
    }

    int fragment()
    {
        return unsignedByte(HandshakeHeader.FRAGMENT_OFFSET);
    }

    int count()
    {
        return unsignedByte(HandshakeHeader.COUNT_OFFSET);
    }

    int messageLength()
    {
        return buffer.getShort(HandshakeHeader.MESSAGE_LENGTH_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    int senderIndex()
    {
        return buffer.getInt(HandshakeHeader.SENDER_INDEX_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    int receiverIndex()
    {
        return buffer.getInt(
            cookie ? CookieFrame.RECEIVER_INDEX_OFFSET : HandshakeHeader.RECEIVER_INDEX_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    boolean carries(final Mac1 mac1)
    {
        return mac1.matches(bytes, length);
    }
}
