package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.InnerPacket;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerSettings;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteOrder;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RoutingLoopTest
{
    private static final int LOCAL_PORT = 9443;
    private static final int PEER_PORT = 9444;
    private static final int PEER_IPV4 = 0xC0000202;
    private static final long PEER_HIGH = 0x2001_0db8_0001_0000L;
    private static final int UDP = 17;
    private static final int TCP = 6;
    private static final int FRAGMENT = 44;

    private final RoutingLoop loop = new RoutingLoop(LOCAL_PORT);
    private final Peer peer = peer("beta");

    static Peer peer(final String name)
    {
        final byte[] hash = new byte[PeerId.LENGTH];
        hash[0] = 1;
        return new Peer(
            new PeerSettings(PeerId.ofHash(hash), name, null, 0, List.of(), false, 0, null),
            PeerId.ofHash(new byte[PeerId.LENGTH]), 0);
    }

    /** Has the loop see a datagram of its own. */
    static boolean sees(final RoutingLoop loop, final Peer peer)
    {
        final UnsafeBuffer packet = ipv4(UDP, 5, 0, LOCAL_PORT, peer.endpoint().port(), peer.endpoint().ipv4());
        return loop.isOwn(packet, packet.capacity(), InnerPacket.IPV4, peer);
    }

    private static UnsafeBuffer ipv4(
        final int protocol, final int ihl, final int fragment, final int from, final int to, final int destination)
    {
        final UnsafeBuffer packet = new UnsafeBuffer(new byte[ihl * 4 + 8]);
        packet.putByte(0, (byte)(0x40 | ihl));
        packet.putShort(6, (short)fragment, ByteOrder.BIG_ENDIAN);
        packet.putByte(9, (byte)protocol);
        packet.putInt(16, destination, ByteOrder.BIG_ENDIAN);
        packet.putShort(ihl * 4, (short)from, ByteOrder.BIG_ENDIAN);
        packet.putShort(ihl * 4 + 2, (short)to, ByteOrder.BIG_ENDIAN);
        return packet;
    }

    private boolean isOwn(final UnsafeBuffer packet, final int length, final int version)
    {
        return loop.isOwn(packet, length, version, peer);
    }

    @ParameterizedTest
    @CsvSource({
        "17, 5, 0, 9443, 9444, 0, true",
        "17, 15, 0, 9443, 9444, 0, true",
        "17, 5, 0x2000, 9443, 9444, 0, true",
        "17, 5, 0x4000, 9443, 9444, 0, true",
        "17, 5, 0x2001, 9443, 9444, 0, false",
        "17, 5, 1, 9443, 9444, 0, false",
        "6, 5, 0, 9443, 9444, 0, false",
        "17, 5, 0, 9442, 9444, 0, false",
        "17, 5, 0, 9443, 9443, 0, false",
        "17, 5, 0, 9443, 9444, 1, false"})
    void knowsItsOwnIpv4Datagrams(final int protocol, final int ihl, final String fragment, final int from, final int to,
        final int away, final boolean own)
    {
        peer.endpoint(Endpoint.ofIpv4(PEER_IPV4, PEER_PORT));
        final UnsafeBuffer packet = ipv4(protocol, ihl, Integer.decode(fragment), from, to, PEER_IPV4 + away);
        assertEquals(own, isOwn(packet, packet.capacity(), InnerPacket.IPV4));
        assertSame(own ? peer : null, loop.take());
        assertNull(loop.take());
    }

    @Test
    void looksAtNoPortsBehindTheEnd()
    {
        peer.endpoint(Endpoint.ofIpv4(PEER_IPV4, PEER_PORT));
        final UnsafeBuffer packet = ipv4(UDP, 5, 0, LOCAL_PORT, PEER_PORT, PEER_IPV4);
        for (int length = 20; length < 28; length++)
        {
            assertFalse(isOwn(packet, length, InnerPacket.IPV4), length + " bytes");
        }
    }

    @Test
    void passesWhatGoesToAPeerWhoseEndpointIsNotKnown()
    {
        final UnsafeBuffer packet = ipv4(UDP, 5, 0, LOCAL_PORT, PEER_PORT, PEER_IPV4);
        assertFalse(isOwn(packet, packet.capacity(), InnerPacket.IPV4));
    }

    @ParameterizedTest
    @CsvSource({
        "17, 0, 48, 2, true",
        "17, 0, 47, 2, false",
        "17, 0, 48, 3, false",
        "6, 0, 48, 2, false",
        "44, 0, 56, 2, true",
        "44, 1, 56, 2, true",
        "44, 8, 56, 2, false",
        "44, 0, 55, 2, false",
        "44, 0, 47, 2, false"})
    void knowsItsOwnIpv6Datagrams(
        final int next, final int fragment, final int length, final int low, final boolean own)
    {
        peer.endpoint(Endpoint.ofIpv6(PEER_HIGH, 2, 0, PEER_PORT));
        final UnsafeBuffer packet = new UnsafeBuffer(new byte[64]);
        packet.putByte(0, (byte)0x60);
        packet.putByte(6, (byte)next);
        packet.putLong(24, PEER_HIGH, ByteOrder.BIG_ENDIAN);
        packet.putLong(32, low, ByteOrder.BIG_ENDIAN);
        int ports = 40;
        if (next == FRAGMENT)
        {
            packet.putByte(40, (byte)UDP);
            packet.putShort(42, (short)fragment, ByteOrder.BIG_ENDIAN);
            ports = 48;
        }
        packet.putShort(ports, (short)LOCAL_PORT, ByteOrder.BIG_ENDIAN);
        packet.putShort(ports + 2, (short)PEER_PORT, ByteOrder.BIG_ENDIAN);
        assertEquals(own, isOwn(packet, length, InnerPacket.IPV6));
    }

    @Test
    void keepsTheFamiliesApart()
    {
        peer.endpoint(Endpoint.ofIpv6(PEER_HIGH, PEER_IPV4, 0, PEER_PORT));
        final UnsafeBuffer packet = ipv4(UDP, 5, 0, LOCAL_PORT, PEER_PORT, PEER_IPV4);
        assertFalse(isOwn(packet, packet.capacity(), InnerPacket.IPV4));
        peer.endpoint(Endpoint.ofIpv4(PEER_IPV4, PEER_PORT));
        assertTrue(isOwn(packet, packet.capacity(), InnerPacket.IPV4));
        packet.putByte(9, (byte)TCP);
        assertFalse(isOwn(packet, packet.capacity(), InnerPacket.IPV4));
    }
}
