package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Peer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * Finding the peer of an inner address: random prefixes of 256 peers, and addresses in random order that all lie in one
 * of them, so that neither branch prediction nor one hot cache line flatters the result.
 */
public class AllowedIpsBenchmark extends DataPathBenchmark
{
    private static final long SEED = 0x5AD0E5;
    private static final int PEERS = 256;
    private static final int ADDRESSES = 1 << 14;
    private static final int SHORTEST_IPV4 = 16;
    private static final int SHORTEST_IPV6 = 32;

    /** How many prefixes there are of each family. */
    @Param({"1", "1000", "100000"})
    public int prefixes;

    private final int[] ipv4Addresses = new int[ADDRESSES];
    private final long[] ipv6Highs = new long[ADDRESSES];
    private final long[] ipv6Lows = new long[ADDRESSES];
    private AllowedIps allowedIps;
    private int next;

    /** For JMH. */
    public AllowedIpsBenchmark()
    {
    }

    /** Makes the prefixes, and addresses in them. */
    @Setup
    public void fill()
    {
        final Random random = new Random(SEED);
        final Peer[] peers = new Peer[Math.min(PEERS, prefixes)];
        for (int i = 0; i < peers.length; i++)
        {
            peers[i] = SampleKeys.peer(i);
        }

        final Map<IpPrefix, Peer> owners = new HashMap<>();
        final IpPrefix[] ipv4 = new IpPrefix[prefixes];
        final IpPrefix[] ipv6 = new IpPrefix[prefixes];
        for (int i = 0; i < prefixes; i++)
        {
            ipv4[i] = claim(owners, peers, random, false);
            ipv6[i] = claim(owners, peers, random, true);
        }
        allowedIps = AllowedIps.of(owners);

        for (int i = 0; i < ADDRESSES; i++)
        {
            final IpPrefix prefix4 = ipv4[random.nextInt(prefixes)];
            ipv4Addresses[i] = (int)prefix4.low() | random.nextInt() & hostBits(prefix4.length());
            final IpPrefix prefix6 = ipv6[random.nextInt(prefixes)];
            ipv6Highs[i] = prefix6.high() | random.nextLong() & hostBits(prefix6.length(), 0);
            ipv6Lows[i] = prefix6.low() | random.nextLong() & hostBits(prefix6.length(), Long.SIZE);
            if (null == allowedIps.lookupIpv4(ipv4Addresses[i]) ||
                null == allowedIps.lookupIpv6(ipv6Highs[i], ipv6Lows[i]))
            {
                throw new IllegalStateException("an address of a prefix has no peer");
            }
        }
    }

    /** Gives a prefix that nobody has yet to some peer. */
    private static IpPrefix claim(
        final Map<IpPrefix, Peer> owners, final Peer[] peers, final Random random, final boolean ipv6)
    {
        final Peer peer = peers[random.nextInt(peers.length)];
        IpPrefix prefix;
        do
        {
            prefix = ipv6 ?
                IpPrefix.ofIpv6(random.nextLong(), random.nextLong(), length(random, SHORTEST_IPV6, 2 * Long.SIZE)) :
                IpPrefix.ofIpv4(random.nextInt(), length(random, SHORTEST_IPV4, Integer.SIZE));
            prefix = prefix.network();
        }
        while (owners.putIfAbsent(prefix, peer) != null);
        return prefix;
    }

    private static int length(final Random random, final int shortest, final int longest)
    {
        return shortest + random.nextInt(longest - shortest + 1);
    }

    private static int hostBits(final int length)
    {
        return length == Integer.SIZE ? 0 : -1 >>> length;
    }

    /** Of the 64 bits of an IPv6 address that begin at bit {@code first}, those behind its prefix. */
    private static long hostBits(final int length, final int first)
    {
        final int fixed = Math.clamp(length - first, 0, Long.SIZE);
        return fixed == Long.SIZE ? 0 : -1L >>> fixed;
    }

    /**
     * Looks up an IPv4 address.
     *
     * @return its peer.
     */
    @Benchmark
    public Peer ipv4()
    {
        return allowedIps.lookupIpv4(ipv4Addresses[next++ & ADDRESSES - 1]);
    }

    /**
     * Looks up an IPv6 address.
     *
     * @return its peer.
     */
    @Benchmark
    public Peer ipv6()
    {
        final int i = next++ & ADDRESSES - 1;
        return allowedIps.lookupIpv6(ipv6Highs[i], ipv6Lows[i]);
    }
}
