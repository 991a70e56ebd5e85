package io.shadowmesh.cli.doctor;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.host.SysctlAdvice;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The kernel's settings that would break the tunnel's traffic: {@code rp_filter} and {@code ip_forward}. */
public final class ForwardingCheck implements Check
{
    /** The settings that a new device gets. */
    private static final String NEW_DEVICE = "default";

    private final String device;
    private final List<IpPrefix> reachable;
    private final List<List<IpPrefix>> peers;

    /**
     * Looks at the settings for a node.
     *
     * @param device    of it, which need not be there.
     * @param addresses of the device.
     * @param peers     the allowed IPs of each peer.
     * @param routes    whether a node sets routes to them.
     */
    public ForwardingCheck(final String device, final List<IpPrefix> addresses, final List<List<IpPrefix>> peers,
        final boolean routes)
    {
        final boolean present = Files.exists(Path.of("/proc/sys/net/ipv4/conf", device));
        this.device = present ? device : NEW_DEVICE;
        this.reachable = new ArrayList<>(addresses);
        this.peers = peers;
        if (routes && !present)
        {
            peers.forEach(allowed -> allowed.stream().filter(prefix -> prefix.length() > 0).forEach(reachable::add));
        }
    }

    @Override
    public List<Finding> run()
    {
        final List<Finding> findings = new SysctlAdvice().inspect(device, reachable, peers).stream()
            .map(finding -> Finding.warning("kernel settings", finding.key() + "=" + finding.current() + ": " +
                finding.reason(), finding.command() + ", or up --configure-sysctl")).toList();
        return findings.isEmpty() ? List.of(Finding.ok("kernel settings", "rp_filter and ip_forward let the traffic pass")) :
            findings;
    }
}
