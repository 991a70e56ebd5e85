package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.session.PeerSettings;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A peer as its operator describes it.
 *
 * @param id                         of the peer: the hash of its public key.
 * @param name                       for people: in logs and in the status.
 * @param host                       name or address to reach it at, or null where only it begins.
 * @param port                       UDP port at the host, 1 to 65,535; 0 without a host.
 * @param allowedIps                 prefixes that belong to the peer: packets to them go to it, packets from it must
 *                                   come from them.
 * @param initiate                   true to contact it at start, and for ever.
 * @param persistentKeepaliveSeconds between keepalives while nothing else is sent, 0 for none.
 * @param presharedKey               32 bytes mixed into the handshake, or null for none.
 */
public record TunnelPeer(
    PeerId id,
    String name,
    String host,
    int port,
    List<IpPrefix> allowedIps,
    boolean initiate,
    int persistentKeepaliveSeconds,
    byte[] presharedKey)
{
    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException when the parts do not make a peer; the message says which.
     */
    public TunnelPeer
    {
        Objects.requireNonNull(id, "id");
        name = null == name || name.isBlank() ? id.toString().substring(0, 7) : name;
        if (initiate && null == host)
        {
            throw new IllegalArgumentException("peer " + name + ": to contact it, its host must be given");
        }
        final PeerSettings checked =
            new PeerSettings(id, name, host, port, allowedIps, initiate, persistentKeepaliveSeconds, presharedKey);
        allowedIps = checked.allowedIps();
        presharedKey = checked.presharedKey();
    }

    /** The same for the sessions, which know nothing of this package. */
    PeerSettings settings()
    {
        return new PeerSettings(id, name, host, port, allowedIps, initiate, persistentKeepaliveSeconds, presharedKey);
    }

    /**
     * Starts the description of a peer.
     *
     * @param id of the peer.
     * @return a builder without host, prefixes or key.
     */
    public static Builder builder(final PeerId id)
    {
        return new Builder(id);
    }

    /**
     * The preshared key.
     *
     * @return a copy, or null for none.
     */
    @Override
    public byte[] presharedKey()
    {
        return null == presharedKey ? null : presharedKey.clone();
    }

    /**
     * The peer for people, without its key.
     *
     * @return name, ID, endpoint and prefixes.
     */
    @Override
    public String toString()
    {
        return name + " " + id + (null == host ? "" : " at " + host + " port " + port) + " " + allowedIps;
    }

    /**
     * Describes a peer step by step.
     */
    public static final class Builder
    {
        private final PeerId id;
        private final List<IpPrefix> allowedIps = new ArrayList<>();
        private String name;
        private String host;
        private int port;
        private boolean initiate;
        private int persistentKeepaliveSeconds;
        private byte[] presharedKey;

        private Builder(final PeerId id)
        {
            this.id = id;
        }

        /**
         * Names the peer, for people.
         *
         * @param peerName in logs and in the status; the first group of its ID where none is given.
         * @return this.
         */
        public Builder name(final String peerName)
        {
            this.name = peerName;
            return this;
        }

        /**
         * Says where the peer is.
         *
         * @param hostName name or address.
         * @param udpPort  at the host.
         * @return this.
         */
        public Builder endpoint(final String hostName, final int udpPort)
        {
            this.host = hostName;
            this.port = udpPort;
            return this;
        }

        /**
         * Gives the peer a prefix.
         *
         * @param prefix that belongs to it.
         * @return this.
         */
        public Builder allowedIp(final IpPrefix prefix)
        {
            allowedIps.add(prefix);
            return this;
        }

        /**
         * Contacts the peer at start, and for ever; without it the peer is contacted when there is traffic for it.
         *
         * @param atStart true to contact it.
         * @return this.
         */
        public Builder initiate(final boolean atStart)
        {
            this.initiate = atStart;
            return this;
        }

        /**
         * Sends keepalives while nothing else is sent, so that a NAT on the way keeps its mapping.
         *
         * @param seconds between two, 0 for none.
         * @return this.
         */
        public Builder persistentKeepaliveSeconds(final int seconds)
        {
            this.persistentKeepaliveSeconds = seconds;
            return this;
        }

        /**
         * Mixes a key that both ends hold into the handshake.
         *
         * @param key 32 bytes.
         * @return this.
         */
        public Builder presharedKey(final byte[] key)
        {
            this.presharedKey = null == key ? null : key.clone();
            return this;
        }

        /**
         * Ends the description.
         *
         * @return the peer.
         * @throws IllegalArgumentException when the parts do not make a peer.
         */
        public TunnelPeer build()
        {
            return new TunnelPeer(
                id, name, host, port, allowedIps, initiate, persistentKeepaliveSeconds, presharedKey);
        }
    }
}
