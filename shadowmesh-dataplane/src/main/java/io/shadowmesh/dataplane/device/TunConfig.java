package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.IpPrefix;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * How a {@link TunDevice} is to be: checked and immutable.
 *
 * <p>A device has at most one IPv4 address and any number of IPv6 addresses.
 */
public final class TunConfig
{
    /**
     * The MTU unless another is asked for. A packet of it makes, sealed and over IPv4, the 1492 bytes that PPPoE leaves of
     * Ethernet's 1500 (RFC 2516). Over IPv6 20 bytes less fit.
     */
    public static final int DEFAULT_MTU = 1425;

    /** The least MTU of a device, by IPv4. */
    public static final int LEAST_MTU = 68;

    /** The least MTU of a device with an IPv6 address. Source: RFC 8200, section 5. */
    public static final int LEAST_IPV6_MTU = 1280;

    /** The greatest MTU of a device: the longest IP packet. */
    public static final int GREATEST_MTU = 65_535;

    private final String name;
    private final List<IpPrefix> addresses;
    private final int mtu;
    private final int transmitQueueLength;
    private final boolean offloads;

    private TunConfig(final Builder builder)
    {
        name = builder.name;
        addresses = List.copyOf(builder.addresses);
        mtu = builder.mtu;
        transmitQueueLength = builder.transmitQueueLength;
        offloads = builder.offloads;
        NetworkLink.checkName(name);
        final boolean ipv6 = addresses.stream().anyMatch(IpPrefix::isIpv6);
        final List<IpPrefix> ipv4 = addresses.stream().filter((address) -> !address.isIpv6()).toList();
        if (ipv4.size() > 1)
        {
            throw new IllegalArgumentException("a device has one IPv4 address, and these are " + ipv4.size() + ": " +
                ipv4 + "; keep one");
        }
        final int least = ipv6 ? LEAST_IPV6_MTU : LEAST_MTU;
        if (mtu < least || mtu > GREATEST_MTU)
        {
            throw new IllegalArgumentException("an MTU of " + mtu + " is outside " + least + ".." + GREATEST_MTU +
                (ipv6 ? ", the range of a device with an IPv6 address" : ""));
        }
        if (transmitQueueLength < 0)
        {
            throw new IllegalArgumentException("negative transmit queue length: " + transmitQueueLength);
        }
    }

    /**
     * A configuration to fill in: a device that the kernel names, of the default MTU, without addresses.
     *
     * @return the builder.
     */
    public static Builder builder()
    {
        return new Builder();
    }

    /**
     * Tells the name asked for.
     *
     * @return the name; empty, or with %d, if the kernel is to number it.
     */
    public String name()
    {
        return name;
    }

    /**
     * Tells the addresses.
     *
     * @return addresses with their prefix lengths.
     */
    public List<IpPrefix> addresses()
    {
        return addresses;
    }

    /**
     * Tells the MTU.
     *
     * @return the longest packet, in bytes.
     */
    public int mtu()
    {
        return mtu;
    }

    /**
     * Tells the length of the transmit queue.
     *
     * @return packets that wait for a reader at most; 0 for the kernel's own. A persistent device, and one in a user
     *         namespace, keeps its own.
     */
    public int transmitQueueLength()
    {
        return transmitQueueLength;
    }

    /**
     * Tells whether the device is to carry super-packets.
     *
     * @return true if offloads are wanted where the kernel has them.
     */
    public boolean offloads()
    {
        return offloads;
    }

    /** A configuration that is being filled in. */
    public static final class Builder
    {
        private String name = "";
        private final List<IpPrefix> addresses = new ArrayList<>();
        private int mtu = DEFAULT_MTU;
        private int transmitQueueLength;
        private boolean offloads;

        private Builder()
        {
        }

        /**
         * Names the device.
         *
         * @param deviceName at most 15 bytes; empty ("tun0" ...) or with %d ("chr%d") lets the kernel number it.
         * @return this builder.
         */
        public Builder name(final String deviceName)
        {
            name = Objects.requireNonNull(deviceName, "deviceName");
            return this;
        }

        /**
         * Adds an address.
         *
         * @param prefix the address with its prefix length; one IPv4 address at most.
         * @return this builder.
         */
        public Builder address(final IpPrefix prefix)
        {
            addresses.add(Objects.requireNonNull(prefix, "prefix"));
            return this;
        }

        /**
         * Adds addresses.
         *
         * @param prefixes addresses with their prefix lengths.
         * @return this builder.
         */
        public Builder addresses(final List<IpPrefix> prefixes)
        {
            addresses.addAll(prefixes);
            return this;
        }

        /**
         * Sets the MTU.
         *
         * @param bytes the longest packet; at least 1280 with an IPv6 address.
         * @return this builder.
         */
        public Builder mtu(final int bytes)
        {
            mtu = bytes;
            return this;
        }

        /**
         * Sets the length of the transmit queue: what the kernel keeps while nobody reads, and drops beyond.
         *
         * @param packets that wait at most; 0 leaves the kernel's own (500).
         * @return this builder.
         */
        public Builder transmitQueueLength(final int packets)
        {
            transmitQueueLength = packets;
            return this;
        }

        /**
         * Asks for a device that carries super-packets of up to 64 KiB and leaves checksums to its reader, where the
         * kernel has such devices. Then each packet has a virtio-net header before it: see
         * {@link TunDevice#headerLength()}.
         *
         * @param wanted true for offloads.
         * @return this builder.
         */
        public Builder offloads(final boolean wanted)
        {
            offloads = wanted;
            return this;
        }

        /**
         * Checks what was filled in.
         *
         * @return the configuration.
         * @throws IllegalArgumentException if it cannot be had; the message says what to change.
         */
        public TunConfig build()
        {
            return new TunConfig(this);
        }
    }
}
