package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.address.IpPrefix;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which of this machine's sysctl settings will break the traffic of a tunnel, and the command that mends each.
 *
 * <p>Two are looked at, once the device is there:
 *
 * <ol>
 * <li><b>Strict reverse-path filtering</b> drops what comes out of the tunnel from an address to which this machine has
 * no route back through it. The device's own prefix has such a route always; allowed IPs beyond it only if somebody
 * added one. IPv4 alone. Loose filtering (2) suffices.</li>
 * <li><b>Forwarding</b>: with two peers or more, packets from one to the other come in through the device and go out
 * through it, and the kernel drops them unless it forwards. A node with one peer is left in peace: whether it is a
 * gateway for others cannot be known from here.</li>
 * </ol>
 *
 * <p>It reads the settings of the calling thread's network namespace.
 *
 * <p>Source: Documentation/networking/ip-sysctl.rst of Linux.
 */
public final class SysctlAdvice
{
    private static final Path SYSCTL = Path.of("/proc/sys");
    private static final Path ROUTES = Path.of("/proc/thread-self/net/route");
    private static final String STRICT = "1";
    private static final String LOOSE = "2";
    private static final int HEX = 16;

    private final Path sysctl;
    private final Path routes;

    /** Advice on this machine. */
    public SysctlAdvice()
    {
        this(SYSCTL, ROUTES);
    }

    SysctlAdvice(final Path sysctl, final Path routes)
    {
        this.sysctl = sysctl;
        this.routes = routes;
    }

    /**
     * A setting that will break traffic.
     *
     * @param key     of the setting, as sysctl(8) names it.
     * @param current value.
     * @param wanted  value.
     * @param reason  what breaks, in half a sentence.
     * @param file    that holds the setting.
     */
    public record Finding(String key, String current, String wanted, String reason, Path file)
    {
        /**
         * The command that mends it.
         *
         * @return a command line, for root.
         */
        public String command()
        {
            return "sysctl -w " + key + "=" + wanted;
        }

        /**
         * Mends it, until the next start of the machine.
         *
         * @throws IOException if that is not allowed; the message says what to do.
         */
        public void apply() throws IOException
        {
            try
            {
                Files.writeString(file, wanted + "\n");
            }
            catch (final IOException e)
            {
                throw new IOException("cannot set " + key + ": run as root, where /proc/sys can be written: " +
                    command(), e);
            }
        }

        /**
         * One line for a log.
         *
         * @return what is wrong, and the command that mends it.
         */
        @Override
        public String toString()
        {
            return key + "=" + current + ": " + reason + "; mend it with: " + command();
        }
    }

    /**
     * Looks for settings that will break a node's traffic.
     *
     * @param device    the TUN device's name.
     * @param addresses of the device, with their prefix lengths.
     * @param peers     the allowed IPs of each peer.
     * @return what to mend; empty when all is well, or when the system does not tell.
     */
    public List<Finding> inspect(
        final String device, final List<IpPrefix> addresses, final List<List<IpPrefix>> peers)
    {
        final List<Finding> findings = new ArrayList<>();
        reversePath(device, addresses, peers, findings);
        forwarding(device, peers, findings);
        return findings;
    }

    private void reversePath(
        final String device,
        final List<IpPrefix> addresses,
        final List<List<IpPrefix>> peers,
        final List<Finding> findings)
    {
        final String all = read(ipv4("all", "rp_filter"));
        final String own = read(ipv4(device, "rp_filter"));
        // The kernel takes the greater of the two: 0 off, 1 strict, 2 loose.
        final String effective = all.compareTo(own) > 0 ? all : own;
        if (!effective.equals(STRICT))
        {
            return;
        }
        final List<Route> table = routes();
        // Most prefixes have a route of their own: that no other goes before is worth not comparing each with all.
        final Set<IpPrefix> direct = table.stream().filter(route -> route.device().equals(device) && route.metric() == 0)
            .map(Route::to).collect(Collectors.toSet());
        for (final List<IpPrefix> allowed : peers)
        {
            for (final IpPrefix prefix : allowed)
            {
                if (!prefix.isIpv6() && !direct.contains(prefix.network()) && !onLink(prefix, addresses) &&
                    !returns(prefix, device, table, true))
                {
                    findings.add(new Finding(
                        key(device, "ipv4", "rp_filter"),
                        effective,
                        LOOSE,
                        "packets from the allowed IPs " + prefix.network() +
                            " will be dropped, as there is no route back to them through " + device,
                        sysctl.resolve(ipv4(device, "rp_filter"))));
                    return;
                }
            }
        }
    }

