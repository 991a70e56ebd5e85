package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.NetworkLink;
import io.shadowmesh.ffi.Errno;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Routes that lead prefixes into a network device, in the main table of the calling thread's namespace. They go with the
 * device; where that stays, {@link #remove} takes them away. A route to the same prefix that somebody else has set is left
 * alone.
 *
 * <p><b>Threading:</b> one thread at a time, in the device's namespace.
 *
 * <p>Source: rtnetlink(7), ip-route(8).
 */
public final class DeviceRoutes
{
    private final int index;
    private final List<IpPrefix> set = new ArrayList<>();
    private final List<Refusal> refusals = new ArrayList<>();

    private DeviceRoutes(final int index)
    {
        this.index = index;
    }

    /**
     * A route that could not be set.
     *
     * @param prefix that it was for.
     * @param errno  positive: {@link Errno#EEXIST} where there is another already.
     */
    public record Refusal(IpPrefix prefix, int errno)
    {
        /**
         * What to tell people.
         *
         * @return half a sentence.
         */
        public String reason()
        {
            return errno == Errno.EEXIST ? "there is one already" :
                errno == Errno.EPERM ? "it needs CAP_NET_ADMIN" : Errno.describe(errno);
        }
    }

    /**
     * Sets routes.
     *
     * @param device   that they lead into; it must be up.
     * @param prefixes that they lead there.
     * @return the routes set, and what was refused.
     * @throws DeviceException if there is no such device, or no way to ask the kernel.
     */
    public static DeviceRoutes set(final String device, final Collection<IpPrefix> prefixes) throws DeviceException
    {
        try (NetworkLink link = NetworkLink.open(device); RouteSocket socket = new RouteSocket())
        {
            final DeviceRoutes routes = new DeviceRoutes(link.index());
            for (final IpPrefix prefix : prefixes)
            {
                final int result = socket.addRoute(routes.index, prefix);
                if (result < 0)
                {
                    routes.refusals.add(new Refusal(prefix, -result));
                }
                else
                {
                    routes.set.add(prefix);
                }
            }
            return routes;
        }
    }

    /**
     * What was not set.
     *
     * @return the refusals, in the order of the prefixes.
     */
    public List<Refusal> refusals()
    {
        return List.copyOf(refusals);
    }

    /**
     * How many were set.
     *
     * @return the count.
     */
    public int count()
    {
        return set.size();
    }

    /**
     * Takes away what was set. That a route is gone already is no error.
     *
     * @throws DeviceException if there is no way to ask the kernel.
     */
    public void remove() throws DeviceException
    {
        try (RouteSocket socket = new RouteSocket())
        {
            set.forEach(prefix -> socket.removeRoute(index, prefix));
            set.clear();
        }
    }
}
