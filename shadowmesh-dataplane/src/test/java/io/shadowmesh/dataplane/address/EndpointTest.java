package io.shadowmesh.dataplane.address;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.InetAddress;
import java.net.InetSocketAddress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class EndpointTest
{
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 0.0.0.0:9443",
        "192.0.2.1, 192.0.2.1:9443",
        "255.254.253.252, 255.254.253.252:9443",
        "::, [::]:9443",
        "::1, [::1]:9443",
        "2001:db8::1, [2001:db8::1]:9443",
        "2001:db8:0:0:1:0:0:1, [2001:db8::1:0:0:1]:9443",
        "2001:0:0:1:0:0:0:1, [2001:0:0:1::1]:9443",
        "2001:db8:0:1:1:1:1:1, [2001:db8:0:1:1:1:1:1]:9443",
        "1:2:3:4:5:6:7:8, [1:2:3:4:5:6:7:8]:9443",
        "1:0:0:0:0:0:0:0, [1::]:9443",
        "1:2:3:4:5:6:0:0, [1:2:3:4:5:6::]:9443",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, [ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:9443"})
    void showsAndRoundTripsAddresses(final String literal, final String expected)
    {
        final InetAddress address = InetAddress.ofLiteral(literal);
        final Endpoint endpoint = Endpoint.of(address, 9443);
        assertEquals(expected, endpoint.toString());
        assertEquals(address, endpoint.address());
        assertEquals(new InetSocketAddress(address, 9443), endpoint.toSocketAddress());
        assertEquals(endpoint, Endpoint.of(endpoint.toSocketAddress()));
        assertEquals(endpoint.hashCode(), Endpoint.of(endpoint.toSocketAddress()).hashCode());
        assertEquals(endpoint, endpoint.isIpv6() ?
            Endpoint.ofIpv6(endpoint.high(), endpoint.low(), 0, 9443) : Endpoint.ofIpv4(endpoint.ipv4(), 9443));
    }

    @Test
    void keepsIpv4InTheLowerBits()
    {
        final Endpoint endpoint = Endpoint.ofIpv4(0xC0000201, 65_535);
        assertFalse(endpoint.isIpv6());
        assertEquals(0L, endpoint.high());
        assertEquals(0xC0000201L, endpoint.low());
        assertEquals(0xC0000201, endpoint.ipv4());
        assertEquals("192.0.2.1:65535", endpoint.toString());
    }

    @Test
    void turnsMappedAddressIntoIpv4()
    {
        final Endpoint mapped = Endpoint.ofIpv6(0, 0x0000_FFFF_C000_0201L, 0, 9443);
        assertEquals(Endpoint.ofIpv4(0xC0000201, 9443), mapped);
        assertFalse(mapped.isIpv6());
        assertTrue(Endpoint.ofIpv6(0, 0x0001_FFFF_C000_0201L, 0, 9443).isIpv6());
        assertTrue(Endpoint.ofIpv6(1, 0x0000_FFFF_C000_0201L, 0, 9443).isIpv6());
    }

    @Test
    void keepsTheScopeOfLinkLocalAddress()
    {
        final Endpoint endpoint = Endpoint.ofIpv6(0xFE80_0000_0000_0000L, 1, 1, 9443);
        assertEquals("[fe80::1%1]:9443", endpoint.toString());
        assertEquals(1, endpoint.scopeId());
        assertEquals(endpoint, Endpoint.of(endpoint.toSocketAddress()));
        assertNotEquals(endpoint, Endpoint.ofIpv6(0xFE80_0000_0000_0000L, 1, 2, 9443));
    }

    @Test
    void differsByEveryField()
    {
        final Endpoint endpoint = Endpoint.ofIpv6(1, 2, 0, 3);
        assertNotEquals(endpoint, Endpoint.ofIpv6(9, 2, 0, 3));
        assertNotEquals(endpoint, Endpoint.ofIpv6(1, 9, 0, 3));
        assertNotEquals(endpoint, Endpoint.ofIpv6(1, 2, 0, 9));
        assertNotEquals(Endpoint.ofIpv6(0, 2, 0, 3), Endpoint.ofIpv4(2, 3));
    }

    @Test
    void equalsItselfWhateverTheLocalAddress()
    {
        final Endpoint endpoint = Endpoint.ofIpv4(0xC0000201, 9443);
        final Endpoint fromTwo = endpoint.withSource(0, 0xFFFF_C000_0202L);
        assertFalse(endpoint.hasSource());
        assertTrue(fromTwo.hasSource());
        assertEquals(0xFFFF_C000_0202L, fromTwo.sourceLow());
        assertEquals(endpoint, fromTwo);
        assertEquals(endpoint.hashCode(), fromTwo.hashCode());
        assertFalse(endpoint.isSamePath(fromTwo));
        assertTrue(fromTwo.isSamePath(Endpoint.ofIpv4(0xC0000201, 9443).withSource(0, 0xFFFF_C000_0202L)));
        assertFalse(fromTwo.isSamePath(fromTwo.withSource(1, 0xFFFF_C000_0202L)));
        assertFalse(fromTwo.isSamePath(null));
        assertTrue(endpoint.isSamePath(fromTwo.withoutSource()));
    }

    @Test
    void refusesBadPortsAndUnresolvedNames()
    {
        assertThrows(IllegalArgumentException.class, () -> Endpoint.ofIpv4(1, -1));
        assertThrows(IllegalArgumentException.class, () -> Endpoint.ofIpv4(1, 65_536));
        assertThrows(IllegalArgumentException.class,
            () -> Endpoint.of(InetSocketAddress.createUnresolved("node.example", 9443)));
    }
}
