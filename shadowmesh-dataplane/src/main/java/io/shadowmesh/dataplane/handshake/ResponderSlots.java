package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.identity.PeerId;

import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The handshakes that others began, within the bounds that nobody can push them past. Of half-open ones the oldest
 * gives way, since anybody can make them.
 *
 * <p>Of answered ones, an honest one may be among the old, and may be the newest, whose source prefix has none yet. So
 * prefixes share the places of a peer evenly: when all are taken, one that has fewer than another, by more than what would
 * only turn the two about, takes the oldest place of the one that has most; of prefixes that have as many, of the one whose
 * place is the oldest. An answer of less than 2 s ago keeps its place, since its first sealed frame may be on its way. Else
 * the newest is refused. Its handshake stays half-open, and its M3 is sent again.
 *
 * <p><b>Threading:</b> one thread. Source: wire protocol ShadowMesh/1, sections 4 and 5, but for the places that change
 * hands.
 */
final class ResponderSlots
{
    /** Half-open handshakes in all. */
    static final int HALF_OPEN = 1024;

    /** Half-open handshakes of one source prefix. */
    static final int HALF_OPEN_PER_PREFIX = 32;

    /** How long a handshake stays half-open. */
    static final long HALF_OPEN_NS = TimeUnit.SECONDS.toNanos(10);

    /** Answered handshakes that claim to be one peer's. */
    static final int ANSWERED_PER_PEER = 64;

    /** Answered handshakes that claim to be one peer's and came from one source prefix. */
    static final int ANSWERED_PER_PEER_AND_PREFIX = 4;

    /** For how long an answered handshake keeps its place whoever else comes: some round trips. */
    static final long ANSWERED_AT_LEAST_NS = TimeUnit.SECONDS.toNanos(2);

    /** How long an answered handshake waits for its first sealed frame. */
    static final long ANSWERED_NS = TimeUnit.SECONDS.toNanos(15);

    private final Map<Integer, ResponderHandshake> byIndex = new HashMap<>();
    private final Map<FirstMessage, ResponderHandshake> byFirst = new HashMap<>();
    private final Set<ResponderHandshake> halfOpen = new LinkedHashSet<>();
    private final Map<SourcePrefix, Set<ResponderHandshake>> halfOpenByPrefix = new HashMap<>();
    private final Set<ResponderHandshake> answered = new LinkedHashSet<>();
    private final Map<PeerId, Map<SourcePrefix, Set<ResponderHandshake>>> answeredByPeer = new HashMap<>();

    ResponderHandshake get(final int localIndex)
    {
        return byIndex.get(localIndex);
    }

    ResponderHandshake get(final FirstMessage first)
    {
        return byFirst.get(first);
    }

    /**
     * The half-open handshake that must go before another of a prefix may be added.
     *
     * @return null when there is room.
     */
    ResponderHandshake inTheWayOf(final SourcePrefix prefix)
    {
        final Set<ResponderHandshake> ofPrefix = halfOpenByPrefix.get(prefix);
        if (ofPrefix != null && ofPrefix.size() == HALF_OPEN_PER_PREFIX)
        {
            return ofPrefix.iterator().next();
        }
        return halfOpen.size() == HALF_OPEN ? halfOpen.iterator().next() : null;
    }

    void addHalfOpen(final ResponderHandshake handshake)
    {
        byIndex.put(handshake.localIndex(), handshake);
        byFirst.put(handshake.first(), handshake);
        halfOpen.add(handshake);
        halfOpenByPrefix.computeIfAbsent(handshake.prefix(), prefix -> new LinkedHashSet<>()).add(handshake);
    }

    /**
     * Tells whether one more handshake that claims to be a peer's may be answered, if need be in the place of
     * {@link #inTheWayOf(PeerId, SourcePrefix, long) another}.
     */
    boolean hasRoomFor(final PeerId peer, final SourcePrefix prefix, final long nowNs)
    {
        final Map<SourcePrefix, Set<ResponderHandshake>> ofPeer = answeredByPeer.getOrDefault(peer, Map.of());
        return ofPeer.getOrDefault(prefix, Set.of()).size() < ANSWERED_PER_PEER_AND_PREFIX &&
            (count(ofPeer) < ANSWERED_PER_PEER || null != inTheWayOf(peer, prefix, nowNs));
    }

