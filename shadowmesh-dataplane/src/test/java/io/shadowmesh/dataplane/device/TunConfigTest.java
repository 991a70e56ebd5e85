package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.IpPrefix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TunConfigTest
{
    private static String refusal(final TunConfig.Builder builder)
    {
        return assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "chr001", "chr%d", "a", "fifteen-bytes-x", "tun.1", "x_y" })
    void acceptsANameThatTheKernelAccepts(final String name)
    {
        assertEquals(name, TunConfig.builder().name(name).build().name());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "a b", "a/b", "a:b", "a\tb", "a\u0001b", "%s", "a%", "%d%d", ".", "..", "all", "default", "a\u2003b" })
    void refusesANameThatTheKernelRefuses(final String name)
    {
        assertTrue(refusal(TunConfig.builder().name(name)).startsWith("the device name \""));
    }

    @Test
    void saysHowLongANameMayBe()
    {
        assertEquals(
            "the device name \"sixteen-bytes-xx\" is too long: at most 15 bytes",
            refusal(TunConfig.builder().name("sixteen-bytes-xx")));
        assertTrue(refusal(TunConfig.builder().name("\u00e9".repeat(8))).contains("too long"));
    }

    @Test
    void takesOneIpv4AddressAndAnyNumberOfIpv6Addresses()
    {
        final TunConfig config = TunConfig.builder()
            .address(IpPrefix.parse("10.9.8.1/24"))
            .address(IpPrefix.parse("fd00::1/64"))
            .address(IpPrefix.parse("fd01::1/64"))
            .build();
        assertEquals(3, config.addresses().size());
        assertEquals(TunConfig.DEFAULT_MTU, config.mtu());
        assertEquals(0, config.transmitQueueLength());
        assertTrue(refusal(TunConfig.builder()
            .address(IpPrefix.parse("10.9.8.1/24"))
            .address(IpPrefix.parse("10.9.9.1/24"))).contains("one IPv4 address"));
    }

    @Test
    void keepsTheMtuInRange()
    {
        assertEquals(68, TunConfig.builder().mtu(68).build().mtu());
        assertEquals(65_535, TunConfig.builder().mtu(65_535).build().mtu());
        assertTrue(refusal(TunConfig.builder().mtu(67)).contains("68..65535"));
        assertTrue(refusal(TunConfig.builder().mtu(65_536)).contains("68..65535"));
        assertTrue(
            refusal(TunConfig.builder().mtu(1279).address(IpPrefix.parse("fd00::1/64"))).contains("1280..65535"));
        assertTrue(refusal(TunConfig.builder().transmitQueueLength(-1)).contains("negative"));
    }
}
