package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.identity.PeerId;

import java.security.SecureRandom;
import java.util.function.BiFunction;

/**
 * All handshakes of a node that are under way, in both roles.
 *
 * <pre>
 *  initiator   IDLE → M1_SENT → M3_SENT → LIVE
 *  responder   none → HALF_OPEN → ANSWERED → LIVE, at the first sealed frame
 * </pre>
 *
 * <p>It knows no device and no clock. Datagrams go out through a {@link HandshakeTransport}, agreed keys through a
 * {@link HandshakeListener}; the driver passes datagrams and the time in, and calls {@link #poll} no later than at
 * {@link #nextDeadlineNs()}. Cryptography runs inside these calls, so they belong on a thread that forwards nothing.
 *
 * <p><b>Units:</b> ns on one clock that never goes back, {@code CLOCK_BOOTTIME} in a node.
 *
 * <p><b>Threading:</b> one thread, which does nothing else. The listener may call back into the table.
 *
 * <p><b>Errors:</b> a bad datagram is a {@link DropReason}, never an exception, and changes no state. An M3 whose first
 * field opens and a later one fails ends the one handshake that it belongs to.
 *
 * <p>Source: wire protocol ShadowMesh/1, section 4.
 */
public final class HandshakeTable
{
    private final HandshakeListener listener;
    private final FirstMessageSlots firstMessages = new FirstMessageSlots();
    private final ResponderSlots slots = new ResponderSlots();
    private final HandshakeLoad load = new HandshakeLoad(slots::halfOpenCount, firstMessages::size);
    private final InitiatorSide initiatorSide;
    private final ResponderSide responderSide;
    private final Admission admission;
    private final HandshakeDatagram datagramView = new HandshakeDatagram();

    /**
     * A table without handshakes.
     *
     * @param self         this node's identity.
     * @param peers        who may have a session.
     * @param transport    the way out.
     * @param listener     is told what becomes of the handshakes.
     * @param indices      shared with the sessions.
     * @param innerMtu     to offer, 0 to 65,535.
     * @param capabilities to offer, a set of bits.
     * @param random       for keys, indices and jitter.
     */
    public HandshakeTable(
        final Identity self,
        final HandshakePeers peers,
        final HandshakeTransport transport,
        final HandshakeListener listener,
        final ReceiverIndices indices,
        final int innerMtu,
        final int capabilities,
        final SecureRandom random)
    {
        this(self, peers, transport, listener, indices, innerMtu, capabilities, random, FloodDefence::new);
    }

    /** A table that lets others decide whom it admits. */
    HandshakeTable(
        final Identity self,
        final HandshakePeers peers,
        final HandshakeTransport transport,
        final HandshakeListener listener,
        final ReceiverIndices indices,
        final int innerMtu,
        final int capabilities,
        final SecureRandom random,
        final BiFunction<LocalNode, HandshakeLoad, Admission> admissions)
    {
        this.listener = listener;
        final LocalNode node =
            new LocalNode(self, peers, transport, listener, indices, new Hello(capabilities, innerMtu), random);
        initiatorSide = new InitiatorSide(node);
        admission = admissions.apply(node, load);
        responderSide = new ResponderSide(node, initiatorSide, firstMessages, slots, admission);
    }

    /**
     * Begins one attempt to reach a peer, which ends with {@link HandshakeListener#onAttemptEnded}. While one runs,
     * nothing happens. The first attempt cuts its messages into chunks of 1240 bytes; after one that failed, the next
     * takes the other of 1240 and 1160.
     *
     * @param peer     to reach.
     * @param endpoint where it is.
     * @param suite    for the session.
     * @param nowNs    the time.
     * @throws IllegalStateException when the JDK cannot do the handshake's cryptography.
     */
    public void initiate(final PeerId peer, final Endpoint endpoint, final Suite suite, final long nowNs)
    {
        initiatorSide.initiate(peer, endpoint, suite, nowNs);
    }

