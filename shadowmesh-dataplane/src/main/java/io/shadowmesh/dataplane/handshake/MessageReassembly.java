package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.frame.HandshakeHeader;

/**
 * The fragments of one message, gathered until it is whole. The first copy of a fragment wins; {@link #take} empties
 * the buffer whatever becomes of the message, so that a forged fragment costs one retransmission and no more.
 *
 * <p><b>Threading:</b> one thread.
 */
final class MessageReassembly
{
    private final int message;
    private final int count;
    private byte[] bytes;
    private int present;
    private int senderIndex;
    private boolean ofOneSender;
    private Endpoint source;

    /**
     * A buffer for a message of a known count of fragments.
     */
    MessageReassembly(final int message, final int count)
    {
        this.message = message;
        this.count = count;
    }

    boolean isOf(final int number)
    {
        return message == number;
    }

    /**
     * Tells whether a datagram is cut the way that this buffer expects.
     */
    boolean accepts(final HandshakeDatagram datagram)
    {
        return datagram.message() == message && datagram.count() == count;
    }

    /**
     * Stores a fragment that {@link #accepts} let through and whose mac1 is right.
     *
     * @return true when the message is whole: {@link #take} it.
     */
    boolean add(final HandshakeDatagram datagram, final Endpoint from)
    {
        final int fragment = datagram.fragment();
        if (present == 0)
        {
            bytes = new byte[FragmentLayout.messageLength(message)];
            senderIndex = datagram.senderIndex();
            ofOneSender = true;
        }
        if (fragment == 0 || source == null)
        {
            source = from;
        }
        if ((present & 1 << fragment) == 0)
        {
            System.arraycopy(
                datagram.bytes(),
                HandshakeHeader.BYTES_OFFSET,
                bytes,
                FragmentLayout.fragmentOffset(message, count, fragment),
                FragmentLayout.fragmentLength(message, count, fragment));
            present |= 1 << fragment;
            ofOneSender &= senderIndex == datagram.senderIndex();
        }
        return present == (1 << count) - 1;
    }

    /**
     * Tells whether all fragments carried one sender index.
     */
    boolean isOfOneSender()
    {
        return ofOneSender;
    }

    /**
     * The sender index of the first fragment that came.
     */
    int senderIndex()
    {
        return senderIndex;
    }

    /**
     * Where the latest copy of fragment 0 came from. It is a full chunk, of which no answer is three times the length:
     * an answer that goes there cannot be used to multiply traffic towards a forged address.
     */
    Endpoint source()
    {
        return source;
    }

    /**
     * Takes the whole message out and empties the buffer.
     */
    byte[] take()
    {
        final byte[] whole = bytes;
        bytes = null;
        present = 0;
        source = null;
        return whole;
    }
}
