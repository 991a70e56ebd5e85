package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.Sha256;
import io.shadowmesh.dataplane.crypto.Suite;

import java.nio.ByteBuffer;

/**
 * What makes two M1s the same: the message's hash, and the header fields that the answer depends on. Without the latter
 * somebody who sends a copy of an M1 under another index ahead of it could have the genuine one answered in vain.
 */
record FirstMessage(ByteBuffer hash, int senderIndex, Suite suite, int chunk)
{
    static FirstMessage of(final byte[] message, final HandshakeDatagram datagram)
    {
        return new FirstMessage(
            ByteBuffer.wrap(Sha256.hash(message)).asReadOnlyBuffer(),
            datagram.senderIndex(),
            datagram.suite(),
            FragmentLayout.chunk(FragmentLayout.M1, datagram.count()));
    }

    /** Written out, as is {@link #hashCode}: the JVM links a record's own at the first use, in a node's first handshake. */
    @Override
    public boolean equals(final Object other)
    {
        return other instanceof final FirstMessage first &&
            hash.equals(first.hash) && senderIndex == first.senderIndex && suite == first.suite && chunk == first.chunk;
    }

    @Override
    public int hashCode()
    {
        return 31 * (31 * hash.hashCode() + senderIndex) + chunk;
    }
}
