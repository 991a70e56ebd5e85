package io.shadowmesh.dataplane.address;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class IpPrefixTest
{
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/24, 10.0.0.0/24, 10.0.0.0/24",
        "10.10.10.3/24, 10.10.10.3/24, 10.10.10.0/24",
        "10.1.2.3, 10.1.2.3/32, 10.1.2.3/32",
        "255.255.255.255/1, 255.255.255.255/1, 128.0.0.0/1",
        "1.2.3.4/0, 1.2.3.4/0, 0.0.0.0/0",
        "::/0, ::/0, ::/0",
        "2001:db8::1, 2001:db8::1/128, 2001:db8::1/128",
        "2001:DB8::1/64, 2001:db8::1/64, 2001:db8::/64",
        "2001:db8:1:2:ffff::1/65, 2001:db8:1:2:ffff::1/65, 2001:db8:1:2:8000::/65",
        "ffff::1/1, ffff::1/1, 8000::/1"})
    void parsesAndMasks(final String text, final String shown, final String network)
    {
        final IpPrefix prefix = IpPrefix.parse(text);
        assertEquals(shown, prefix.toString());
        assertEquals(network, prefix.network().toString());
        assertEquals(prefix, IpPrefix.parse(shown));
        assertEquals(prefix.hashCode(), IpPrefix.parse(shown).hashCode());
        assertEquals(prefix, IpPrefix.of(prefix.address(), prefix.length()));
        assertEquals(prefix.network(), prefix.isIpv6() ?
            IpPrefix.ofIpv6(prefix.high(), prefix.low(), prefix.length()) :
            IpPrefix.ofIpv4((int)prefix.low(), prefix.length()));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "/", "/24", "10", "10.1", "10.0.0", "10.0.0.0.0", "10.0.0.256", "10.0.0.-1", "10.0.0.01", "10.0.0.a",
        "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+1", "10.0.0.0/08", "10.0.0.0/24/1", "10.0.0.0 /24",
        " 10.0.0.0", "node.example", "node.example/24", "2001:db8::1::2", "2001:db8::/129", "2001:db8::/", ":", ":::",
        "[2001:db8::1]", "fe80::1%1", "12345::", "::ffff:192.0.2.1", "::ffff:192.0.2.1/120", "1:2:3:4:5:6:7:8:9"})
    void refusesWhatIsNoPrefix(final String text)
    {
        assertThrows(IllegalArgumentException.class, () -> IpPrefix.parse(text));
    }

    @Test
    void namesTheAddressBehindMappedNotation()
    {
        final String message = assertThrows(
            IllegalArgumentException.class, () -> IpPrefix.parse("::ffff:192.0.2.1")).getMessage();
        assertTrue(message.endsWith("write 192.0.2.1"), message);
    }

    @Test
    void containsItsOwnFamilyOnly()
    {
        final IpPrefix ipv4 = IpPrefix.parse("10.10.10.3/24");
        assertTrue(ipv4.contains(InetAddress.ofLiteral("10.10.10.255")));
        assertFalse(ipv4.contains(InetAddress.ofLiteral("10.10.11.0")));
        assertFalse(ipv4.contains(InetAddress.ofLiteral("::0a0a:0a03")));
        assertFalse(IpPrefix.parse("::/0").contains(InetAddress.ofLiteral("10.10.10.3")));
        assertTrue(IpPrefix.parse("0.0.0.0/0").contains(InetAddress.ofLiteral("255.255.255.255")));

        final IpPrefix ipv6 = IpPrefix.parse("2001:db8::/65");
        assertTrue(ipv6.contains(InetAddress.ofLiteral("2001:db8::7fff:ffff:ffff:ffff")));
        assertFalse(ipv6.contains(InetAddress.ofLiteral("2001:db8::8000:0:0:0")));
        assertFalse(ipv6.contains(InetAddress.ofLiteral("2001:db9::")));
        assertFalse(IpPrefix.parse("2001:db8::/63").contains(InetAddress.ofLiteral("2001:db8:0:2::")));
        assertTrue(IpPrefix.parse("2001:db8::/63").contains(InetAddress.ofLiteral("2001:db8:0:1:ffff::")));
    }

    @Test
    void equalityCountsHostBitsLengthAndFamily()
    {
        assertNotEquals(IpPrefix.parse("10.0.0.1/24"), IpPrefix.parse("10.0.0.2/24"));
        assertEquals(IpPrefix.parse("10.0.0.1/24").network(), IpPrefix.parse("10.0.0.2/24").network());
        assertNotEquals(IpPrefix.parse("10.0.0.0/24"), IpPrefix.parse("10.0.0.0/25"));
        assertNotEquals(IpPrefix.parse("0.0.0.0/0"), IpPrefix.parse("::/0"));
        final IpPrefix network = IpPrefix.parse("10.0.0.0/24");
        assertSame(network, network.network());
    }

    @Test
    void refusesLengthsOutOfRange()
    {
        assertThrows(IllegalArgumentException.class, () -> IpPrefix.ofIpv4(0, 33));
        assertThrows(IllegalArgumentException.class, () -> IpPrefix.ofIpv4(0, -1));
        assertThrows(IllegalArgumentException.class, () -> IpPrefix.ofIpv6(0, 0, 129));
    }
}
