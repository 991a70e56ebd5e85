package io.shadowmesh.cli.watch;

import io.shadowmesh.dataplane.status.NodeDescription;
import io.shadowmesh.dataplane.status.OffloadDescription;
import io.shadowmesh.dataplane.status.PeerCounter;
import io.shadowmesh.dataplane.status.PeerDescription;
import io.shadowmesh.dataplane.status.PeerRecord;
import io.shadowmesh.dataplane.status.StatusFile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A node's status file as the tests of this package want it. */
final class Samples
{
    static final long SECOND_NS = 1_000_000_000L;

    private Samples()
    {
    }

    static StatusFile node(final Path folder, final String device) throws IOException
    {
        final StatusFile file = StatusFile.create(folder, device, 2);
        file.describe(new NodeDescription(
            device, "NODE-ID", "12", List.of("10.0.0.1/24"), 1400, "192.0.2.1:9443", "paired", "AES-256-GCM",
            "libfast \"1\"", List.of(new OffloadDescription(OffloadDescription.TUN, true, ""))));
        file.started(0);
        file.updated(100 * SECOND_NS);
        return file;
    }

    /** A peer with a session, but without a round trip where that is negative. */
    static PeerRecord peer(
        final StatusFile file, final String name, final long received, final long sent, final long rttNs, final long lossPpm)
    {
        final PeerRecord peer =
            file.addPeer(new PeerDescription(name, "ID-OF-" + name, "192.0.2.2:9443", "", 0, 0, List.of()));
        peer.set(PeerCounter.BYTES_RECEIVED, received);
        peer.set(PeerCounter.BYTES_SENT, sent);
        peer.set(PeerCounter.LAST_HANDSHAKE, rttNs < 0 ? Long.MIN_VALUE : 40 * SECOND_NS);
        peer.set(PeerCounter.SESSION_START, rttNs < 0 ? Long.MIN_VALUE : 40 * SECOND_NS);
        for (final PeerCounter counter : List.of(PeerCounter.RTT_LAST, PeerCounter.RTT_SMOOTHED,
            PeerCounter.RTT_MINIMUM, PeerCounter.RTT_P50, PeerCounter.RTT_P99, PeerCounter.DELIVERED_RATE))
        {
            peer.set(counter, rttNs);
        }
        peer.set(PeerCounter.LOSS_PPM, lossPpm);
        return peer;
    }
}
