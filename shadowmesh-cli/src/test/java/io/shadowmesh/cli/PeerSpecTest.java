package io.shadowmesh.cli;

import io.shadowmesh.dataplane.address.IpPrefix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class PeerSpecTest
{
    @Test
    void readsThePeerAlone()
    {
        final PeerSpec spec = PeerSpec.parse("ABC");
        assertEquals("ABC", spec.who());
        assertNull(spec.endpoint());
        assertEquals(List.of(), spec.allowedIps());
    }

    @Test
    void readsAllThreeParts()
    {
        final PeerSpec spec = PeerSpec.parse("ABC@[2001:db8::1]:51820=10.10.10.4/32, fd00::4,10.1.2.3/8");
        assertEquals("ABC", spec.who());
        assertEquals(new HostPort("2001:db8::1", 51820), spec.endpoint());
        assertEquals(List.of(prefix("10.10.10.4/32"), prefix("fd00::4/128"), prefix("10.0.0.0/8")), spec.allowedIps());
    }

    @Test
    void readsPrefixesWithoutAHost()
    {
        final PeerSpec spec = PeerSpec.parse("ABC=0.0.0.0/0,::/0");
        assertNull(spec.endpoint());
        assertEquals(List.of(prefix("0.0.0.0/0"), prefix("::/0")), spec.allowedIps());
    }

    @Test
    void keepsAPrefixOnce()
    {
        assertEquals(List.of(prefix("10.0.0.0/24")), PeerSpec.prefixes("10.0.0.1/24,10.0.0.2/24"));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', value = {
        "\"\",              the Peer ID is missing",
        "@192.0.2.1,        the Peer ID is missing",
        "=10.0.0.0/8,       the Peer ID is missing",
        "ABC@,              the host is missing",
        "ABC@=10.0.0.0/8,   the host is missing",
        "ABC@2001:db8::1,   in brackets",
        "ABC=,              with a comma between two",
        "\"ABC=10.0.0.0/8,\", with a comma between two",
        "ABC=10.0.0.0/33,   0..32",
        "ABC=fd00::/129,    0..128",
        "ABC=ten,           ten"})
    void refusesWhatLacksAPart(final String text, final String part)
    {
        final String message = assertThrows(IllegalArgumentException.class, () -> PeerSpec.parse(text)).getMessage();
        assertTrue(message.contains(part), message);
    }

    private static IpPrefix prefix(final String text)
    {
        return IpPrefix.parse(text);
    }
}
