package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.Kem;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.crypto.XWing;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.identity.PeerId;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/**
 * What every handshake of this node has in common.
 */
record LocalNode(
    Identity self,
    HandshakePeers peers,
    HandshakeTransport transport,
    HandshakeListener listener,
    ReceiverIndices indices,
    Hello hello,
    SecureRandom random)
{
    /** The KEM of the protocol. */
    static final Kem KEM = XWing.INSTANCE;

    private static final byte[] PROTOCOL = "shadowmesh/1".getBytes(StandardCharsets.US_ASCII);

    PeerId selfId()
    {
        return self.peerId();
    }

    /**
     * What both ends must agree on before the first message, or no field of the handshake opens.
     */
    static byte[] prologue(final Suite suite, final PeerId responder)
    {
        final byte[] id = responder.bytes();
        return ByteBuffer.allocate(PROTOCOL.length + 1 + id.length).put(PROTOCOL).put((byte)suite.id()).put(id).array();
    }
}
