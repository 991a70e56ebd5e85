package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.NetworkLink;
import io.shadowmesh.ffi.Errno;

import java.io.IOException;
import java.util.List;

/**
 * Two Ethernet interfaces joined by a virtual cable, each in a namespace of its own, up and with addresses; the
 * loopback interfaces of both namespaces are taken up too.
 *
 * <p>It lives until it is closed, or until one of its namespaces is gone.
 *
 * <p>Source: veth(4).
 */
public final class VethPair implements AutoCloseable
{
    private final End first;
    private final End second;

    private VethPair(final End first, final End second)
    {
        this.first = first;
        this.second = second;
    }

    /**
     * One end of the cable.
     *
     * @param namespace that it is in; it stays the caller's.
     * @param name      of the interface, at most 15 bytes.
     * @param mtu       the longest packet, in bytes.
     * @param addresses with their prefix lengths; one IPv4 address at most.
     */
    public record End(NetworkNamespace namespace, String name, int mtu, List<IpPrefix> addresses)
    {
        /**
         * Checks name and addresses.
         *
         * @param namespace that it is in; it stays the caller's.
         * @param name      of the interface, at most 15 bytes.
         * @param mtu       the longest packet, in bytes.
         * @param addresses with their prefix lengths; one IPv4 address at most.
         * @throws IllegalArgumentException if the name or the number of IPv4 addresses is wrong.
         */
        public End
        {
            NetworkLink.checkName(name);
            addresses = List.copyOf(addresses);
            if (addresses.stream().filter((address) -> !address.isIpv6()).count() > 1)
            {
                throw new IllegalArgumentException("an interface has one IPv4 address here: " + addresses);
            }
        }
    }

    /**
     * Makes a pair.
     *
     * @param first  end.
     * @param second end.
     * @return the pair.
     * @throws IOException if it cannot be made; then nothing is left of it.
     */
    public static VethPair create(final End first, final End second) throws IOException
    {
        first.namespace().run(
            () ->
            {
                try (RouteSocket route = new RouteSocket())
                {
                    route.createVeth(first.name(), second.name(), second.namespace().fileDescriptor());
                }
            });
        final VethPair pair = new VethPair(first, second);
        boolean ready = false;
        try
        {
            first.namespace().run(() -> configure(first));
            second.namespace().run(() -> configure(second));
            ready = true;
            return pair;
        }
        finally
        {
            if (!ready)
            {
                pair.close();
            }
        }
    }

    private static void configure(final End end) throws DeviceException
    {
        try (NetworkLink loopback = NetworkLink.open("lo"))
        {
            loopback.up();
        }
        try (NetworkLink link = NetworkLink.open(end.name()); RouteSocket route = new RouteSocket())
        {
            link.mtu(end.mtu());
            for (final IpPrefix address : end.addresses())
            {
                if (address.isIpv6())
                {
                    route.addIpv6(link.index(), address);
                }
                else
                {
                    link.ipv4(address);
                }
            }
            link.up();
        }
    }

    /**
     * Tells the first end.
     *
     * @return as given.
     */
    public End first()
    {
        return first;
    }

    /**
     * Tells the second end.
     *
     * @return as given.
     */
    public End second()
    {
        return second;
    }

    /**
     * Removes both ends. That they are gone already is no error.
     *
     * @throws IOException if the kernel refuses.
     */
    @Override
    public void close() throws IOException
    {
        first.namespace().run(
            () ->
            {
                try (RouteSocket route = new RouteSocket())
                {
                    route.deleteLink(first.name());
                }
                catch (final DeviceException e)
                {
                    if (e.errno() != Errno.ENODEV)
                    {
                        throw e;
                    }
                }
            });
    }
}
