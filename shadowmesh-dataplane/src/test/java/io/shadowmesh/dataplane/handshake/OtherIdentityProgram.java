package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.identity.PeerId;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;

/**
 * Somebody who knows a node's Peer ID, has its place on the network and not its key: he answers every first message with
 * a second one that is sound but for the static key in it, which is his own. Integration tests of the command line run it.
 *
 * <pre>
 *   ADDRESS PORT PEER-ID   prints "ready"; ends when it is told to
 * </pre>
 */
public final class OtherIdentityProgram
{
    private static final int OWN_INDEX = 77;

    private OtherIdentityProgram()
    {
    }

    /**
     * Answers until it is ended.
     *
     * @param arguments as above.
     * @throws Exception if the socket cannot be had.
     */
    public static void main(final String[] arguments) throws Exception
    {
        final PeerId victim = PeerId.parse(arguments[2]);
        final Identity own = Identity.generate();
        final HandshakeDatagram datagram = new HandshakeDatagram();
        try (DatagramSocket socket =
            new DatagramSocket(Integer.parseInt(arguments[1]), InetAddress.getByName(arguments[0])))
        {
            System.out.println("ready");
            while (true)
            {
                final DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
                socket.receive(packet);
                if (null == datagram.wrap(packet.getData(), packet.getLength()) && !datagram.isCookie() &&
                    FragmentLayout.M1 == datagram.message() && 1 == datagram.count())
                {
                    final byte[] first = RawInitiator.body(List.of(Arrays.copyOf(packet.getData(), packet.getLength())));
                    for (final byte[] answer : answer(first, datagram.suite(), datagram.senderIndex(), victim, own))
                    {
                        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                    }
                }
            }
        }
    }

    /** An M2 of one identity to an M1 that is meant for another. */
    static List<byte[]> answer(
        final byte[] first, final Suite suite, final int receiverIndex, final PeerId victim, final Identity own)
        throws GeneralSecurityException
    {
        final PqxxHandshake noise = PqxxHandshake.responder(LocalNode.KEM, PqxxHandshake.PROTOCOL,
            LocalNode.prologue(suite, victim), own.keyPair(), new SeededRandom(1));
        noise.readMessage(first);
        return RawInitiator.collect(HandshakeDatagrams.of(FragmentLayout.M2, noise.writeMessage(new byte[0]),
            FragmentLayout.LARGE_CHUNK, suite, OWN_INDEX, receiverIndex, Mac1.inAnswerTo(first)));
    }
}
