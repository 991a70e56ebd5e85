package io.shadowmesh.dataplane.status;

import io.shadowmesh.dataplane.frame.DropReason;
import org.agrona.concurrent.status.CountersReader;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * Where things lie in a status file.
 *
 * <pre>
 *  offset    length  field           encoding (the machine's byte order)
 *       0         8  magic           {@link #MAGIC}; written last
 *       8         8  process id      u64
 *      16         8  process start   clock ticks since the machine's start, as proc_pid_stat(5) has them
 *      24         8  pid namespace   inode of the namespace that the process id belongs to, 0 where unknown
 *      32         4  version         u32: {@link #VERSION}
 *      36         4  schema          u32: {@link #SCHEMA}
 *      40         8  start           ms since the epoch
 *      48         4  peers           u32: peers that there is room for
 *      52         4  counters        u32: counters that there is room for
 *      56         8  generation      u64: odd while peers come or go
 *      64         8  updated         ms since the epoch, at the last update
 *      72         8  clock           ns, what the node's clock said then; stamps among the counters are of this clock
 *      80         8  clock's start   ns, what it said when the node began
 *     128      4096  node            {@link TextBlock} of a {@link NodeDescription}
 *    4224  4352 * t  times           {@link TimeHistogram} of each {@link TunnelTime}
 *       .  1024 * p  peers           {@link TextBlock} of a {@link PeerDescription} each
 *       .   512 * n  metadata        as Agrona's CountersReader describes it
 *       .   128 * n  values          as Agrona's CountersReader describes it
 * </pre>
 *
 * <p>The keys of the counters:
 *
 * <pre>
 *  type            key at 0 (i32)            key at 4 (i32)
 *  TUNNEL_TYPE     ordinal of TunnelCounter
 *  DROP_TYPE       ordinal of DropReason
 *  PEER_TYPE       place of the peer         ordinal of PeerCounter
 *  PEER_DROP_TYPE  place of the peer         ordinal of DropReason
 * </pre>
 *
 * <p>The first 32 bytes are the same in every version, so that a node of one version sees that a file belongs to a
 * running node of another.
 */
final class StatusLayout
{
    static final long MAGIC = 0x534D_5354_4154_5553L;
    static final int VERSION = 2;

    /** A checksum of the names of all that is counted or timed, which changes when one comes or goes. */
    static final int SCHEMA = schema();

    static final int PID_OFFSET = 8;
    static final int PROCESS_START_OFFSET = 16;
    static final int NAMESPACE_OFFSET = 24;
    static final int VERSION_OFFSET = 32;
    static final int SCHEMA_OFFSET = 36;
    static final int START_OFFSET = 40;
    static final int PEERS_OFFSET = 48;
    static final int COUNTERS_OFFSET = 52;
    static final int GENERATION_OFFSET = 56;
    static final int UPDATED_OFFSET = 64;
    static final int CLOCK_OFFSET = 72;
    static final int CLOCK_START_OFFSET = 80;
    static final int HEADER_LENGTH = 128;

    static final int NODE_TEXT_OFFSET = HEADER_LENGTH;
    static final int NODE_TEXT_LENGTH = 4096;
    static final int TIMES_OFFSET = NODE_TEXT_OFFSET + NODE_TEXT_LENGTH;
    static final int PEER_TEXT_LENGTH = 1024;

    static final int TUNNEL_TYPE = 1;
    static final int DROP_TYPE = 2;
    static final int PEER_TYPE = 3;
    static final int PEER_DROP_TYPE = 4;
    static final int SECOND_KEY_OFFSET = Integer.BYTES;

    /** Peers beyond these are not shown: 16 KB each. */
    static final int MOST_PEERS = 1024;

    /** Room for so many different reasons of drops for each peer, on average. */
    private static final int DROPS_PER_PEER = 8;

    private StatusLayout()
    {
    }

    static int counters(final int peers)
    {
        return TunnelCounter.values().length + DropReason.values().length +
            peers * (PeerCounter.values().length + DROPS_PER_PEER);
    }

    static int timeOffset(final TunnelTime time)
    {
        return TIMES_OFFSET + time.ordinal() * TimeHistogram.LENGTH;
    }

    static int peerTextOffset(final int place)
    {
        return TIMES_OFFSET + TunnelTime.values().length * TimeHistogram.LENGTH + place * PEER_TEXT_LENGTH;
    }

    static int metadataOffset(final int peers)
    {
        return peerTextOffset(peers);
    }

    static int metadataLength(final int counters)
    {
        return counters * CountersReader.METADATA_LENGTH;
    }

    static int valuesOffset(final int peers, final int counters)
    {
        return metadataOffset(peers) + metadataLength(counters);
    }

    static int valuesLength(final int counters)
    {
        return counters * CountersReader.COUNTER_LENGTH;
    }

    static int fileLength(final int peers, final int counters)
    {
        return valuesOffset(peers, counters) + valuesLength(counters);
    }

    private static int schema()
    {
        final CRC32 checksum = new CRC32();
        for (final Enum<?>[] names : new Enum<?>[][] {
            TunnelCounter.values(), DropReason.values(), PeerCounter.values(), TunnelTime.values()})
        {
            for (final Enum<?> name : names)
            {
                checksum.update((name.name() + "\n").getBytes(StandardCharsets.US_ASCII));
            }
        }
        return (int)checksum.getValue();
    }
}
