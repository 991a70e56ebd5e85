package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerSettings;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PeerChoiceTest
{
    private final Peer alpha = peer("alpha", 1, "10.0.0.0/8", "fd00::1/128");
    private final Peer beta = peer("beta", 130, "10.1.0.0/16");
    private final List<Peer> both = List.of(alpha, beta);

    @Test
    void findsAPeerByItsName()
    {
        assertSame(beta, PeerChoice.of(both, "beta"));
    }

    @Test
    void findsAPeerByItsIdAndByTheBeginningOfItInAnyCase()
    {
        final String id = beta.id().toString();
        assertSame(beta, PeerChoice.of(both, id));
        assertSame(beta, PeerChoice.of(both, id.substring(0, 9).toLowerCase(java.util.Locale.ROOT)));
    }

    @Test
    void findsThePeerThatAnAddressIsSentTo()
    {
        assertSame(alpha, PeerChoice.of(both, "10.2.3.4"));
        assertSame(beta, PeerChoice.of(both, "10.1.3.4"));
        assertSame(alpha, PeerChoice.of(both, "fd00::1"));
    }

    @Test
    void takesTheOnlyPeerWhereNoneIsNamed()
    {
        assertSame(alpha, PeerChoice.of(List.of(alpha), null));
        assertRefused("say which peer: alpha, beta", null);
    }

    @Test
    void saysWhomThereIs()
    {
        assertRefused("'gamma' is no peer of this node: alpha, beta", "gamma");
        assertRefused("is no peer of this node", "192.0.2.1");
        assertRefused("is no peer of this node", "no.address");
        assertRefused("is no peer of this node", alpha.id().toString().substring(0, 3));
    }

    @Test
    void wantsMoreOfABeginningThatSeveralHave()
    {
        final List<Peer> alike = List.of(peer("a", 1), peer("b", 1));
        final IllegalArgumentException e = assertThrows(
            IllegalArgumentException.class, () -> PeerChoice.of(alike, alike.getFirst().id().toString().substring(0, 8)));
        assertTrue(e.getMessage().contains("may be any of a, b: write more of it"), e.getMessage());
    }

    @Test
    void aMeasurementGoesToAnAddressThatSurelyIsThePeers() throws IOException
    {
        assertEquals(InetAddress.getByName("fd00::1"), PeerBench.destination(both, alpha, "nosuchdevice"));
    }

    @Test
    void aMeasurementAvoidsAddressesOfAnotherPeerAndOfThisHost() throws IOException
    {
        final Peer wide = peer("wide", 3, "127.0.0.0/24");
        final Peer within = peer("within", 4, "127.0.0.2/32");
        assertEquals(
            InetAddress.getByName("127.0.0.3"), PeerBench.destination(List.of(wide, within), wide, "lo"));
        final Peer empty = peer("empty", 5);
        assertThrows(IllegalArgumentException.class, () -> PeerBench.destination(List.of(empty), empty, "lo"));
    }

    private void assertRefused(final String why, final String text)
    {
        final IllegalArgumentException e =
            assertThrows(IllegalArgumentException.class, () -> PeerChoice.of(both, text));
        assertTrue(e.getMessage().contains(why), e.getMessage());
    }

    private static Peer peer(final String name, final int number, final String... prefixes)
    {
        return new Peer(new PeerSettings(id(number), name, null, 0,
            Arrays.stream(prefixes).map(IpPrefix::parse).toList(), false, 0, null), id(100), number);
    }

    private static PeerId id(final int number)
    {
        final byte[] hash = new byte[PeerId.LENGTH];
        hash[0] = (byte)number;
        return PeerId.ofHash(hash);
    }
}
