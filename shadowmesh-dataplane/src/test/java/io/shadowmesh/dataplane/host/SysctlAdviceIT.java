package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.TunConfig;
import io.shadowmesh.dataplane.device.TunDevice;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

class SysctlAdviceIT
{
    private static final IpPrefix ADDRESS = IpPrefix.parse("10.98.0.1/24");

    @Test
    void findsAndMendsTheSettingsOfItsOwnNamespace() throws Exception
    {
        try (NetworkNamespace namespace = Namespaces.createForTun())
        {
            namespace.run(
                () ->
                {
                    final TunConfig config = TunConfig.builder().name("devit0").address(ADDRESS).build();
                    try (TunDevice device = TunDevice.open(config))
                    {
                        final SysctlAdvice advice = new SysctlAdvice();
                        final List<IpPrefix> addresses = List.of(ADDRESS);
                        final List<List<IpPrefix>> peers = List.of(
                            List.of(IpPrefix.parse("10.98.0.2/32")), List.of(IpPrefix.parse("0.0.0.0/0")));
                        Files.writeString(Path.of("/proc/sys/net/ipv4/conf/" + device.name() + "/rp_filter"), "1");
                        Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "0");
                        final List<SysctlAdvice.Finding> findings = advice.inspect(device.name(), addresses, peers);
                        assertEquals(
                            List.of("net.ipv4.conf.devit0.rp_filter", "net.ipv4.ip_forward"),
                            findings.stream().map(SysctlAdvice.Finding::key).toList());
                        for (final SysctlAdvice.Finding finding : findings)
                        {
                            finding.apply();
                        }
                        assertEquals(List.of(), advice.inspect(device.name(), addresses, peers));
                        assertEquals(
                            List.of(), advice.inspect(device.name(), addresses, List.of(List.of(ADDRESS.network()))));
                    }
                });
        }
    }
}
