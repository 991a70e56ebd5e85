package io.shadowmesh.cli.watch;

import io.shadowmesh.dataplane.status.PeerStatus;

/**
 * A peer on the live screen.
 *
 * @param peer    as it is now.
 * @param history of it.
 */
record LiveRow(PeerStatus peer, PeerHistory history)
{
}
