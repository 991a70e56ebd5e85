package io.shadowmesh.cli.it;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.identity.PeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A node with many peers, or with one that has many prefixes. */
@Timeout(300)
final class ManyPeersIT
{
    private static final int PEERS = 40;
    private static final int PREFIXES = 52;
    private static final int BETA = 17;
    private static final int GAMMA = 23;
    private static final int MANY_PREFIXES = 130_560;
    private static final long MOST_RESIDENT_KIB = 512 * 1024;
    /** Where all prefixes lie: 10.64.0.0/12 and fd64::/96, whose last 20 bits vary. */
    private static final int IPV4_BASE = 0x0A40_0000;
    private static final long IPV6_HIGH = 0xFD64L << 48;
    private static final int VARYING_BITS = 20;
    @RegisterExtension
    private final Scene scene = Scene.perTest("ping", "iperf3");

    /** 40 peers, of whom 2 run: a packet goes to the one with the longest prefix, and comes from no other. */
    @Test
    void findsTheLongestOf52PrefixesOfEachOf40Peers()
    {
        final long seed = Long.getLong("shadowmesh.seed", ThreadLocalRandom.current().nextLong());
        System.out.println("seed " + seed);
        scene.idA();
        final SplittableRandom random = new SplittableRandom(seed);
        final Map<IpPrefix, Integer> owners = new LinkedHashMap<>();
        for (int peer = 0; peer < PEERS; peer++)
        {
            final List<IpPrefix> prefixes = new ArrayList<>();
            while (prefixes.size() < PREFIXES)
            {
                final IpPrefix prefix = anyPrefix(random, prefixes.size() % 2 == 1);
                if (owners.putIfAbsent(prefix, peer) == null)
                {
                    prefixes.add(prefix);
                }
            }
            writePeer(scene.a(), "peer" + peer, idOf(peer, random), prefixes);
        }

        final Node a = scene.startNode(scene.a(), new String[0], "-keydir", "./keys", "-tun", Scene.deviceA(),
            "-tun-ip", Scene.INSIDE_A, "-tun-ip", Scene.INSIDE_A6 + "/64").ready();
        routeThrough(scene.a(), Scene.deviceA());
        final List<String> beta = addressesOf(BETA, owners, random);
        final List<String> gamma = addressesOf(GAMMA, owners, random);
        final Node b = startSpoke(scene.b(), Scene.deviceB(), ipv4Of(beta), TwoHosts.A4);
        final Node c = startSpoke(scene.c(), Scene.deviceC(), ipv4Of(gamma), TwoHosts.A4_BRANCH);
        scene.b().awaitPing(Scene.INSIDE_A, a, b);
        scene.c().awaitPing(Scene.INSIDE_A, a, c);

        assertReaches(scene.b(), beta, a);
        assertReaches(scene.c(), gamma, a);

        final List<String> others = new ArrayList<>();
        for (int peer = 0; peer < PEERS; peer++)
        {
            others.addAll(peer == BETA || peer == GAMMA ? List.of() : addressesOf(peer, owners, random).subList(0, 2));
        }
        final long before = scene.b().echoRequests() + scene.c().echoRequests();
        final long dropped = a.count(DropReason.NO_ENDPOINT);
        assertEquals(List.of(), scene.a().answering(others), "these peers do not run");
        assertEquals(before, scene.b().echoRequests() + scene.c().echoRequests(), "nobody gets another's packets");
        assertEquals(dropped + others.size(), a.count(DropReason.NO_ENDPOINT), a::toString);
    }

    @Test
    void startsWithOnePeerOf130560Prefixes()
    {
        scene.idA();
        final List<IpPrefix> prefixes = new ArrayList<>(MANY_PREFIXES);
        for (int i = 0; i < MANY_PREFIXES / 2; i++)
        {
            prefixes.add(IpPrefix.ofIpv4(IPV4_BASE + i * 2, 32));
            prefixes.add(IpPrefix.ofIpv6(IPV6_HIGH, i * 2L, 128));
        }
        writePeer(scene.a(), "beta", scene.idB(), prefixes);
        final long startNs = System.nanoTime();
        final Node a = scene.startNode(scene.a(), new String[0], "-keydir", "./keys", "-tun", Scene.deviceA(),
            "-tun-ip", Scene.INSIDE_A, "-tun-ip", Scene.INSIDE_A6 + "/64").ready(Await.EVENTUALLY);
        final long readyMs = (System.nanoTime() - startNs) / 1_000_000;
        assertEquals(MANY_PREFIXES, scene.a().routesThrough(Scene.deviceA()).stream()
            .filter(route -> route.startsWith("10.64.") || route.startsWith("10.65.") || route.startsWith("fd64:")).count());
        routeThrough(scene.a(), Scene.deviceA());
        final Node b = startSpoke(scene.b(), Scene.deviceB(), host(IPV4_BASE), TwoHosts.A4);
        final long last = MANY_PREFIXES - 2;
        final List<String> ends = List.of(host(IPV4_BASE), host(IPV4_BASE + (int)last), host(0L), host(last),
            host(IPV4_BASE + (int)last / 2 & -2), host(last / 2 & -2));
        Await.until("b has a session", Await.EVENTUALLY, () -> scene.a().answering(ends).size() == ends.size(),
            () -> a + "\n" + b);
        final long before = scene.b().echoRequests();
        assertEquals(List.of(), scene.a().answering(List.of(host(IPV4_BASE + 1), host(1L), host(last + 2))),
            "what lies between the prefixes is nobody's");
        assertEquals(before, scene.b().echoRequests());
        Streams.tcpBothWays(scene, scene.a(), scene.b(), host(IPV4_BASE + (int)last), "64M");
        final long residentKib = residentKib(scene.a(), a);
        System.out.printf("%d prefixes: ready after %d ms, at most %d MiB resident%n", MANY_PREFIXES, readyMs,
            residentKib / 1024);
        assertTrue(residentKib < MOST_RESIDENT_KIB, residentKib + " KiB");
    }

