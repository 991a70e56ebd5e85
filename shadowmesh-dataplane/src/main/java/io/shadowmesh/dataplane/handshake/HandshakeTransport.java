package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;

/**
 * The way out for handshake datagrams.
 */
@FunctionalInterface
public interface HandshakeTransport
{
    /**
     * Sends a datagram, or drops it: a lost one is sent again by the protocol.
     *
     * <p><b>Ownership:</b> the bytes stay the handshake's; they are not to be changed, and not to be read after the
     * call.
     *
     * @param datagram whole, header included.
     * @param length   of the datagram in bytes.
     * @param to       the address.
     */
    void send(byte[] datagram, int length, Endpoint to);
}
