package io.shadowmesh.cli.doctor;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.host.SysctlAdvice;

import java.util.List;

/** The kernel's settings that would break the tunnel's traffic: {@code rp_filter} and {@code ip_forward}. */
public final class ForwardingCheck implements Check
{
    private final String device;
    private final List<IpPrefix> addresses;
    private final List<List<IpPrefix>> peers;

    /**
     * Looks at the settings for a node.
     *
     * @param device    of it, which need not be there.
     * @param addresses of the device.
     * @param peers     the allowed IPs of each peer.
     */
    public ForwardingCheck(final String device, final List<IpPrefix> addresses, final List<List<IpPrefix>> peers)
    {
        this.device = device;
        this.addresses = addresses;
        this.peers = peers;
    }

    @Override
    public List<Finding> run()
    {
        final List<Finding> findings = new SysctlAdvice().inspect(device, addresses, peers).stream()
            .map(finding -> Finding.warning("kernel settings", finding.key() + "=" + finding.current() + ": " +
                finding.reason(), finding.command() + ", or up --configure-sysctl")).toList();
        return findings.isEmpty() ? List.of(Finding.ok("kernel settings", "rp_filter and ip_forward let the traffic pass")) :
            findings;
    }
}
