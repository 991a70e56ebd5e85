package io.shadowmesh.dataplane.device;

/**
 * What a TUN device leaves to its reader (cutting super-packets, making checksums) and takes from its writer.
 *
 * <p>Source: Documentation/networking/tuntap.rst of Linux, TUNSETOFFLOAD; virtio 1.2 section 5.1.3.
 */
public enum TunOffloads
{
    /** Packets alone, as they are. */
    NONE("off"),
    /** A virtio-net header before each packet, and no more: the kernel refuses the rest. */
    HEADER_ONLY("refused by the kernel"),
    /** Checksums, and TCP super-packets. */
    TCP("TCP"),
    /** Checksums, and TCP and UDP super-packets. */
    TCP_AND_UDP("TCP and UDP");

    private final String text;

    TunOffloads(final String text)
    {
        this.text = text;
    }

    /**
     * Tells whether super-packets may be written.
     *
     * @return true if the kernel has them.
     */
    public boolean joins()
    {
        return this == TCP || this == TCP_AND_UDP;
    }

    /**
     * Tells whether UDP super-packets may be written.
     *
     * @return true if the kernel has them.
     */
    public boolean joinsUdp()
    {
        return this == TCP_AND_UDP;
    }

    /**
     * The offloads in words, for people.
     *
     * @return such as {@code TCP and UDP}.
     */
    public String text()
    {
        return text;
    }
}
