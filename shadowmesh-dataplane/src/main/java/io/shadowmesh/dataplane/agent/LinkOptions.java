package io.shadowmesh.dataplane.agent;

/**
 * What the operator says of the link that the tunnel's datagrams leave by.
 *
 * @param bandwidth in bit/s: datagrams are paced a little below it; 0 where it is not known.
 * @param finds     true to find it out, and pace to what is found.
 * @param aqm       true to mark or drop packets that have waited for too long, so that their senders slow down.
 */
public record LinkOptions(long bandwidth, boolean finds, boolean aqm)
{
    /** Nothing is known: no pacing, and packets that the socket holds up are managed. */
    public static final LinkOptions DEFAULT = new LinkOptions(0, false, true);
}