    private static IpPrefix anyPrefix(final SplittableRandom random, final boolean ipv6)
    {
        final int bits = random.nextInt(1 << VARYING_BITS);
        final int wild = random.nextInt(VARYING_BITS - 3);
        return (ipv6 ? IpPrefix.ofIpv6(IPV6_HIGH, bits, 128 - wild) :
            IpPrefix.ofIpv4(IPV4_BASE | bits, 32 - wild)).network();
    }

    private String idOf(final int peer, final SplittableRandom random)
    {
        final byte[] hash = new byte[PeerId.LENGTH];
        random.nextBytes(hash);
        return peer == BETA ? scene.idB() : peer == GAMMA ? scene.idC() : PeerId.ofHash(hash).toString();
    }

    private static void writePeer(
        final Host host, final String name, final String id, final List<IpPrefix> prefixes)
    {
        final StringBuilder text = new StringBuilder("id = \"" + id + "\"\n");
        if (prefixes.size() > PREFIXES)
        {
            text.append("allowed_ips_file = \"").append(name).append(".cidrs\"\n");
            host.write("keys/peers/" + name + ".cidrs",
                prefixes.stream().map(IpPrefix::toString).collect(Collectors.joining("\n")));
        }
        else
        {
            text.append("allowed_ips = [\n");
            prefixes.forEach(prefix -> text.append("  \"").append(prefix).append("\",\n"));
            text.append("]\n");
        }
        host.write("keys/peers/" + name + ".toml", text.toString());
    }

    /** A node whose host holds every address of the prefixes, and whose peer is a. */
    private Node startSpoke(final Host host, final String device, final String address, final String hub)
    {
        host.ip("route", "add", "local", "10.64.0.0/12", "dev", "lo");
        host.ip("route", "add", "local", "fd64::/96", "dev", "lo");
        final Node node = scene.startNode(host, new String[0], "-keydir", "./keys", "-tun", device,
            "-tun-ip", address + "/32", "-connect", scene.idA() + "@" + hub + "=10.10.10.0/24,fd00:10::/64");
        return node.ready();
    }

    /** So that what lies between the prefixes goes into the device too. */
    private static void routeThrough(final Host host, final String device)
    {
        host.ip("route", "add", "10.64.0.0/12", "dev", device);
        host.ip("route", "add", "fd64::/96", "dev", device);
    }

    /** An address in each prefix of a peer that has one which no longer prefix takes from it. */
    private static List<String> addressesOf(
        final int peer, final Map<IpPrefix, Integer> owners, final SplittableRandom random)
    {
        final List<String> addresses = new ArrayList<>();
        owners.forEach((prefix, owner) ->
        {
            for (int attempt = 0; owner == peer && attempt < 8; attempt++)
            {
                final int wild = (prefix.isIpv6() ? 128 : 32) - prefix.length();
                final long low = prefix.low() | random.nextInt(1 << wild);
                if (ownerOf(prefix.isIpv6(), low, owners) == peer)
                {
                    addresses.add(prefix.isIpv6() ? host(low) : host((int)low));
                    return;
                }
            }
        });
        return addresses;
    }

    /** The plain way: looks at every prefix. */
    private static int ownerOf(final boolean ipv6, final long low, final Map<IpPrefix, Integer> owners)
    {
        int longest = -1;
        int best = -1;
        for (final Map.Entry<IpPrefix, Integer> entry : owners.entrySet())
        {
            final IpPrefix prefix = entry.getKey();
            if (prefix.isIpv6() == ipv6 && prefix.length() > longest && prefix.contains(ipv6 ? IPV6_HIGH : 0, low))
            {
                longest = prefix.length();
                best = entry.getValue();
            }
        }
        return best;
    }

    private static String ipv4Of(final List<String> addresses)
    {
        return addresses.stream().filter(address -> address.indexOf('.') > 0).findFirst().orElseThrow();
    }

    private static String host(final int ipv4)
    {
        return IpPrefix.ofIpv4(ipv4, 32).address().getHostAddress();
    }

    private static String host(final long low)
    {
        return IpPrefix.ofIpv6(IPV6_HIGH, low, 128).address().getHostAddress();
    }

    private void assertReaches(final Host spoke, final List<String> addresses, final Node a)
    {
        System.out.println(addresses.size() + " addresses of " + spoke.namespace());
        assertTrue(addresses.size() > PREFIXES / 2, addresses::toString);
        final long before = spoke.echoRequests();
        assertEquals(new TreeSet<>(addresses), new TreeSet<>(scene.a().answering(addresses)), a::toString);
        assertEquals(before + addresses.size(), spoke.echoRequests(), "all of them, and at the right host");
    }

    private static long residentKib(final Host host, final Node node)
    {
        return host.succeed("cat", "/proc/" + node.process().pid() + "/status").lines()
            .filter(line -> line.startsWith("VmHWM:")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum();
    }
}
