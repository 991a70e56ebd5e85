package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.NetworkLink;
import io.shadowmesh.ffi.Errno;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;

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
    private final Set<IpPrefix> set = new LinkedHashSet<>();
    private final List<Refusal> refusals = new ArrayList<>();

    private DeviceRoutes(final int index)
    {
        this.index = index;
    }

    /** For tests: routes that are taken for set. */
    DeviceRoutes(final int index, final Collection<IpPrefix> prefixes)
    {
        this(index);
        set.addAll(prefixes);
    }

    /**
     * A route that could not be set, or not be taken away.
     *
     * @param prefix that it was for.
     * @param errno  positive: {@link Errno#EEXIST} where there is another already.
     * @param isSet  true for one that is still there though it is not wanted any more.
     */
    public record Refusal(IpPrefix prefix, int errno, boolean isSet)
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
            routes.add(socket, prefixes);
            return routes;
        }
    }

    /**
     * Sets and takes away what differs from other prefixes. A route that was set and is wanted still is not touched; one
     * that cannot be taken away is tried again by the next call.
     *
     * @param prefixes that lead into the device from now on.
     * @throws DeviceException if there is no way to ask the kernel.
     */
    public void replace(final Collection<IpPrefix> prefixes) throws DeviceException
    {
        try (RouteSocket socket = new RouteSocket())
        {
            final Set<IpPrefix> wanted = new LinkedHashSet<>(prefixes);
            refusals.clear();
            removeUnwanted(wanted, prefix -> socket.removeRoute(index, prefix));
            wanted.removeAll(set);
            add(socket, wanted);
        }
    }

    /** The removal returns 0 or {@code -errno}. */
    void removeUnwanted(final Set<IpPrefix> wanted, final ToIntFunction<IpPrefix> removal)
    {
        for (final IpPrefix prefix : List.copyOf(set))
        {
            if (!wanted.contains(prefix))
            {
                final int result = removal.applyAsInt(prefix);
                if (result < 0 && -Errno.ESRCH != result)
                {
                    refusals.add(new Refusal(prefix, -result, true));
                }
                else
                {
                    set.remove(prefix);
                }
            }
        }
    }

    private void add(final RouteSocket socket, final Collection<IpPrefix> prefixes)
    {
        for (final IpPrefix prefix : prefixes)
        {
            final int result = socket.addRoute(index, prefix);
            if (result < 0)
            {
                refusals.add(new Refusal(prefix, -result, false));
            }
            else
            {
                set.add(prefix);
            }
        }
    }

    /**
     * What was not set or not taken away, by the last call.
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
