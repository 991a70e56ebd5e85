package io.shadowmesh.cli;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.PeerId;

import java.nio.file.Path;
import java.util.List;

/**
 * A peer that the key folder knows.
 *
 * @param name             the file's name without {@code .toml}.
 * @param id               who it is.
 * @param endpoint         where to reach it, or null.
 * @param allowedIps       what may come from it and is sent to it; may be empty.
 * @param keepaliveSeconds persistent keepalive; 0 for none, -1 where the file does not say.
 * @param presharedKeyFile where the key is that both ends hold, or null for none; not looked at yet.
 */
record PeerEntry(String name, PeerId id, HostPort endpoint, List<IpPrefix> allowedIps, int keepaliveSeconds,
    Path presharedKeyFile)
{
    /** The file does not say. */
    static final int KEEPALIVE_UNSET = -1;
}
