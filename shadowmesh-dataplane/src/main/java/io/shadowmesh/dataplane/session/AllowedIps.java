package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.address.IpPrefix;
import org.agrona.DirectBuffer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which peer an inner address belongs to: the one with the longest prefix that holds it. It decides where an outbound
 * packet goes, by destination, and whether an inbound one may come from its peer, by source. Immutable: the control
 * thread makes new ones and publishes them whole.
 *
 * <p>The prefixes of each family are flattened into the address ranges that they make, and a lookup is a search for the
 * range's start: see {@link RangeTable}.
 */
@SuppressWarnings("exports")
public final class AllowedIps
{
    /** Nobody is allowed anything. */
    public static final AllowedIps EMPTY = new AllowedIps(List.of());

    private final RangeTable ipv4;
    private final RangeTable ipv6;

    private AllowedIps(final List<Claim> claims)
    {
        final List<Claim> sorted = new ArrayList<>(claims);
        sorted.sort(AllowedIps::order);
        refuseConflicts(sorted);

        int firstIpv6 = 0;
        while (firstIpv6 < sorted.size() && !sorted.get(firstIpv6).prefix.isIpv6())
        {
            firstIpv6++;
        }
        ipv4 = flatten(sorted.subList(0, firstIpv6));
        ipv6 = flatten(sorted.subList(firstIpv6, sorted.size()));
    }

    /**
     * The allowed IPs of prefixes and their peers.
     *
     * @param peers by prefix; host bits of the prefixes do not count.
     * @return the allowed IPs.
     * @throws IllegalArgumentException if two peers are given the same prefix; the message names them.
     */
    public static AllowedIps of(final Map<IpPrefix, Peer> peers)
    {
        final List<Claim> claims = new ArrayList<>(peers.size());
        peers.forEach((prefix, peer) -> claims.add(new Claim(prefix.network(), peer)));
        return new AllowedIps(claims);
    }

    /**
     * The allowed IPs that peers bring along.
     *
     * @param peers with their prefixes.
     * @return the allowed IPs.
     * @throws IllegalArgumentException if two peers have the same prefix; the message names them.
     */
    public static AllowedIps of(final Collection<Peer> peers)
    {
        final Map<Peer, List<IpPrefix>> prefixes = new LinkedHashMap<>();
        peers.forEach(peer -> prefixes.put(peer, peer.allowedIps()));
        return ofPrefixes(prefixes);
    }

    /**
     * The allowed IPs of peers that may have others than {@link Peer#allowedIps} yet.
     *
     * @param prefixes by peer.
     * @return the allowed IPs.
     * @throws IllegalArgumentException if two peers have the same prefix; the message names them.
     */
    public static AllowedIps ofPrefixes(final Map<Peer, List<IpPrefix>> prefixes)
    {
        final List<Claim> claims = new ArrayList<>();
        prefixes.forEach((peer, all) -> all.forEach(prefix -> claims.add(new Claim(prefix.network(), peer))));
        return new AllowedIps(claims);
    }

    /**
     * Finds the peer of an IPv4 address.
     *
     * @param address the 32 bits, the first octet uppermost.
     * @return the peer, or null.
     */
    public Peer lookupIpv4(final int address)
    {
        return ipv4.lookup(0, Integer.toUnsignedLong(address));
    }

    /**
     * Finds the peer of an IPv6 address.
     *
     * @param high its first 64 bits.
     * @param low  its last 64 bits.
     * @return the peer, or null.
     */
    public Peer lookupIpv6(final long high, final long low)
    {
        return ipv6.lookup(high, low);
    }

    /**
     * Finds the peer that a packet's source belongs to.
     *
     * @param packet  that holds the packet.
     * @param offset  of its first byte.
     * @param version what {@link InnerPacket#validate} found.
     * @return the peer, or null.
     */
    public Peer lookupSource(final DirectBuffer packet, final int offset, final int version)
    {
        return version == InnerPacket.IPV4 ?
            lookupIpv4(InnerPacket.ipv4Source(packet, offset)) :
            lookupIpv6(InnerPacket.ipv6SourceHigh(packet, offset), InnerPacket.ipv6SourceLow(packet, offset));
    }

