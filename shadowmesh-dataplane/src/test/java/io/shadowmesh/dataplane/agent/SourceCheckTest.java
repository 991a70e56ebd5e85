package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.InnerPacket;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerSettings;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

class SourceCheckTest
{
    private static final int IPV4_SOURCE = 12;
    private static final int IPV6_SOURCE = 8;

    private static final int OFFSET = 23;

    private final Peer alice = peer("alice", 1);
    private final Peer bob = peer("bob", 2);
    private final AllowedIps allowedIps = AllowedIps.of(Map.of(
        IpPrefix.parse("10.0.0.1/32"), alice,
        IpPrefix.parse("10.0.0.2/32"), bob,
        IpPrefix.parse("fd00::1/128"), alice,
        IpPrefix.parse("fd00::2/128"), bob));
    private final SourceCheck check = new SourceCheck();

    private static Peer peer(final String name, final int number)
    {
        final byte[] hash = new byte[PeerId.LENGTH];
        hash[0] = (byte)number;
        return new Peer(
            new PeerSettings(PeerId.ofHash(hash), name, null, 0, List.of(), false, 0, null),
            PeerId.ofHash(new byte[PeerId.LENGTH]), number);
    }

    private Peer owner(final String source)
    {
        try
        {
            final byte[] address = InetAddress.getByName(source).getAddress();
            final UnsafeBuffer packet = new UnsafeBuffer(new byte[OFFSET + 40]);
            final boolean ipv4 = address.length == 4;
            packet.putBytes(OFFSET + (ipv4 ? IPV4_SOURCE : IPV6_SOURCE), address);
            return check.owner(ipv4 ? InnerPacket.IPV4 : InnerPacket.IPV6, packet, OFFSET);
        }
        catch (final UnknownHostException e)
        {
            throw new AssertionError(e);
        }
    }

    @Test
    void neverTakesAnAnswerForAnotherSource()
    {
        check.begin(allowedIps);
        assertSame(alice, owner("10.0.0.1"));
        assertNull(owner("10.0.0.3"));
        assertSame(alice, owner("10.0.0.1"));
        assertSame(bob, owner("10.0.0.2"));
        assertNull(owner("0.0.0.0"));
        assertSame(alice, owner("fd00::1"));
        assertNull(owner("fd00:0:0:1::1"));
        assertSame(alice, owner("fd00::1"));
        assertNull(owner("fd00::3"));
        assertNull(owner("fd00::3"));
        assertSame(bob, owner("fd00::2"));
    }

    @Test
    void keepsTheFamiliesApart()
    {
        check.begin(allowedIps);
        assertSame(alice, owner("10.0.0.1"));
        assertSame(bob, owner("fd00::2"));
        assertSame(alice, owner("10.0.0.1"));
        assertSame(bob, owner("fd00::2"));
        assertNull(owner("::10.0.0.1"));
    }

    @Test
    void forgetsAtTheNextBatch()
    {
        check.begin(allowedIps);
        assertSame(alice, owner("10.0.0.1"));
        assertSame(alice, owner("fd00::1"));
        check.begin(AllowedIps.of(Map.of(
            IpPrefix.parse("10.0.0.1/32"), bob, IpPrefix.parse("fd00::2/128"), bob)));
        assertSame(bob, owner("10.0.0.1"));
        assertNull(owner("fd00::1"));
        check.begin(AllowedIps.EMPTY);
        assertNull(owner("10.0.0.1"));
    }

    @Test
    void saysTheSameAsTheTable()
    {
        final long seed = System.nanoTime();
        System.out.println("SourceCheckTest seed " + seed);
        final Random random = new Random(seed);
        check.begin(allowedIps);
        for (int i = 0; i < 10_000; i++)
        {
            final int last = random.nextInt(4);
            assertSame(allowedIps.lookupIpv4(0x0A000000 | last), owner("10.0.0." + last));
            final int last6 = random.nextInt(4);
            assertSame(allowedIps.lookupIpv6(0xFD00L << 48, last6), owner("fd00::" + last6));
        }
    }
}
