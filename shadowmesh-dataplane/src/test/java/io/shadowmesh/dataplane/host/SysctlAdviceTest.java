package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.address.IpPrefix;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SysctlAdviceTest
{
    private static final List<IpPrefix> ADDRESSES = prefixes("10.10.10.3/24", "fd10::3/64");
    private static final String HEADER = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n";
    private static final String DEFAULT_ROUTE = "eth0 00000000 0102A8C0 0003 0 0 100 00000000 0 0 0\n";

    @TempDir
    private Path root;

    @BeforeEach
    void quietMachine() throws IOException
    {
        set("net/ipv4/conf/all/rp_filter", "0");
        set("net/ipv4/conf/chr001/rp_filter", "0");
        set("net/ipv4/ip_forward", "0");
        set("net/ipv4/conf/chr001/forwarding", "0");
        set("net/ipv6/conf/all/forwarding", "0");
        routes("chr001 000A0A0A 00000000 0001 0 0 0 00FFFFFF 0 0 0");
    }

    private void set(final String key, final String value) throws IOException
    {
        final Path file = root.resolve("sys").resolve(key);
        Files.createDirectories(file.getParent());
        Files.writeString(file, value + "\n");
    }

    private void routes(final String lines) throws IOException
    {
        Files.writeString(root.resolve("route"), HEADER + DEFAULT_ROUTE + lines + "\n");
    }

    private static List<IpPrefix> prefixes(final String... texts)
    {
        return Arrays.stream(texts).map(IpPrefix::parse).toList();
    }

    @SafeVarargs
    private List<SysctlAdvice.Finding> inspect(final List<IpPrefix>... peers)
    {
        final List<List<IpPrefix>> allowed = new ArrayList<>();
        for (final List<IpPrefix> peer : peers)
        {
            allowed.add(peer);
        }
        return new SysctlAdvice(root.resolve("sys"), root.resolve("route")).inspect("chr001", ADDRESSES, allowed);
    }

    @Test
    void hasNothingToSayAboutTwoNodes() throws IOException
    {
        set("net/ipv4/conf/all/rp_filter", "1");
        set("net/ipv4/conf/chr001/rp_filter", "1");
        assertEquals(List.of(), inspect(prefixes("10.10.10.0/24", "fd10::/64")));
        assertEquals(List.of(), inspect(prefixes("10.10.10.4/32")));
    }

    @Test
    void warnsOfStrictFilteringWhenAllowedIpsReachBeyondTheLink() throws IOException
    {
        set("net/ipv4/conf/all/rp_filter", "1");
        for (final String beyond : List.of("0.0.0.0/0", "192.168.7.0/24", "10.10.0.0/16"))
        {
            final List<SysctlAdvice.Finding> findings = inspect(prefixes("10.10.10.4/32", beyond));
            assertEquals(1, findings.size(), beyond);
            assertEquals("sysctl -w net.ipv4.conf.chr001.rp_filter=2", findings.get(0).command());
            assertTrue(findings.get(0).toString().contains(beyond), findings.get(0).toString());
            findings.get(0).apply();
            assertEquals("2\n", Files.readString(root.resolve("sys/net/ipv4/conf/chr001/rp_filter")));
            assertEquals(List.of(), inspect(prefixes(beyond)), "loose filtering outweighs the strict one");
            set("net/ipv4/conf/chr001/rp_filter", "0");
        }
    }

    @Test
    void countsARouteBackThroughTheDevice() throws IOException
    {
        set("net/ipv4/conf/chr001/rp_filter", "1");
        assertEquals(1, inspect(prefixes("192.168.7.0/24")).size());
        routes("chr001 0007A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0");
        assertEquals(List.of(), inspect(prefixes("192.168.7.0/24")));
        assertEquals(1, inspect(prefixes("192.168.0.0/16")).size());
    }

    @Test
    void countsADefaultRouteInTwoHalves() throws IOException
    {
        set("net/ipv4/conf/chr001/rp_filter", "1");
        routes("chr001 00000000 00000000 0001 0 0 0 00000080 0 0 0\n" +
            "chr001 00000080 00000000 0001 0 0 0 00000080 0 0 0");
        assertEquals(List.of(), inspect(prefixes("0.0.0.0/0")));
        routes("chr001 00000000 00000000 0003 0 0 50 00000000 0 0 0");
        assertEquals(List.of(), inspect(prefixes("0.0.0.0/0")), "the lower metric goes first");
    }

    @Test
    void warnsOfMissingForwardingBetweenTwoPeers() throws IOException
    {
        final List<SysctlAdvice.Finding> findings =
            inspect(prefixes("10.10.10.4/32", "fd10::4/128"), prefixes("10.10.10.5/32", "fd10::5/128"));
        assertEquals(
            List.of("sysctl -w net.ipv4.ip_forward=1", "sysctl -w net.ipv6.conf.all.forwarding=1"),
            findings.stream().map(SysctlAdvice.Finding::command).toList());
        set("net/ipv4/conf/chr001/forwarding", "1");
        assertEquals(1, inspect(prefixes("10.10.10.4/32", "fd10::4/128"), prefixes("fd10::5/128", "10.10.10.5/32"))
            .size());
        assertEquals(List.of(), inspect(prefixes("10.10.10.4/32"), prefixes("fd10::5/128")), "one of each family");
    }

    @Test
    void namesTheDevicesOwnSettingWhenForwardingIsOnElsewhere() throws IOException
    {
        set("net/ipv4/ip_forward", "1");
        assertEquals(
            "sysctl -w net.ipv4.conf.chr001.forwarding=1",
            inspect(prefixes("10.10.10.4/32"), prefixes("10.10.10.5/32")).get(0).command());
    }

    @Test
    void writesADottedDeviceNameSoThatSysctlReadsIt() throws IOException
    {
        set("net/ipv4/conf/chr.1/rp_filter", "1");
        final List<SysctlAdvice.Finding> findings = new SysctlAdvice(root.resolve("sys"), root.resolve("route"))
            .inspect("chr.1", ADDRESSES, List.of(prefixes("0.0.0.0/0")));
        assertEquals("sysctl -w net/ipv4/conf/chr.1/rp_filter=2", findings.get(0).command());
    }

    @Test
    void staysSilentWhereTheSystemDoesNotTell()
    {
        final SysctlAdvice advice = new SysctlAdvice(root.resolve("nowhere"), root.resolve("nowhere"));
        assertEquals(
            List.of(),
            advice.inspect("chr001", ADDRESSES, List.of(prefixes("0.0.0.0/0"), prefixes("::/0", "1.2.3.4"))));
    }

    @Test
    void saysWhatToDoWhenASettingCannotBeWritten() throws IOException
    {
        final SysctlAdvice.Finding finding = new SysctlAdvice.Finding(
            "net.ipv4.ip_forward", "0", "1", "why", root.resolve("no/such/folder/file"));
        final IOException e = assertThrows(IOException.class, finding::apply);
        assertTrue(e.getMessage().contains("run as root"), e.getMessage());
    }
}
