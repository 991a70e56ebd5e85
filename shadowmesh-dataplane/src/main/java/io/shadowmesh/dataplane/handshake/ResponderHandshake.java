package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Sha256;
import io.shadowmesh.dataplane.identity.PeerId;

import java.security.GeneralSecurityException;
import java.util.Arrays;

/**
 * One handshake that somebody else began.
 *
 * <pre>
 *  HALF_OPEN  M2 is sent whenever the same M1 comes, until a whole M3 opens
 *  ANSWERED   M4 is sent whenever the same M3 comes, until the first sealed frame (LIVE: it leaves the table)
 * </pre>
 *
 * <p><b>Threading:</b> one thread.
 */
final class ResponderHandshake
{
    private final LocalNode node;
    private final FirstMessage first;
    private final SourcePrefix prefix;
    private final long beganNs;
    private final int localIndex;
    private final PqxxHandshake noise;
    private final HandshakeDatagrams second;
    private final MessageReassembly third;

    private byte[] thirdHash;
    private HandshakeDatagrams fourth;
    private PeerId peer;
    private SourcePrefix answeredPrefix;
    private long answeredNs;

    private ResponderHandshake(
        final LocalNode node,
        final FirstMessage first,
        final SourcePrefix prefix,
        final long nowNs,
        final PqxxHandshake noise,
        final HandshakeDatagrams second,
        final int localIndex)
    {
        this.node = node;
        this.first = first;
        this.prefix = prefix;
        beganNs = nowNs;
        this.noise = noise;
        this.second = second;
        this.localIndex = localIndex;
        third = new MessageReassembly(FragmentLayout.M3, FragmentLayout.count(FragmentLayout.M3, first.chunk()));
    }

    /**
     * Reads an M1 and makes the M2 that answers it.
     *
     * @throws GeneralSecurityException when M1's key cannot be used: nothing is left behind.
     */
    static ResponderHandshake begin(
        final LocalNode node,
        final byte[] message,
        final FirstMessage first,
        final Endpoint source,
        final long nowNs) throws GeneralSecurityException
    {
        final PqxxHandshake noise = PqxxHandshake.responder(
            LocalNode.KEM,
            PqxxHandshake.PROTOCOL,
            LocalNode.prologue(first.suite(), node.selfId()),
            node.self().keyPair(),
            node.random());
        final byte[] answer;
        try
        {
            noise.readMessage(message);
            answer = noise.writeMessage(new byte[0]);
        }
        catch (final GeneralSecurityException ex)
        {
            noise.destroy();
            throw ex;
        }

        final int localIndex = node.indices().allocate();
        final HandshakeDatagrams second = HandshakeDatagrams.of(
            FragmentLayout.M2,
            answer,
            first.chunk(),
            first.suite(),
            localIndex,
            first.senderIndex(),
            Mac1.inAnswerTo(message));
        return new ResponderHandshake(node, first, SourcePrefix.of(source), nowNs, noise, second, localIndex);
    }

    FirstMessage first()
    {
        return first;
    }

    /**
     * Where M1 came from, for the caps on half-open handshakes.
     */
    SourcePrefix prefix()
    {
        return prefix;
    }

    long beganNs()
    {
        return beganNs;
    }

    int localIndex()
    {
        return localIndex;
    }

    boolean isAnswered()
    {
        return fourth != null;
    }

    /**
     * Whether the handshake can only be dropped: an M3 of its own initiator turned out bad.
     */
    boolean isEnded()
    {
        return !isAnswered() && noise.isEnded();
    }

    /**
     * Who M3 claims to be from, once it is answered.
     */
    PeerId peer()
    {
        return peer;
    }

    /**
     * Where M3 came from, for the caps on answered handshakes.
     */
    SourcePrefix answeredPrefix()
    {
        return answeredPrefix;
    }

    long answeredNs()
    {
        return answeredNs;
    }

    /**
     * Tells whether a fragment of M3 belongs to this handshake's M1.
     */
    boolean accepts(final HandshakeDatagram datagram)
    {
        return datagram.senderIndex() == first.senderIndex() &&
            datagram.suite() == first.suite() &&
            third.accepts(datagram);
    }

    MessageReassembly third()
    {
        return third;
    }

    /**
     * Sends M2: the first time, and for every copy of M1.
     */
    void sendSecond(final Endpoint to)
    {
        second.sendTo(to, node.transport());
    }

    /**
     * Sends M4: the first time, and for every copy of M3.
     */
    void sendFourth(final Endpoint to)
    {
        fourth.sendTo(to, node.transport());
    }

    boolean isAnsweredThird(final byte[] message)
    {
        return isAnswered() && Arrays.equals(thirdHash, Sha256.hash(message));
    }

    /**
     * Reads M3, makes the M4 that answers it, and derives the keys.
     *
     * @return the keys, or null when M3 cannot be read: see {@link #isEnded}, and {@link ClaimCheck#refusal} for why.
     */
    SessionKeys answer(final byte[] message, final ClaimCheck check, final Endpoint source, final long nowNs)
    {
        final Hello hello;
        final byte[] answer;
        try
        {
            hello = Hello.decode(noise.readMessage(message, check));
            answer = noise.writeMessage(node.hello().encode());
        }
        catch (final GeneralSecurityException ex)
        {
            if (noise.nextMessage() > FragmentLayout.M3)
            {
                noise.destroy();
            }
            return null;
        }

        peer = check.claimed();
        answeredPrefix = SourcePrefix.of(source);
        answeredNs = nowNs;
        thirdHash = Sha256.hash(message);
        fourth = HandshakeDatagrams.of(
            FragmentLayout.M4,
            answer,
            first.chunk(),
            first.suite(),
            localIndex,
            first.senderIndex(),
            Mac1.inAnswerTo(message));
        return SessionKeys.derive(
            noise.split(),
            false,
            localIndex,
            first.senderIndex(),
            peer,
            first.suite(),
            node.hello().agreedWith(hello),
            source,
            nowNs);
    }

    /**
     * Erases the secrets; a session that was handed over is not touched.
     */
    void destroy()
    {
        noise.destroy();
    }
}
