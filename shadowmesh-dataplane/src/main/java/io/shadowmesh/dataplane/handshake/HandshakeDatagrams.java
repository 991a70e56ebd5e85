package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.FrameHeader;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.HandshakeHeader;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * One message as the datagrams that carry it: built once, sent as often as it takes, always the same bytes but for the
 * mac2 of M1.
 *
 * <p><b>Threading:</b> one thread.
 */
final class HandshakeDatagrams
{
    private final byte[][] datagrams;

    private HandshakeDatagrams(final byte[][] datagrams)
    {
        this.datagrams = datagrams;
    }

    /**
     * Cuts a message into fragments and frames each.
     */
    static HandshakeDatagrams of(
        final int message,
        final byte[] body,
        final int chunk,
        final Suite suite,
        final int senderIndex,
        final int receiverIndex,
        final Mac1 mac1)
    {
        if (body.length != FragmentLayout.messageLength(message))
        {
            throw new IllegalStateException("M" + message + " has " + body.length + " bytes");
        }

        final int count = FragmentLayout.count(message, chunk);
        final byte[][] datagrams = new byte[count][];
        for (int fragment = 0; fragment < count; fragment++)
        {
            final int length = FragmentLayout.fragmentLength(message, count, fragment);
            final byte[] datagram = new byte[HandshakeHeader.OVERHEAD + length];
            final UnsafeBuffer buffer = new UnsafeBuffer(datagram);

            FrameHeader.encode(buffer, 0, 0, FrameType.HANDSHAKE, 0, datagram.length - FrameHeader.LENGTH);
            buffer.putByte(HandshakeHeader.VERSION_OFFSET, HandshakeHeader.VERSION);
            buffer.putByte(HandshakeHeader.SUITE_OFFSET, (byte)suite.id());
            buffer.putByte(HandshakeHeader.MESSAGE_OFFSET, (byte)message);
            buffer.putByte(HandshakeHeader.FRAGMENT_OFFSET, (byte)fragment);
            buffer.putByte(HandshakeHeader.COUNT_OFFSET, (byte)count);
            buffer.putShort(HandshakeHeader.MESSAGE_LENGTH_OFFSET, (short)body.length, ByteOrder.BIG_ENDIAN);
            buffer.putInt(HandshakeHeader.SENDER_INDEX_OFFSET, senderIndex, ByteOrder.BIG_ENDIAN);
            buffer.putInt(HandshakeHeader.RECEIVER_INDEX_OFFSET, receiverIndex, ByteOrder.BIG_ENDIAN);
            buffer.putBytes(HandshakeHeader.BYTES_OFFSET, body,
                FragmentLayout.fragmentOffset(message, count, fragment), length);
            mac1.write(datagram, datagram.length);
            datagrams[fragment] = datagram;
        }
        return new HandshakeDatagrams(datagrams);
    }

    /**
     * Writes mac2 into each, or leaves it empty where there is no cookie.
     */
    void stamp(final Cookie cookie)
    {
        for (final byte[] datagram : datagrams)
        {
            if (cookie == null)
            {
                Cookie.clearMac2(datagram);
            }
            else
            {
                cookie.writeMac2(datagram);
            }
        }
    }

    /**
     * Opens a cookie reply that one of them has drawn.
     *
     * @return the cookie, or null when none has.
     */
    Cookie open(final byte[] sealed, final byte[] salt, final CookieCipher cipher)
    {
        for (final byte[] datagram : datagrams)
        {
            final Cookie cookie = cipher.open(sealed, salt, datagram);
            if (cookie != null)
            {
                return cookie;
            }
        }
        return null;
    }

    void sendTo(final Endpoint endpoint, final HandshakeTransport transport)
    {
        for (final byte[] datagram : datagrams)
        {
            transport.send(datagram, datagram.length, endpoint);
        }
    }
}
