package io.shadowmesh.dataplane.status;

import io.shadowmesh.dataplane.frame.DropReason;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * The place of one peer in a {@link StatusFile}.
 *
 * <p><b>Threading:</b> the control thread.
 */
public final class PeerRecord
{
    private final StatusFile file;
    private final int place;
    private final AtomicCounter[] counters = new AtomicCounter[PeerCounter.values().length];
    private final AtomicCounter[] drops = new AtomicCounter[DropReason.values().length];
    private final String name;

    PeerRecord(final StatusFile file, final int place, final PeerDescription peer)
    {
        this.file = file;
        this.place = place;
        this.name = "peer " + place + ": ";
        describe(peer);
        for (final PeerCounter counter : PeerCounter.values())
        {
            counters[counter.ordinal()] = newCounter(counter.text(), StatusLayout.PEER_TYPE, counter.ordinal());
        }
    }

    /**
     * Says what the peer is.
     *
     * @param peer in words.
     */
    public void describe(final PeerDescription peer)
    {
        file.write(place, peer);
    }

    /**
     * Brings a counter up to date.
     *
     * @param counter to set.
     * @param value   of it now.
     */
    public void set(final PeerCounter counter, final long value)
    {
        counters[counter.ordinal()].setRelease(value);
    }

    /**
     * Brings a count of drops up to date; one that is not 0 gets a counter when it is first needed.
     *
     * @param reason of the drops.
     * @param count  of them so far.
     */
    public void set(final DropReason reason, final long count)
    {
        final AtomicCounter counter = drops[reason.ordinal()];
        if (null != counter)
        {
            counter.setRelease(count);
        }
        else if (count > 0 && file.hasRoomForDrops())
        {
            drops[reason.ordinal()] =
                newCounter("dropped: " + reason.text(), StatusLayout.PEER_DROP_TYPE, reason.ordinal());
            drops[reason.ordinal()].setRelease(count);
        }
    }

    /** Gives up the place. */
    public void remove()
    {
        file.remove(this);
    }

    int place()
    {
        return place;
    }

    /** Frees what it holds in the file. */
    void free()
    {
        file.write(place, null);
        for (final AtomicCounter[] some : new AtomicCounter[][] {counters, drops})
        {
            for (final AtomicCounter counter : some)
            {
                if (null != counter)
                {
                    file.manager().free(counter.id());
                }
            }
        }
    }

    private AtomicCounter newCounter(final String text, final int type, final int key)
    {
        return file.manager().newCounter(name + text, type, buffer ->
        {
            buffer.putInt(0, place);
            buffer.putInt(StatusLayout.SECOND_KEY_OFFSET, key);
        });
    }
}
