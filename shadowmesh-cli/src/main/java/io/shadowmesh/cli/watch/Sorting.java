package io.shadowmesh.cli.watch;

import io.shadowmesh.dataplane.status.PeerCounter;

import java.util.Comparator;

/** By what the peers on the live screen are sorted, and the key for it. */
enum Sorting
{
    /** By name. */
    NAME('n', "name", Comparator.comparing(row -> row.peer().description().name())),
    /** The one that sends most first. */
    RX('r', "rx", Comparator.comparingDouble((LiveRow row) -> row.history().receiveRate()).reversed()),
    /** The one that is sent most first. */
    TX('t', "tx", Comparator.comparingDouble((LiveRow row) -> row.history().sendRate()).reversed()),
    /** The farthest first. */
    RTT('d', "rtt", Comparator.comparingLong((LiveRow row) -> row.peer().get(PeerCounter.RTT_LAST)).reversed()),
    /** The one with the greatest loss first. */
    LOSS('l', "loss", Comparator.comparingLong((LiveRow row) -> row.peer().get(PeerCounter.LOSS_PPM)).reversed());

    private final char key;
    private final String text;
    private final Comparator<LiveRow> order;

    Sorting(final char key, final String text, final Comparator<LiveRow> order)
    {
        this.key = key;
        this.text = text;
        this.order = order;
    }

    char key()
    {
        return key;
    }

    String text()
    {
        return text;
    }

    Comparator<LiveRow> order()
    {
        return order;
    }
}
