package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.PeerId;

import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;

/**
 * Answers the handshakes that others begin.
 *
 * <p>The way of an M1: 1. length and fields (done before) 2. mac1 3. admission 4. gathering 5. the same M1 as before?
 * then the same M2 6. room 7. encapsulation, M2.
 *
 * <p>The way of an M3: 1. length and fields (done before) 2. mac1 3. handshake by receiver index 4. gathering 5. the
 * same M3 as before? then the same M4 6. its first field opens 7. claimed peer allowed, not yielding to our own
 * attempt, room 8. the rest opens 9. M4, and a session that nothing depends on until a sealed frame confirms it.
 *
 * <p><b>Threading:</b> one thread.
 */
final class ResponderSide
{
    /** For how long after its M3 the lower Peer ID ignores the M3 of the peer that it has sent it to. */
    static final long PRECEDENCE_NS = TimeUnit.SECONDS.toNanos(5);

    private final LocalNode node;
    private final InitiatorSide initiatorSide;
    private final Admission admission;
    private final Mac1 incomingMac;
    private final FirstMessageSlots firstMessages;
    private final ResponderSlots slots;

    ResponderSide(
        final LocalNode node,
        final InitiatorSide initiatorSide,
        final FirstMessageSlots firstMessages,
        final ResponderSlots slots,
        final Admission admission)
    {
        this.node = node;
        this.initiatorSide = initiatorSide;
        this.firstMessages = firstMessages;
        this.slots = slots;
        this.admission = admission;
        incomingMac = Mac1.toResponder(node.selfId());
    }

    /**
     * Takes a fragment of M1 whose fields are sound.
     */
    void onFirst(final HandshakeDatagram datagram, final Endpoint source, final long nowNs)
    {
        if (!datagram.carries(incomingMac))
        {
            drop(DropReason.HANDSHAKE_BAD_MAC);
            return;
        }
        final DropReason refusal = admission.judge(datagram, source, nowNs);
        if (refusal != null)
        {
            drop(refusal);
            return;
        }

        firstMessages.expire(nowNs);
        if (firstMessages.isFullFor(datagram, source))
        {
            drop(DropReason.HANDSHAKE_TABLE_FULL);
        }
        final byte[] message = firstMessages.add(datagram, source, nowNs);
        if (message != null)
        {
            onWholeFirst(message, FirstMessage.of(message, datagram), source, nowNs);
        }
    }

    private void onWholeFirst(
        final byte[] message, final FirstMessage first, final Endpoint source, final long nowNs)
    {
        final ResponderHandshake known = slots.get(first);
        if (known != null)
        {
            known.sendSecond(source);
            return;
        }

        final ResponderHandshake handshake;
        try
        {
            handshake = ResponderHandshake.begin(node, message, first, source, nowNs);
        }
        catch (final GeneralSecurityException ex)
        {
            drop(DropReason.HANDSHAKE_FAILED);
            return;
        }

        final ResponderHandshake oldest = slots.inTheWayOf(handshake.prefix());
        if (oldest != null)
        {
            end(oldest);
            drop(DropReason.HANDSHAKE_TABLE_FULL);
        }
        slots.addHalfOpen(handshake);
        handshake.sendSecond(source);
    }

    /**
     * Takes a fragment of M3 whose fields are sound.
     */
    void onThird(final HandshakeDatagram datagram, final Endpoint source, final long nowNs)
    {
        if (!datagram.carries(incomingMac))
        {
            drop(DropReason.HANDSHAKE_BAD_MAC);
            return;
        }
        final ResponderHandshake handshake = slots.get(datagram.receiverIndex());
        if (handshake == null)
        {
            drop(DropReason.HANDSHAKE_UNKNOWN);
            return;
        }
        if (!handshake.accepts(datagram))
        {
            drop(DropReason.HANDSHAKE_MALFORMED);
            return;
        }

        final MessageReassembly third = handshake.third();
        if (third.add(datagram, source))
        {
            final Endpoint from = third.source();
            onWholeThird(handshake, third.take(), from, nowNs);
        }
    }

    private void onWholeThird(
        final ResponderHandshake handshake, final byte[] message, final Endpoint source, final long nowNs)
    {
        if (handshake.isAnswered())
        {
            if (handshake.isAnsweredThird(message))
            {
                handshake.sendFourth(source);
            }
            else
            {
                drop(DropReason.HANDSHAKE_FAILED);
            }
            return;
        }

        final SourcePrefix prefix = SourcePrefix.of(source);
        final ClaimCheck check = new ClaimCheck(node.peers(), peer -> obstacle(peer, prefix, nowNs));
        final SessionKeys keys = handshake.answer(message, check, source, nowNs);
        if (keys == null)
        {
            if (handshake.isEnded())
            {
                end(handshake);
            }
            drop(check.refusal());
            if (check.claimed() != null && isOfInterest(check.refusal()))
            {
                node.listener().onClaimRefused(check.claimed(), source, check.refusal());
            }
            return;
        }

        final ResponderHandshake other = slots.inTheWayOf(handshake.peer(), prefix, nowNs);
        if (other != null)
        {
            endUnconfirmed(other);
            drop(DropReason.HANDSHAKE_TABLE_FULL);
        }
        slots.moveToAnswered(handshake);
        // The session first: the initiator's first sealed frame may come back faster than this call returns.
        node.listener().onSession(keys);
        handshake.sendFourth(source);
    }

    private static boolean isOfInterest(final DropReason refusal)
    {
        return refusal == DropReason.HANDSHAKE_NOT_ALLOWED || refusal == DropReason.HANDSHAKE_FAILED;
    }

    private DropReason obstacle(final PeerId peer, final SourcePrefix prefix, final long nowNs)
    {
        final InitiatorHandshake own = initiatorSide.attemptAt(peer);
        if (own != null && own.sentThirdWithin(PRECEDENCE_NS, nowNs) && node.selfId().compareTo(peer) < 0)
        {
            return DropReason.HANDSHAKE_UNKNOWN;
        }
        return slots.hasRoomFor(peer, prefix, nowNs) ? null : DropReason.HANDSHAKE_TABLE_FULL;
    }

    /**
     * The first sealed frame has come on an answered session: the handshake is over.
     *
     * @return the peer, or null when the index names no answered handshake.
     */
    PeerId confirmed(final int localIndex)
    {
        final ResponderHandshake handshake = slots.get(localIndex);
        if (handshake == null || !handshake.isAnswered())
        {
            return null;
        }
        slots.remove(handshake);
        handshake.destroy();
        return handshake.peer();
    }

    /**
     * Ends what has lived too long.
     */
    void poll(final long nowNs)
    {
        firstMessages.expire(nowNs);
        ResponderHandshake expired = slots.nextExpired(nowNs);
        while (expired != null)
        {
            if (expired.isAnswered())
            {
                endUnconfirmed(expired);
            }
            else
            {
                end(expired);
            }
            expired = slots.nextExpired(nowNs);
        }
    }

    long nextDeadlineNs()
    {
        return Math.min(firstMessages.nextExpiryNs(), slots.nextExpiryNs());
    }

    private void end(final ResponderHandshake handshake)
    {
        slots.remove(handshake);
        handshake.destroy();
        if (!handshake.isAnswered())
        {
            node.indices().release(handshake.localIndex());
        }
    }

    /** Ends an answered handshake, and the session that it made. */
    private void endUnconfirmed(final ResponderHandshake handshake)
    {
        end(handshake);
        node.listener().onUnconfirmedExpired(handshake.localIndex());
    }

    private void drop(final DropReason reason)
    {
        node.listener().onDrop(reason);
    }
}
