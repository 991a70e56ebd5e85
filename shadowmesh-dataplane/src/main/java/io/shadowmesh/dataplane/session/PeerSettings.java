package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.PeerId;

import java.util.List;
import java.util.Objects;

/**
 * What the operator says about a peer.
 *
 * @param id                         of the peer.
 * @param name                       for people; the ID where there is none.
 * @param host                       name or address to resolve, null for none.
 * @param port                       that belongs to the host.
 * @param allowedIps                 inner addresses that are the peer's.
 * @param initiate                   true if the peer is contacted at start and for ever.
 * @param persistentKeepaliveSeconds longest silence towards the peer, 0 for any.
 * @param presharedKey               32 bytes, null for none; copied in and out.
 */
public record PeerSettings(
    PeerId id,
    String name,
    String host,
    int port,
    List<IpPrefix> allowedIps,
    boolean initiate,
    int persistentKeepaliveSeconds,
    byte[] presharedKey)
{
    private static final int PRESHARED_KEY_LENGTH = 32;
    private static final int MAX_PORT = 65_535;
    private static final int MAX_KEEPALIVE_SECONDS = 65_535;

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException if a number is out of range or the key is not of 32 bytes.
     */
    public PeerSettings
    {
        Objects.requireNonNull(id, "id");
        name = name == null ? id.toString() : name;
        allowedIps = List.copyOf(allowedIps);
        if (host != null && (port < 1 || port > MAX_PORT))
        {
            throw new IllegalArgumentException("port of " + name + " outside 1.." + MAX_PORT + ": " + port);
        }
        if (persistentKeepaliveSeconds < 0 || persistentKeepaliveSeconds > MAX_KEEPALIVE_SECONDS)
        {
            throw new IllegalArgumentException("persistent keepalive of " + name + " outside 0.." +
                MAX_KEEPALIVE_SECONDS + " s: " + persistentKeepaliveSeconds);
        }
        if (presharedKey != null && presharedKey.length != PRESHARED_KEY_LENGTH)
        {
            throw new IllegalArgumentException("preshared key of " + name + " must be " + PRESHARED_KEY_LENGTH +
                " bytes long, not " + presharedKey.length);
        }
        presharedKey = presharedKey == null ? null : presharedKey.clone();
    }

    /**
     * The preshared key.
     *
     * @return a copy, or null.
     */
    @Override
    public byte[] presharedKey()
    {
        return presharedKey == null ? null : presharedKey.clone();
    }

    /**
     * Tells whether the same host and port are said of another.
     *
     * @param other settings.
     * @return true also where neither has a host.
     */
    public boolean hasSameHost(final PeerSettings other)
    {
        return Objects.equals(host, other.host) && port == other.port;
    }

    /**
     * Names the peer without its key.
     *
     * @return the name.
     */
    @Override
    public String toString()
    {
        return name;
    }
}