    /**
     * The answered handshake that must go before another that claims to be a peer's may be answered.
     *
     * @return null when there is room, or none for it.
     */
    ResponderHandshake inTheWayOf(final PeerId peer, final SourcePrefix prefix, final long nowNs)
    {
        final Map<SourcePrefix, Set<ResponderHandshake>> ofPeer = answeredByPeer.getOrDefault(peer, Map.of());
        if (count(ofPeer) < ANSWERED_PER_PEER)
        {
            return null;
        }
        final Set<ResponderHandshake> most = mostOfOnePrefix(ofPeer);
        final int ofPrefix = ofPeer.getOrDefault(prefix, Set.of()).size();
        final ResponderHandshake oldest = most.iterator().next();
        return (0 == ofPrefix || ofPrefix + 1 < most.size()) && nowNs - oldest.answeredNs() >= ANSWERED_AT_LEAST_NS ?
            oldest : null;
    }

    private static int count(final Map<SourcePrefix, Set<ResponderHandshake>> ofPeer)
    {
        return ofPeer.values().stream().mapToInt(Set::size).sum();
    }

    /** Of prefixes that have as many, the one whose oldest answer is the oldest. */
    private static Set<ResponderHandshake> mostOfOnePrefix(final Map<SourcePrefix, Set<ResponderHandshake>> ofPeer)
    {
        return Collections.max(ofPeer.values(), Comparator
            .<Set<ResponderHandshake>>comparingInt(Set::size)
            .thenComparingLong(answers -> -answers.iterator().next().answeredNs()));
    }

    /**
     * A half-open handshake has been answered.
     */
    void moveToAnswered(final ResponderHandshake handshake)
    {
        removeHalfOpen(handshake);
        answered.add(handshake);
        answeredByPeer.computeIfAbsent(handshake.peer(), peer -> new HashMap<>())
            .computeIfAbsent(handshake.answeredPrefix(), prefix -> new LinkedHashSet<>()).add(handshake);
    }

    void remove(final ResponderHandshake handshake)
    {
        byIndex.remove(handshake.localIndex());
        byFirst.remove(handshake.first());
        removeHalfOpen(handshake);
        if (answered.remove(handshake))
        {
            answeredByPeer.computeIfPresent(handshake.peer(), (peer, ofPeer) ->
            {
                ofPeer.computeIfPresent(
                    handshake.answeredPrefix(), (prefix, set) -> set.remove(handshake) && set.isEmpty() ? null : set);
                return ofPeer.isEmpty() ? null : ofPeer;
            });
        }
    }

    private void removeHalfOpen(final ResponderHandshake handshake)
    {
        if (halfOpen.remove(handshake))
        {
            halfOpenByPrefix.computeIfPresent(
                handshake.prefix(), (prefix, set) -> set.remove(handshake) && set.isEmpty() ? null : set);
        }
    }

    /**
     * A handshake whose time is over.
     *
     * @return null when there is none.
     */
    ResponderHandshake nextExpired(final long nowNs)
    {
        if (!halfOpen.isEmpty() && halfOpen.iterator().next().beganNs() + HALF_OPEN_NS <= nowNs)
        {
            return halfOpen.iterator().next();
        }
        if (!answered.isEmpty() && answered.iterator().next().answeredNs() + ANSWERED_NS <= nowNs)
        {
            return answered.iterator().next();
        }
        return null;
    }

    long nextExpiryNs()
    {
        final long ofHalfOpen =
            halfOpen.isEmpty() ? Long.MAX_VALUE : halfOpen.iterator().next().beganNs() + HALF_OPEN_NS;
        final long ofAnswered =
            answered.isEmpty() ? Long.MAX_VALUE : answered.iterator().next().answeredNs() + ANSWERED_NS;
        return Math.min(ofHalfOpen, ofAnswered);
    }

    int halfOpenCount()
    {
        return halfOpen.size();
    }

    int answeredCount()
    {
        return answered.size();
    }
}
