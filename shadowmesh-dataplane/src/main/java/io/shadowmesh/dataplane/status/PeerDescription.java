package io.shadowmesh.dataplane.status;

import java.util.List;

/**
 * What a peer is, for people: all of it that is no number that goes up.
 *
 * @param name             of the peer.
 * @param peerId           of the peer.
 * @param endpoint         where frames are sent to; empty where nobody knows.
 * @param host             name or address to resolve, with the port; empty where the operator has said none.
 * @param keepaliveSeconds longest silence towards the peer, 0 for any.
 * @param allowedIpsCount  of its prefixes in all.
 * @param allowedIps       its prefixes, or the first of them where they are very many.
 */
public record PeerDescription(
    String name,
    String peerId,
    String endpoint,
    String host,
    int keepaliveSeconds,
    int allowedIpsCount,
    List<String> allowedIps)
{
    /** So many prefixes of a peer at most are worth a look. */
    public static final int MOST_ALLOWED_IPS = 64;

    /** Copies the list. */
    public PeerDescription
    {
        allowedIps = List.copyOf(allowedIps);
    }

    /** As lines of a {@link TextBlock}: what may be cut off comes last. */
    String toText()
    {
        final TextLines lines = new TextLines();
        lines.add("name", name);
        lines.add("peer_id", peerId);
        lines.add("endpoint", endpoint);
        lines.add("host", host);
        lines.add("keepalive", Integer.toString(keepaliveSeconds));
        lines.add("allowed_ips", Integer.toString(allowedIpsCount));
        allowedIps.forEach(prefix -> lines.add("allowed_ip", prefix));
        return lines.toString();
    }

    /** Reads what {@link #toText} has written. */
    static PeerDescription parse(final String text)
    {
        final TextLines lines = new TextLines(text);
        return new PeerDescription(
            lines.first("name"), lines.first("peer_id"), lines.first("endpoint"), lines.first("host"),
            lines.number("keepalive"), lines.number("allowed_ips"), lines.all("allowed_ip"));
    }
}
