package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.host.DeviceRoutes;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which of the peers' prefixes need a route into the device, and which must have none.
 */
final class PeerRoutes
{
    private static final Logger LOGGER = System.getLogger(PeerRoutes.class.getName());

    private PeerRoutes()
    {
    }

    /** Sets the routes; what cannot be set is logged. Returns null if none can. */
    static DeviceRoutes set(final String device, final List<IpPrefix> addresses, final List<TunnelPeer> peers)
    {
        try
        {
            final DeviceRoutes routes = DeviceRoutes.set(device, wanted(addresses, peers));
            sayRefusals(routes);
            LOGGER.log(Level.DEBUG, routes.count() + " routes set through " + device);
            return routes;
        }
        catch (final DeviceException e)
        {
            LOGGER.log(Level.WARNING, "no routes set to the peers' prefixes: " + e.getMessage());
            return null;
        }
    }

    /** Sets and removes routes after the peers have changed; what cannot be set is logged. */
    static void replace(final DeviceRoutes routes, final List<IpPrefix> addresses, final List<TunnelPeer> peers)
    {
        try
        {
            routes.replace(wanted(addresses, peers));
            sayRefusals(routes);
        }
        catch (final DeviceException e)
        {
            LOGGER.log(Level.WARNING, "routes to the peers' prefixes are left as they were: " + e.getMessage());
        }
    }

    private static void sayRefusals(final DeviceRoutes routes)
    {
        final List<DeviceRoutes.Refusal> refusals = routes.refusals();
        if (!refusals.isEmpty())
        {
            final DeviceRoutes.Refusal first = refusals.getFirst();
            final String what = first.isSet() ?
                "the route to " + first.prefix() + " is left, though no peer has it any more" :
                "no route set to " + first.prefix();
            LOGGER.log(Level.WARNING, what + ": " + first.reason() +
                (refusals.size() > 1 ? "; and " + (refusals.size() - 1) + " more like it" : ""));
        }
    }

    /** Removes the routes where the device stays. */
    static void remove(final DeviceRoutes routes, final TunDevice device)
    {
        if (null != routes && device.isPersistent())
        {
            try
            {
                routes.remove();
            }
            catch (final DeviceException e)
            {
                LOGGER.log(Level.WARNING, "routes through " + device.name() + " are left behind: " + e.getMessage());
            }
        }
    }

    /** The prefixes that need a route, each once, in the order of the peers. */
    static Collection<IpPrefix> wanted(final List<IpPrefix> addresses, final List<TunnelPeer> peers)
    {
        final List<InetAddress> endpoints = new ArrayList<>();
        peers.forEach(peer -> addLiteral(peer.host(), endpoints));
        final Set<IpPrefix> wanted = new LinkedHashSet<>();
        for (final TunnelPeer peer : peers)
        {
            for (final IpPrefix prefix : peer.allowedIps())
            {
                if (isReachable(prefix, addresses))
                {
                    continue;
                }
                if (0 == prefix.length() || holdsAny(prefix, endpoints))
                {
                    LOGGER.log(Level.WARNING, "no route set to " + prefix + " of " + peer.name() + ": the tunnel's own " +
                        "datagrams would go into the tunnel; set narrower ones, or one past the tunnel to each endpoint");
                }
                else
                {
                    wanted.add(prefix.network());
                }
            }
        }
        return wanted;
    }

    /** True if the kernel has a route already, as a part of the network of one of the device's own addresses. */
    private static boolean isReachable(final IpPrefix prefix, final List<IpPrefix> addresses)
    {
        for (final IpPrefix address : addresses)
        {
            if (address.isIpv6() == prefix.isIpv6() && address.length() <= prefix.length() &&
                address.contains(prefix.high(), prefix.low()))
            {
                return true;
            }
        }
        return false;
    }

    private static boolean holdsAny(final IpPrefix prefix, final List<InetAddress> endpoints)
    {
        for (final InetAddress endpoint : endpoints)
        {
            if (prefix.contains(endpoint))
            {
                return true;
            }
        }
        return false;
    }

    /** A name is not looked up here: should a route hold what it stands for, the send agent says so. */
    private static void addLiteral(final String host, final List<InetAddress> endpoints)
    {
        try
        {
            if (null != host)
            {
                endpoints.add(InetAddress.ofLiteral(host));
            }
        }
        catch (final IllegalArgumentException e)
        {
            LOGGER.log(Level.TRACE, "{0} is a name", host);
        }
    }
}
