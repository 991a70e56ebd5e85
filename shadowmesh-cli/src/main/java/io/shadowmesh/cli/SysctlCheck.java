package io.shadowmesh.cli;

import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.host.SysctlAdvice;

import java.io.IOException;
import java.util.List;

/** Looks for kernel settings that would break the tunnel's traffic: mends them if asked to, otherwise says how. */
final class SysctlCheck
{
    private static final System.Logger LOG = System.getLogger("io.shadowmesh.node");

    private SysctlCheck()
    {
    }

    static void run(final String device, final List<IpPrefix> addresses, final List<TunnelPeer> peers,
        final boolean mend)
    {
        final List<List<IpPrefix>> allowed = peers.stream().map(TunnelPeer::allowedIps).toList();
        for (final SysctlAdvice.Finding finding : new SysctlAdvice().inspect(device, addresses, allowed))
        {
            if (mend && isMended(finding))
            {
                LOG.log(System.Logger.Level.INFO, "set " + finding.key() + "=" + finding.wanted() + ", it was " +
                    finding.current());
            }
            else
            {
                LOG.log(System.Logger.Level.WARNING, finding + (mend ? "" : " (or start with --configure-sysctl)"));
            }
        }
    }

    private static boolean isMended(final SysctlAdvice.Finding finding)
    {
        try
        {
            finding.apply();
            return true;
        }
        catch (final IOException e)
        {
            LOG.log(System.Logger.Level.WARNING, Diagnosis.oneLine(e));
            return false;
        }
    }
}
