package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.address.IpPrefix;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AllowedIpsTest
{
    private final Peer alice = Fixtures.peer("alice", 1, "10.0.0.1/24", "2001:db8:a::/48");
    private final Peer bob = Fixtures.peer("bob", 2, "10.0.0.128/25", "2001:db8:a:b::/64");
    private final Peer carol = Fixtures.peer("carol", 3, "0.0.0.0/0", "::/0");

    @Test
    void findsNobodyWhenEmpty()
    {
        assertNull(AllowedIps.EMPTY.lookupIpv4(0));
        assertNull(AllowedIps.EMPTY.lookupIpv4(-1));
        assertNull(AllowedIps.EMPTY.lookupIpv6(0, 0));
        assertNull(AllowedIps.EMPTY.lookupIpv6(-1, -1));
    }

    @Test
    void prefersTheLongestPrefix()
    {
        final AllowedIps allowed = AllowedIps.of(List.of(alice, bob, carol));
        assertSame(alice, lookup(allowed, "10.0.0.0"));
        assertSame(alice, lookup(allowed, "10.0.0.127"));
        assertSame(bob, lookup(allowed, "10.0.0.128"));
        assertSame(bob, lookup(allowed, "10.0.0.255"));
        assertSame(carol, lookup(allowed, "10.0.1.0"));
        assertSame(carol, lookup(allowed, "9.255.255.255"));
        assertSame(carol, lookup(allowed, "0.0.0.0"));
        assertSame(carol, lookup(allowed, "255.255.255.255"));
        assertSame(alice, lookup(allowed, "2001:db8:a::"));
        assertSame(alice, lookup(allowed, "2001:db8:a:a:ffff:ffff:ffff:ffff"));
        assertSame(bob, lookup(allowed, "2001:db8:a:b::"));
        assertSame(bob, lookup(allowed, "2001:db8:a:b:ffff:ffff:ffff:ffff"));
        assertSame(alice, lookup(allowed, "2001:db8:a:c::"));
        assertSame(carol, lookup(allowed, "2001:db8:b::"));
        assertSame(carol, lookup(allowed, "::"));
        assertSame(carol, lookup(allowed, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
    }

    @Test
    void givesNobodyWhatLiesOutside()
    {
        final AllowedIps allowed = AllowedIps.of(List.of(alice));
        assertNull(lookup(allowed, "9.255.255.255"));
        assertSame(alice, lookup(allowed, "10.0.0.0"));
        assertSame(alice, lookup(allowed, "10.0.0.255"));
        assertNull(lookup(allowed, "10.0.1.0"));
        assertNull(lookup(allowed, "2001:db8:9:ffff:ffff:ffff:ffff:ffff"));
        assertSame(alice, lookup(allowed, "2001:db8:a::"));
        assertNull(lookup(allowed, "2001:db8:b::"));
    }

    @Test
    void keepsTheFamiliesApart()
    {
        final AllowedIps ipv4 = AllowedIps.of(Map.of(IpPrefix.parse("0.0.0.0/0"), alice));
        assertNull(lookup(ipv4, "::a00:1"));
        final AllowedIps ipv6 = AllowedIps.of(Map.of(IpPrefix.parse("::/0"), alice));
        assertNull(lookup(ipv6, "10.0.0.1"));
    }

    @Test
    void endsAtTheLastAddress()
    {
        final AllowedIps allowed = AllowedIps.of(Map.of(
            IpPrefix.parse("255.255.255.255"), alice,
            IpPrefix.parse("255.255.255.0/24"), bob,
            IpPrefix.parse("0.0.0.0"), carol,
            IpPrefix.parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), alice,
            IpPrefix.parse("ffff:ffff:ffff:ffff::/64"), bob,
            IpPrefix.parse("::"), carol,
            IpPrefix.parse("0:0:0:1::/64"), bob,
            IpPrefix.parse("::8000:0:0:0/65"), alice));
        assertSame(alice, lookup(allowed, "255.255.255.255"));
        assertSame(bob, lookup(allowed, "255.255.255.254"));
        assertNull(lookup(allowed, "255.255.254.255"));
        assertSame(carol, lookup(allowed, "0.0.0.0"));
        assertNull(lookup(allowed, "0.0.0.1"));
        assertSame(alice, lookup(allowed, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
        assertSame(bob, lookup(allowed, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"));
        assertSame(carol, lookup(allowed, "::"));
        assertNull(lookup(allowed, "::1"));
        assertSame(alice, lookup(allowed, "::ffff:ffff:ffff:ffff"));
        assertSame(bob, lookup(allowed, "0:0:0:1::"));
        assertNull(lookup(allowed, "0:0:0:2::"));
    }

    @Test
    void refusesOnePrefixForTwoPeersAndNamesBoth()
    {
        final Peer dave = Fixtures.peer("dave", 4, "10.0.0.77/24");
        final String message = assertThrows(
            IllegalArgumentException.class, () -> AllowedIps.of(List.of(alice, dave))).getMessage();
        assertTrue(message.contains("10.0.0.0/24"), message);
        assertTrue(message.contains("alice (" + alice.id()), message);
        assertTrue(message.contains("dave (" + dave.id()), message);

        final Peer erin = Fixtures.peer("erin", 5, "2001:db8:a::1/48");
        assertThrows(IllegalArgumentException.class, () -> AllowedIps.of(List.of(alice, erin)));
    }

    @Test
    void allowsOnePrefixTwiceForOnePeer()
    {
        final Peer frank = Fixtures.peer("frank", 6, "10.1.0.1/16", "10.1.0.2/16", "10.1.2.0/24");
        final AllowedIps allowed = AllowedIps.of(List.of(frank, alice));
        assertSame(frank, lookup(allowed, "10.1.2.3"));
        assertSame(frank, lookup(allowed, "10.1.255.255"));
        assertNull(lookup(allowed, "10.2.0.0"));
    }

    @Test
    void readsAddressesOutOfPackets()
    {
        final AllowedIps allowed = AllowedIps.of(List.of(alice, bob));
        final UnsafeBuffer packet = new UnsafeBuffer(new byte[60]);
        packet.putInt(7 + 12, 0x0A000001, ByteOrder.BIG_ENDIAN);
        packet.putInt(7 + 16, 0x0A000081, ByteOrder.BIG_ENDIAN);
        assertSame(alice, allowed.lookupSource(packet, 7, InnerPacket.IPV4));
        assertSame(bob, allowed.lookupDestination(packet, 7, InnerPacket.IPV4));

        packet.putLong(7 + 8, 0x20010DB8_000A000BL, ByteOrder.BIG_ENDIAN);
        packet.putLong(7 + 24, 0x20010DB8_000A000CL, ByteOrder.BIG_ENDIAN);
        assertSame(bob, allowed.lookupSource(packet, 7, InnerPacket.IPV6));
        assertSame(alice, allowed.lookupDestination(packet, 7, InnerPacket.IPV6));
    }

    @Test
    void agreesWithLinearSearchOverRandomIpv4Prefixes()
    {
        final Random random = Fixtures.seeded("AllowedIpsTest IPv4");
        for (int round = 0; round < 300; round++)
        {
            final int base = random.nextBoolean() ? 0 : random.nextInt();
            final int spread = random.nextBoolean() ? -1 : random.nextInt(0xFFFF);
            compare(random, 1 + random.nextInt(round < 200 ? 12 : 150), () ->
                IpPrefix.ofIpv4(base ^ random.nextInt() & spread, random.nextInt(33)));
        }
    }

    @Test
    void agreesWithLinearSearchOverRandomIpv6Prefixes()
    {
        final Random random = Fixtures.seeded("AllowedIpsTest IPv6");
        for (int round = 0; round < 300; round++)
        {
            final long high = random.nextBoolean() ? 0 : random.nextLong();
            final long highSpread = random.nextInt(3) - 1L;
            final long lowSpread = random.nextBoolean() ? -1 : random.nextInt(0xFFFF);
            compare(random, 1 + random.nextInt(round < 200 ? 12 : 150), () ->
                IpPrefix.ofIpv6(
                    high ^ random.nextLong() & highSpread, random.nextLong() & lowSpread, random.nextInt(129)));
        }
    }

    @Test
    void holdsHundredThousandPrefixesOfManyPeers()
    {
        final Random random = Fixtures.seeded("AllowedIpsTest large");
        final List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < 50; i++)
        {
            peers.add(Fixtures.peer("peer" + i, i));
        }
        final Map<IpPrefix, Peer> claims = new LinkedHashMap<>();
        while (claims.size() < 120_000)
        {
            claims.put(IpPrefix.ofIpv4(random.nextInt(), 24).network(), peers.get(random.nextInt(50)));
            claims.put(IpPrefix.ofIpv6(0x20010DB8_00000000L | random.nextInt(), random.nextLong(), 128),
                peers.get(random.nextInt(50)));
        }
        final AllowedIps allowed = AllowedIps.of(claims);
        claims.forEach((prefix, peer) -> assertSame(peer, lookup(allowed, prefix)));
    }

    @Test
    void holdsThirteenTimesTenThousandPrefixesOfOnePeer()
    {
        final List<IpPrefix> prefixes = new ArrayList<>();
        for (int i = 0; i < 510; i++)
        {
            for (int j = 0; j < 256; j++)
            {
                // Every other /32, so that no two ranges touch.
                prefixes.add(IpPrefix.ofIpv4(0x0A000000 | i << 9 | j << 1, 32));
            }
        }
        assertEquals(130_560, prefixes.size());
        final PeerSettings settings =
            new PeerSettings(Fixtures.id(9), "hub", null, 0, prefixes, false, 0, null);
        final Peer hub = new Peer(settings, Fixtures.SELF, 0);
        final AllowedIps allowed = AllowedIps.of(List.of(hub));
        for (final IpPrefix prefix : prefixes)
        {
            assertSame(hub, allowed.lookupIpv4((int)prefix.low()));
            assertNull(allowed.lookupIpv4((int)prefix.low() + 1));
        }
        assertNull(allowed.lookupIpv4(0x0A000000 - 1));
    }

    private void compare(final Random random, final int count, final Supplier<IpPrefix> prefixes)
    {
        final List<Peer> peers = List.of(alice, bob, carol);
        final Map<IpPrefix, Peer> claims = new LinkedHashMap<>();
        for (int i = 0; i < count; i++)
        {
            claims.put(prefixes.get().network(), peers.get(random.nextInt(3)));
        }
        final AllowedIps allowed = AllowedIps.of(claims);
        final List<IpPrefix> all = List.copyOf(claims.keySet());
        for (int i = 0; i < 200; i++)
        {
            final IpPrefix near = i < 50 ? prefixes.get() : all.get(random.nextInt(all.size()));
            final IpPrefix probe = step(near, random.nextInt(3) - 1, random);
            assertSame(linear(claims, probe), lookup(allowed, probe), () -> probe + " among " + claims);
        }
    }

    /** The address one before a prefix, its first one, or one behind its last. */
    private static IpPrefix step(final IpPrefix prefix, final int step, final Random random)
    {
        final int length = prefix.length();
        if (!prefix.isIpv6())
        {
            final int last = length == 0 ? -1 : (int)prefix.low() + (int)((1L << 32 - length) - 1);
            final int address = step < 0 ? (int)prefix.low() - 1 : step == 0 ? (int)prefix.low() : last;
            return IpPrefix.ofIpv4(address + random.nextInt(2), 32);
        }
        final long hostHigh = length >= 64 ? 0 : -1L >>> length;
        final long hostLow = length <= 64 ? -1L : length == 128 ? 0 : -1L >>> length - 64;
        long high = step <= 0 ? prefix.high() : prefix.high() | hostHigh;
        long low = step <= 0 ? prefix.low() : prefix.low() | hostLow;
        final int delta = step < 0 ? -1 : step == 0 ? 0 : random.nextInt(2);
        if (delta < 0 && low == 0)
        {
            high--;
        }
        if (delta > 0 && low == -1)
        {
            high++;
        }
        low += delta;
        return IpPrefix.ofIpv6(high, low, 128);
    }

    private static Peer linear(final Map<IpPrefix, Peer> claims, final IpPrefix address)
    {
        IpPrefix longest = null;
        for (final IpPrefix prefix : claims.keySet())
        {
            if (prefix.isIpv6() == address.isIpv6() && prefix.contains(address.high(), address.low()) &&
                (longest == null || prefix.length() > longest.length()))
            {
                longest = prefix;
            }
        }
        return claims.get(longest);
    }

    private static Peer lookup(final AllowedIps allowed, final IpPrefix address)
    {
        return address.isIpv6() ?
            allowed.lookupIpv6(address.high(), address.low()) : allowed.lookupIpv4((int)address.low());
    }

    private static Peer lookup(final AllowedIps allowed, final String address)
    {
        final InetAddress literal = InetAddress.ofLiteral(address);
        return lookup(allowed, IpPrefix.of(literal, literal.getAddress().length * Byte.SIZE));
    }
}
