package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.CookieFrame;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.PeerId;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * One attempt of this node to reach a peer.
 *
 * <pre>
 *  M1_SENT   M1 goes out until a whole M2 opens and shows the wanted Peer ID
 *  M3_SENT   M3 goes out until a whole M4 opens
 *  LIVE      {@link #session} has the keys
 * </pre>
 *
 * <p><b>Errors:</b> a message that does not authenticate changes nothing but that its fragments are forgotten.
 *
 * <p><b>Units:</b> ns. <b>Threading:</b> one thread.
 */
final class InitiatorHandshake
{
    /** How long an attempt goes on without an M2. */
    static final long UNANSWERED_NS = TimeUnit.SECONDS.toNanos(15);

    /** How long it goes on after its first M2. */
    static final long ANSWERED_NS = TimeUnit.SECONDS.toNanos(9);

    private enum State
    {
        M1_SENT, M3_SENT, LIVE
    }

    private final LocalNode node;
    private final PeerId peer;
    private final Endpoint endpoint;
    private final Suite suite;
    private final int chunk;
    private final int localIndex;
    private final PqxxHandshake noise;
    private final Mac1 outgoingMac;
    private final RetransmitSchedule schedule;
    private final CookieCipher cookieCipher;
    private final HeldCookie held;

    private State state = State.M1_SENT;
    private HandshakeDatagrams outgoing;
    private Mac1 incomingMac;
    private MessageReassembly incoming;
    private int remoteIndex;
    private long deadlineNs;
    private long thirdSentNs;
    private boolean sawWrongResponder;
    private boolean sentForCookie;
    private SessionKeys session;

    /**
     * Begins an attempt and sends M1.
     */
    InitiatorHandshake(
        final LocalNode node,
        final PeerId peer,
        final Endpoint endpoint,
        final Suite suite,
        final int chunk,
        final HeldCookie held,
        final long nowNs)
    {
        this.node = node;
        this.peer = peer;
        this.endpoint = endpoint;
        this.suite = suite;
        this.chunk = chunk;
        noise = PqxxHandshake.initiator(
            LocalNode.KEM,
            PqxxHandshake.PROTOCOL,
            LocalNode.prologue(suite, peer),
            node.self().keyPair(),
            node.random());
        outgoingMac = Mac1.toResponder(peer);
        schedule = new RetransmitSchedule(node.random());
        cookieCipher = new CookieCipher(peer);
        this.held = held;
        deadlineNs = nowNs + UNANSWERED_NS;

        final byte[] first = write(new byte[0]);
        localIndex = node.indices().allocate();
        expectAnswerTo(first, FragmentLayout.M2);
        send(FragmentLayout.M1, first, nowNs);
    }

    PeerId peer()
    {
        return peer;
    }

    int localIndex()
    {
        return localIndex;
    }

    int chunk()
    {
        return chunk;
    }

    /**
     * The keys, once M4 has been read.
     */
    SessionKeys session()
    {
        return session;
    }

    /**
     * Tells whether M3 went out for the first time less than a time ago, and no M4 has come.
     */
    boolean sentThirdWithin(final long periodNs, final long nowNs)
    {
        return State.M3_SENT == state && nowNs - thirdSentNs < periodNs;
    }

    /**
     * Takes an M2 or M4 whose receiver index names this handshake.
     *
     * @return null when it was of use, otherwise why it is dropped.
     */
    DropReason onDatagram(final HandshakeDatagram datagram, final Endpoint source, final long nowNs)
    {
        if (!incoming.isOf(datagram.message()))
        {
            return DropReason.HANDSHAKE_UNKNOWN;
        }
        if (datagram.suite() != suite || !incoming.accepts(datagram) ||
            State.M3_SENT == state && datagram.senderIndex() != remoteIndex)
        {
            return DropReason.HANDSHAKE_MALFORMED;
        }
        if (!datagram.carries(incomingMac))
        {
            return DropReason.HANDSHAKE_BAD_MAC;
        }
        if (!incoming.add(datagram, source))
        {
            return null;
        }

        final boolean ofOneSender = incoming.isOfOneSender();
        final int senderIndex = incoming.senderIndex();
        final byte[] message = incoming.take();
        if (!ofOneSender)
        {
            return DropReason.HANDSHAKE_FAILED;
        }
        return State.M1_SENT == state ? onSecond(message, senderIndex, nowNs) : onFourth(message, nowNs);
    }

    /**
     * Takes a cookie reply whose receiver index names this handshake. A new cookie has M1 go out with it at once, but
     * no more than once for each time that M1 goes out anyway: whoever can make cookies multiplies nothing.
     *
     * @return false when it answers no M1 of this handshake.
     */
    boolean onCookie(final HandshakeDatagram datagram, final long nowNs)
    {
        if (State.M1_SENT != state)
        {
            return false;
        }
        final byte[] bytes = datagram.bytes();
        final Cookie cookie = outgoing.open(
            Arrays.copyOfRange(bytes, CookieFrame.SEALED_OFFSET, CookieFrame.LENGTH),
            Arrays.copyOfRange(bytes, CookieFrame.SALT_OFFSET, CookieFrame.SEALED_OFFSET),
            cookieCipher);
        if (cookie == null)
        {
            return false;
        }

        final boolean isNew = !cookie.equals(held.at(nowNs));
        held.take(cookie, nowNs);
        if (isNew && !sentForCookie)
        {
            sentForCookie = true;
            sendAgain(nowNs);
        }
        return true;
    }

    private DropReason onSecond(final byte[] message, final int senderIndex, final long nowNs)
    {
        try
        {
            noise.readMessage(message, this::presharedKeyOfWanted);
        }
        catch (final PeerRefusedException ex)
        {
            sawWrongResponder = true;
            return DropReason.HANDSHAKE_NOT_ALLOWED;
        }
        catch (final GeneralSecurityException ex)
        {
            return DropReason.HANDSHAKE_FAILED;
        }

        state = State.M3_SENT;
        remoteIndex = senderIndex;
        thirdSentNs = nowNs;
        deadlineNs = nowNs + ANSWERED_NS;
        final byte[] third = write(node.hello().encode());
        expectAnswerTo(third, FragmentLayout.M4);
        send(FragmentLayout.M3, third, nowNs);
        return null;
    }

    private byte[] presharedKeyOfWanted(final byte[] remoteStaticKey)
    {
        return peer.isOf(remoteStaticKey) ? node.peers().presharedKey(peer) : null;
    }

    private DropReason onFourth(final byte[] message, final long nowNs)
    {
        final Hello hello;
        try
        {
            hello = Hello.decode(noise.readMessage(message));
        }
        catch (final GeneralSecurityException ex)
        {
            return DropReason.HANDSHAKE_FAILED;
        }

        session = SessionKeys.derive(
            noise.split(),
            true,
            localIndex,
            remoteIndex,
            peer,
            suite,
            node.hello().agreedWith(hello),
            endpoint,
            nowNs);
        state = State.LIVE;
        return null;
    }

    /**
     * Sends the message again when it is time.
     */
    void poll(final long nowNs)
    {
        if (nowNs >= schedule.dueNs())
        {
            sentForCookie = false;
            sendAgain(nowNs);
            schedule.backOff(nowNs);
        }
    }

    boolean isOver(final long nowNs)
    {
        return nowNs >= deadlineNs;
    }

    long nextDeadlineNs()
    {
        return Math.min(deadlineNs, schedule.dueNs());
    }

    /**
     * What to say when time is over.
     */
    HandshakeOutcome failure()
    {
        if (State.M3_SENT == state)
        {
            return HandshakeOutcome.NOT_COMPLETED;
        }
        return sawWrongResponder ? HandshakeOutcome.WRONG_RESPONDER : HandshakeOutcome.NO_ANSWER;
    }

    /**
     * Erases the secrets; a session that was handed over is not touched.
     */
    void destroy()
    {
        noise.destroy();
    }

    boolean isErased()
    {
        return noise.isEnded();
    }

    private void expectAnswerTo(final byte[] message, final int answer)
    {
        incomingMac = Mac1.inAnswerTo(message);
        incoming = new MessageReassembly(answer, FragmentLayout.count(answer, chunk));
    }

    private void send(final int number, final byte[] message, final long nowNs)
    {
        outgoing = HandshakeDatagrams.of(number, message, chunk, suite, localIndex, remoteIndex, outgoingMac);
        sendAgain(nowNs);
        schedule.restart(nowNs);
    }

    /** Only M1 carries a mac2, and only while a cookie is held. */
    private void sendAgain(final long nowNs)
    {
        if (State.M1_SENT == state)
        {
            outgoing.stamp(held.at(nowNs));
        }
        outgoing.sendTo(endpoint, node.transport());
    }

    private byte[] write(final byte[] payload)
    {
        try
        {
            return noise.writeMessage(payload);
        }
        catch (final GeneralSecurityException ex)
        {
            noise.destroy();
            throw new IllegalStateException("this JDK cannot do the handshake's cryptography", ex);
        }
    }
}