    /**
     * Finds the peer that a packet's destination belongs to.
     *
     * @param packet  that holds the packet.
     * @param offset  of its first byte.
     * @param version what {@link InnerPacket#validate} found.
     * @return the peer, or null.
     */
    public Peer lookupDestination(final DirectBuffer packet, final int offset, final int version)
    {
        return version == InnerPacket.IPV4 ?
            lookupIpv4(InnerPacket.ipv4Destination(packet, offset)) :
            lookupIpv6(InnerPacket.ipv6DestinationHigh(packet, offset), InnerPacket.ipv6DestinationLow(packet, offset));
    }

    /** IPv4 before IPv6, then by address, then the shorter prefix first. */
    private static int order(final Claim a, final Claim b)
    {
        if (a.prefix.isIpv6() != b.prefix.isIpv6())
        {
            return a.prefix.isIpv6() ? 1 : -1;
        }
        final int byHigh = Long.compareUnsigned(a.prefix.high(), b.prefix.high());
        final int byAddress = 0 != byHigh ? byHigh : Long.compareUnsigned(a.prefix.low(), b.prefix.low());
        return 0 != byAddress ? byAddress : Integer.compare(a.prefix.length(), b.prefix.length());
    }

    private static void refuseConflicts(final List<Claim> sorted)
    {
        for (int i = 1; i < sorted.size(); i++)
        {
            final Claim a = sorted.get(i - 1);
            final Claim b = sorted.get(i);
            if (a.peer != b.peer && a.prefix.equals(b.prefix))
            {
                throw new IllegalArgumentException("allowed IPs " + a.prefix + " are given to two peers: " +
                    a.peer.name() + " (" + a.peer.id() + ") and " + b.peer.name() + " (" + b.peer.id() + ")");
            }
        }
    }

    /** Turns nested prefixes, sorted by start and then by length, into ranges that follow one another. */
    private static RangeTable flatten(final List<Claim> sorted)
    {
        final RangeTable.Builder ranges = new RangeTable.Builder();
        final List<Claim> open = new ArrayList<>();
        for (final Claim claim : sorted)
        {
            closeBefore(claim, open, ranges);
            open.add(claim);
            ranges.add(claim.prefix.high(), claim.prefix.low(), claim.peer);
        }
        closeBefore(null, open, ranges);
        return ranges.build();
    }

    /** Ends the open prefixes that do not hold the next one; behind each, the one around it goes on. */
    private static void closeBefore(final Claim next, final List<Claim> open, final RangeTable.Builder ranges)
    {
        while (!open.isEmpty() &&
            (next == null || !open.getLast().prefix.contains(next.prefix.high(), next.prefix.low())))
        {
            final Claim ended = open.removeLast();
            final long highAfter = ended.highAfter();
            final long lowAfter = ended.lowAfter();
            if (highAfter != 0 || lowAfter != 0)
            {
                ranges.add(highAfter, lowAfter, open.isEmpty() ? null : open.getLast().peer);
            }
        }
    }

    /** That a prefix, without host bits, is a peer's. */
    private record Claim(IpPrefix prefix, Peer peer)
    {
        /** The upper half of the first address behind the prefix; both halves are 0 if there is none. */
        private long highAfter()
        {
            if (!prefix.isIpv6())
            {
                return 0;
            }
            final int length = prefix.length();
            final long step = length == 0 || length > Long.SIZE ? 0 : 1L << (Long.SIZE - length);
            final boolean carries = length > Long.SIZE && lowAfter() == 0;
            return prefix.high() + step + (carries ? 1 : 0);
        }

        private long lowAfter()
        {
            final int length = prefix.length();
            if (prefix.isIpv6())
            {
                return length <= Long.SIZE ? 0 : prefix.low() + (1L << (2 * Long.SIZE - length));
            }
            return prefix.low() + (1L << (Integer.SIZE - length));
        }
    }
}
