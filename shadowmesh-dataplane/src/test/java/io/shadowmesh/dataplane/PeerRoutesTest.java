package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.PeerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

class PeerRoutesTest
{
    private final LogLines log = new LogLines(PeerRoutes.class.getName());

    @AfterEach
    void close()
    {
        log.close();
    }

    private static TunnelPeer peer(final String host, final String... prefixes)
    {
        final TunnelPeer.Builder peer = TunnelPeer.builder(PeerId.ofHash(new byte[PeerId.LENGTH])).name("b");
        if (null != host)
        {
            peer.endpoint(host, 9443);
        }
        for (final String prefix : prefixes)
        {
            peer.allowedIp(IpPrefix.parse(prefix));
        }
        return peer.build();
    }

    private static List<String> wanted(final List<String> addresses, final TunnelPeer... peers)
    {
        return PeerRoutes.wanted(addresses.stream().map(IpPrefix::parse).toList(), List.of(peers)).stream()
            .map(IpPrefix::toString).toList();
    }

    @Test
    void wantsEachPrefixThatTheDevicesOwnAddressesDoNotReach()
    {
        assertEquals(List.of("10.20.0.0/16", "10.10.0.0/16", "fd01::/64", "10.10.10.0/23"), wanted(
            List.of("10.10.10.3/24", "fd00::3/64"),
            peer(null, "10.10.10.4/32", "10.10.10.0/24", "10.20.0.7/16", "fd00::/64", "fd00::4/128"),
            peer(null, "10.10.0.0/16", "10.20.0.0/16", "fd01::/64", "10.10.10.0/23")));
        assertEquals(List.of(), log.all());
    }

    @Test
    void wantsNoneThatLeadsAnEndpointIntoTheTunnel()
    {
        assertEquals(List.of("192.0.3.0/24", "2001:db8:1::/48"), wanted(
            List.of("10.10.10.3/24"),
            peer("192.0.2.2", "192.0.0.0/16", "192.0.3.0/24", "0.0.0.0/0"),
            peer("2001:db8::2", "2001:db8::/32", "2001:db8:1::/48", "::/0"),
            peer("vpn.example.org", "192.0.2.2/32")));
        assertEquals(
            List.of("192.0.0.0/16", "0.0.0.0/0", "2001:db8::/32", "::/0", "192.0.2.2/32"),
            log.all().stream().filter(line -> line.startsWith("WARNING ")).map(line -> line.split(" ")[5]).toList());
    }
}
