package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class HostPortTest
{
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1,             192.0.2.1,     9443, 192.0.2.1:9443",
        "192.0.2.1:51820,       192.0.2.1,     51820, 192.0.2.1:51820",
        "[2001:db8::1],         2001:db8::1,   9443, [2001:db8::1]:9443",
        "[2001:db8::1]:1,       2001:db8::1,   1, [2001:db8::1]:1",
        "[fe80::1%eth0]:65535,  fe80::1%eth0,  65535, [fe80::1%eth0]:65535",
        "vpn.example.org,       vpn.example.org, 9443, vpn.example.org:9443",
        "vpn.example.org.:80,   vpn.example.org., 80, vpn.example.org.:80",
        "my_host,               my_host,       9443, my_host:9443",
        "xn--bcher-kva.example, xn--bcher-kva.example, 9443, xn--bcher-kva.example:9443"})
    void readsHostAndPort(final String text, final String host, final int port, final String shown)
    {
        final HostPort parsed = HostPort.parse(text);
        assertEquals(new HostPort(host, port), parsed);
        assertEquals(shown, parsed.toString());
        assertEquals(parsed, HostPort.parse(parsed.toString()));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', value = {
        "\"\",                the host is missing",
        ":9443,               the host is missing",
        "192.0.2.1:,          is not a UDP port",
        "192.0.2.1:0,         is not a UDP port",
        "192.0.2.1:65536,     is not a UDP port",
        "192.0.2.1:-1,        is not a UDP port",
        "192.0.2.1:+80,       is not a UDP port",
        "192.0.2.1:http,      is not a UDP port",
        "192.0.2.256,         192.0.2.256",
        "192.0.2,             192.0.2",
        "192.0.2.1/24,        is not a host name or an address",
        "2001:db8::1,         put an IPv6 address in brackets",
        "[2001:db8::1,        lacks the closing bracket",
        "[2001:db8::1]9443,   only :PORT may follow",
        "[2001:db8::g]:1,     2001:db8::g",
        "[192.0.2.1]:1,       is not an IPv6 address",
        "[fe80::1%]:1,        is not an IPv6 address",
        "[2001:db8::1/64]:1,  without a prefix",
        "a..b,                is not a host name",
        "-a.example,          is not a host name",
        "ex ample,            is not a host name",
        "büro.example,        is not a host name"})
    void refusesWhatIsNeither(final String text, final String part)
    {
        final String message = assertThrows(IllegalArgumentException.class, () -> HostPort.parse(text)).getMessage();
        assertTrue(message.contains(part), message);
        assertFalse(message.contains("\n"), message);
    }

    @Test
    void takesPortZeroOnlyWhereItMeansAny()
    {
        assertEquals(0, HostPort.port("0", 0));
        assertThrows(IllegalArgumentException.class, () -> HostPort.port("0", 1));
    }
}