    private void forwarding(final String device, final List<List<IpPrefix>> peers, final List<Finding> findings)
    {
        if (several(peers, false) && read(ipv4(device, "forwarding")).equals("0"))
        {
            final Path every = Path.of("net/ipv4/ip_forward");
            final boolean everywhere = read(every).equals("0");
            findings.add(new Finding(
                everywhere ? "net.ipv4.ip_forward" : key(device, "ipv4", "forwarding"),
                "0",
                "1",
                "IPv4 packets from one peer to another will be dropped here",
                sysctl.resolve(everywhere ? every : ipv4(device, "forwarding"))));
        }
        final Path every = Path.of("net/ipv6/conf/all/forwarding");
        if (several(peers, true) && read(every).equals("0"))
        {
            findings.add(new Finding(
                "net.ipv6.conf.all.forwarding",
                "0",
                "1",
                "IPv6 packets from one peer to another will be dropped here (a machine that forwards takes no more" +
                    " router advertisements, unless accept_ra=2)",
                sysctl.resolve(every)));
        }
    }

    /** Whether two peers or more have allowed IPs of a family. */
    private static boolean several(final List<List<IpPrefix>> peers, final boolean ipv6)
    {
        return peers.stream().filter((peer) -> peer.stream().anyMatch((p) -> p.isIpv6() == ipv6)).count() > 1;
    }

    private static boolean onLink(final IpPrefix prefix, final List<IpPrefix> addresses)
    {
        return addresses.stream().anyMatch((address) -> covers(address, prefix));
    }

    private static boolean covers(final IpPrefix outer, final IpPrefix inner)
    {
        return outer.isIpv6() == inner.isIpv6() && outer.length() <= inner.length() && outer.contains(inner.address());
    }

    /**
     * Whether the narrowest route to all of a prefix goes through the device. A default route is often given as its two
     * halves, which are narrower than the one that they stand before.
     */
    private static boolean returns(
        final IpPrefix prefix, final String device, final List<Route> table, final boolean halves)
    {
        Route best = null;
        for (final Route route : table)
        {
            if (covers(route.to(), prefix) && (best == null || route.isBefore(best)))
            {
                best = route;
            }
        }
        if (best != null && best.device().equals(device))
        {
            return true;
        }
        if (!halves || prefix.length() == Integer.SIZE)
        {
            return false;
        }
        final int length = prefix.length() + 1;
        final int low = (int)prefix.network().low();
        return returns(IpPrefix.ofIpv4(low, length), device, table, false) &&
            returns(IpPrefix.ofIpv4(low | 1 << (Integer.SIZE - length), length), device, table, false);
    }

    private record Route(String device, IpPrefix to, int metric)
    {
        private boolean isBefore(final Route other)
        {
            return to.length() != other.to.length() ? to.length() > other.to.length() : metric < other.metric;
        }
    }

    /** Reads the main table: name, destination, gateway, flags, 2 counters, metric, mask; addresses byte-swapped. */
    private List<Route> routes()
    {
        final List<Route> table = new ArrayList<>();
        for (final String line : lines(routes))
        {
            final String[] fields = line.trim().split("\\s+");
            if (fields.length > 7 && !fields[0].equals("Iface"))
            {
                final int mask = Integer.reverseBytes(Integer.parseUnsignedInt(fields[7], HEX));
                final int destination = Integer.reverseBytes(Integer.parseUnsignedInt(fields[1], HEX));
                table.add(new Route(
                    fields[0], IpPrefix.ofIpv4(destination, Integer.bitCount(mask)), Integer.parseInt(fields[6])));
            }
        }
        return table;
    }

    private static List<String> lines(final Path file)
    {
        try
        {
            return Files.readAllLines(file, StandardCharsets.US_ASCII);
        }
        catch (final IOException e)
        {
            return List.of();
        }
    }

    /** The setting's value, or an empty text where there is none. */
    private String read(final Path setting)
    {
        final List<String> lines = lines(sysctl.resolve(setting));
        return lines.isEmpty() ? "" : lines.get(0).trim();
    }

    private static Path ipv4(final String device, final String setting)
    {
        return Path.of("net/ipv4/conf", device, setting);
    }

    /** The key as sysctl(8) reads it: with slashes where the device's name has a dot. */
    private static String key(final String device, final String family, final String setting)
    {
        return device.indexOf('.') < 0 ?
            "net." + family + ".conf." + device + "." + setting :
            "net/" + family + "/conf/" + device + "/" + setting;
    }
}
