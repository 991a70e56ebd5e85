package io.shadowmesh.dataplane.handshake;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.crypto.Suite;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Where M1s of more than one fragment are gathered: {@link #CAPACITY} slots of {@link #LIFETIME_NS}, one per source,
 * sender index, suite and count. When all are taken, the oldest gives way.
 *
 * <p><b>Threading:</b> one thread.
 */
final class FirstMessageSlots
{
    /** How many M1s may be incomplete at a time. */
    static final int CAPACITY = 256;

    /** How long one may stay incomplete. */
    static final long LIFETIME_NS = TimeUnit.SECONDS.toNanos(2);

    private final Map<Key, Slot> slots = new LinkedHashMap<>();

    /**
     * Tells whether a fragment would push another sender's out.
     */
    boolean isFullFor(final HandshakeDatagram datagram, final Endpoint source)
    {
        return slots.size() == CAPACITY && datagram.count() > 1 && !slots.containsKey(Key.of(datagram, source));
    }

    /**
     * Adds a fragment of an M1.
     *
     * @return the whole message, or null while it is incomplete.
     */
    byte[] add(final HandshakeDatagram datagram, final Endpoint source, final long nowNs)
    {
        if (datagram.count() == 1)
        {
            final MessageReassembly reassembly = new MessageReassembly(FragmentLayout.M1, 1);
            reassembly.add(datagram, source);
            return reassembly.take();
        }

        expire(nowNs);
        if (isFullFor(datagram, source))
        {
            removeOldest();
        }

        final Key key = Key.of(datagram, source);
        final Slot slot = slots.computeIfAbsent(
            key, k -> new Slot(new MessageReassembly(FragmentLayout.M1, k.count()), nowNs + LIFETIME_NS));
        if (!slot.reassembly().add(datagram, source))
        {
            return null;
        }
        slots.remove(key);
        return slot.reassembly().take();
    }

    /**
     * Frees the slots whose time is over.
     */
    void expire(final long nowNs)
    {
        while (!slots.isEmpty() && nextExpiryNs() <= nowNs)
        {
            removeOldest();
        }
    }

    long nextExpiryNs()
    {
        return slots.isEmpty() ? Long.MAX_VALUE : slots.values().iterator().next().expiryNs();
    }

    int size()
    {
        return slots.size();
    }

    private void removeOldest()
    {
        final Iterator<Slot> oldest = slots.values().iterator();
        oldest.next();
        oldest.remove();
    }

    private record Key(Endpoint source, int senderIndex, Suite suite, int count)
    {
        static Key of(final HandshakeDatagram datagram, final Endpoint source)
        {
            return new Key(source, datagram.senderIndex(), datagram.suite(), datagram.count());
        }
    }

    private record Slot(MessageReassembly reassembly, long expiryNs)
    {
    }
}
