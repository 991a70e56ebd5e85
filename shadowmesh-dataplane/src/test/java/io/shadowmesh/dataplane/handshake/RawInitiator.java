package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.identity.Identity;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

import static io.shadowmesh.dataplane.frame.HandshakeHeader.BYTES_OFFSET;
import static io.shadowmesh.dataplane.frame.HandshakeHeader.MAC_LENGTH;
import static io.shadowmesh.dataplane.frame.HandshakeHeader.SENDER_INDEX_OFFSET;

/**
 * An initiator that does as it likes: from any address, in any number, with any index.
 */
final class RawInitiator
{
    private final MeshNode responder;
    private final int chunk;
    private final int index;
    private final Suite suite = Suite.AES_256_GCM;
    private final PqxxHandshake noise;
    private final Mac1 mac1;
    private final List<byte[]> first;

    RawInitiator(final Identity self, final MeshNode responder, final int chunk, final int index)
        throws GeneralSecurityException
    {
        this.responder = responder;
        this.chunk = chunk;
        this.index = index;
        noise = PqxxHandshake.initiator(
            LocalNode.KEM,
            PqxxHandshake.PROTOCOL,
            LocalNode.prologue(suite, responder.id()),
            self.keyPair(),
            new SeededRandom(index));
        noise.presharedKey(new byte[32]);
        mac1 = Mac1.toResponder(responder.id());
        first = datagrams(FragmentLayout.M1, noise.writeMessage(new byte[0]), 0);
    }

    List<byte[]> first()
    {
        return first;
    }

    /**
     * Reads an M2 and makes M3.
     */
    List<byte[]> third(final List<byte[]> second) throws GeneralSecurityException
    {
        noise.readMessage(body(second));
        final int receiverIndex = ByteBuffer.wrap(second.getFirst()).getInt(SENDER_INDEX_OFFSET);
        return datagrams(FragmentLayout.M3, noise.writeMessage(new Hello(0, 1400).encode()), receiverIndex);
    }

    /**
     * Goes as far as M3 from an address, over a network that delivers nothing.
     */
    void claim(final ScriptedNetwork network, final Endpoint from) throws GeneralSecurityException
    {
        third(exchange(network, first, from)).forEach(datagram -> responder.receive(datagram, from));
    }

    /**
     * Has the responder take datagrams and returns what it sends back to that address.
     */
    List<byte[]> exchange(final ScriptedNetwork network, final List<byte[]> datagrams, final Endpoint from)
    {
        final int before = network.sent().size();
        datagrams.forEach(datagram -> responder.receive(datagram, from));
        return network.sent().subList(before, network.sent().size()).stream()
            .filter(datagram -> datagram.to().equals(from))
            .map(ScriptedNetwork.Datagram::bytes)
            .toList();
    }

    private List<byte[]> datagrams(final int message, final byte[] body, final int receiverIndex)
    {
        return collect(HandshakeDatagrams.of(message, body, chunk, suite, index, receiverIndex, mac1));
    }

    static List<byte[]> collect(final HandshakeDatagrams datagrams)
    {
        final List<byte[]> all = new ArrayList<>();
        datagrams.sendTo(null, (datagram, length, to) -> all.add(datagram.clone()));
        return all;
    }

    /**
     * The datagrams of the message that a node has sent last of its kind.
     */
    static List<byte[]> collectSent(final ScriptedNetwork network, final MeshNode from, final int message)
    {
        final List<ScriptedNetwork.Datagram> all = network.sent(from, message);
        return all.subList(all.size() - all.getLast().count(), all.size()).stream()
            .map(ScriptedNetwork.Datagram::bytes).toList();
    }

    static byte[] body(final List<byte[]> datagrams)
    {
        final ByteArrayOutputStream body = new ByteArrayOutputStream();
        datagrams.forEach(datagram ->
            body.write(datagram, BYTES_OFFSET, datagram.length - BYTES_OFFSET - 2 * MAC_LENGTH));
        return body.toByteArray();
    }
}