    /**
     * Tells whether an attempt to reach a peer runs.
     *
     * @param peer to look for.
     * @return true from {@link #initiate} until the attempt has ended.
     */
    public boolean isInitiating(final PeerId peer)
    {
        return initiatorSide.attemptAt(peer) != null;
    }

    /**
     * Takes a received datagram of type HANDSHAKE or COOKIE.
     *
     * <p><b>Ownership:</b> the bytes are the caller's again after the call.
     *
     * @param datagram that starts with the frame header.
     * @param length   of it in bytes.
     * @param source   where it came from.
     * @param nowNs    the time.
     */
    public void onDatagram(final byte[] datagram, final int length, final Endpoint source, final long nowNs)
    {
        final DropReason reason = datagramView.wrap(datagram, length);
        if (reason != null)
        {
            listener.onDrop(reason);
            return;
        }

        load.look(nowNs);
        responderSide.poll(nowNs);
        if (datagramView.isCookie())
        {
            initiatorSide.onCookie(datagramView, nowNs);
            return;
        }
        switch (datagramView.message())
        {
            case FragmentLayout.M1 -> responderSide.onFirst(datagramView, source, nowNs);
            case FragmentLayout.M3 -> responderSide.onThird(datagramView, source, nowNs);
            default -> initiatorSide.onAnswer(datagramView, source, nowNs);
        }
    }

    /**
     * Sends again what was not answered, and ends what has lived too long.
     *
     * @param nowNs the time.
     */
    public void poll(final long nowNs)
    {
        load.look(nowNs);
        responderSide.poll(nowNs);
        initiatorSide.poll(nowNs);
    }

    /**
     * Tells how long one datagram has kept the thread busy: over 10 % of a second, in sum, is load.
     *
     * @param durationNs of the work.
     * @param nowNs      the time when it was done.
     */
    public void worked(final long durationNs, final long nowNs)
    {
        load.worked(durationNs, nowNs);
    }

    /**
     * When {@link #poll} has something to do next.
     *
     * @return the time, or {@link Long#MAX_VALUE} when no handshake is under way.
     */
    public long nextDeadlineNs()
    {
        return Math.min(
            load.nextDeadlineNs(), Math.min(responderSide.nextDeadlineNs(), initiatorSide.nextDeadlineNs()));
    }

    /**
     * Tells that the first valid sealed frame has come on a session that this node answered: its handshake is over, and
     * so is this node's own attempt to reach that peer, if one runs.
     *
     * @param localIndex of the session; one that names no answered handshake is ignored.
     */
    public void confirmed(final int localIndex)
    {
        final PeerId peer = responderSide.confirmed(localIndex);
        if (peer != null)
        {
            initiatorSide.end(peer, HandshakeOutcome.SUPERSEDED);
        }
    }

    /**
     * Calls off this node's own attempt to reach a peer, if one runs.
     *
     * @param peer that is not wanted any more.
     */
    public void cancel(final PeerId peer)
    {
        initiatorSide.end(peer, HandshakeOutcome.CANCELLED);
    }

    /**
     * Half-open handshakes now, for tests and status.
     *
     * @return 0 to 1024.
     */
    public int halfOpenCount()
    {
        return slots.halfOpenCount();
    }

    /**
     * Answered handshakes that wait for their first sealed frame now, for tests and status.
     *
     * @return at most 64 per peer.
     */
    public int answeredCount()
    {
        return slots.answeredCount();
    }

    /**
     * Incomplete M1s now, for tests and status.
     *
     * @return 0 to 256.
     */
    public int incompleteFirstCount()
    {
        return firstMessages.size();
    }

    /**
     * Tells whether an M1 must carry a cookie now.
     *
     * @return true under load.
     */
    public boolean isUnderLoad()
    {
        return load.isUnder();
    }

    /**
     * Cookie replies sent so far.
     *
     * @return the count.
     */
    public long cookiesSent()
    {
        return admission.cookiesSent();
    }

    /**
     * Cookie replies that this node's own attempts have made use of so far.
     *
     * @return the count.
     */
    public long cookiesTaken()
    {
        return initiatorSide.cookiesTaken();
    }
}
