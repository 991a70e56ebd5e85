package io.shadowmesh.cli;

import io.shadowmesh.dataplane.identity.PeerId;

import java.util.Arrays;

/** Peer IDs for tests; nobody has their keys. */
final class Ids
{
    static final PeerId A = id(1);
    static final PeerId B = id(2);
    static final PeerId C = id(3);

    private Ids()
    {
    }

    private static PeerId id(final int fill)
    {
        final byte[] hash = new byte[32];
        Arrays.fill(hash, (byte)fill);
        return PeerId.ofHash(hash);
    }
}
