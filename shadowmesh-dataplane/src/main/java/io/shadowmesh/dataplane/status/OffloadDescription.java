package io.shadowmesh.dataplane.status;

/**
 * One offload, for people.
 *
 * @param name   short and stable: {@code tun}, {@code join}, {@code gso} or {@code gro}.
 * @param on     true while it is in use.
 * @param detail why it is off, or what of it is on; may be empty.
 */
public record OffloadDescription(String name, boolean on, String detail)
{
    /** Super-packets from and to the TUN device. */
    public static final String TUN = "tun";
    /** Received packets joined before they are written to the TUN device. */
    public static final String JOIN = "join";
    /** UDP segmentation offload. */
    public static final String GSO = "gso";
    /** UDP receive offload. */
    public static final String GRO = "gro";
}
