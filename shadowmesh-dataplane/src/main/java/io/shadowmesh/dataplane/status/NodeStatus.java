package io.shadowmesh.dataplane.status;

import io.shadowmesh.dataplane.frame.DropReason;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * What the status file of a node says at one moment. Taking it costs the node nothing.
 *
 * <p><b>Threading:</b> immutable.
 */
public final class NodeStatus
{
    private static final long FRESH_MS = 5_000;
    private static final int ATTEMPTS = 1_000;
    private static final long PAUSE_NS = 50_000;

    private final Path file;
    private final boolean running;
    private final long pid;
    private final long startMs;
    private final long updatedMs;
    private final long uptimeNs;
    private final NodeDescription description;
    private final TunnelStatus counters;
    private final List<PeerStatus> peers;

    private NodeStatus(
        final Path file, final UnsafeBuffer all, final NodeDescription description, final TunnelStatus counters,
        final List<PeerStatus> peers)
    {
        this.file = file;
        this.running = isRunning(all);
        this.pid = all.getLong(StatusLayout.PID_OFFSET);
        this.startMs = all.getLong(StatusLayout.START_OFFSET);
        this.updatedMs = all.getLongVolatile(StatusLayout.UPDATED_OFFSET);
        this.uptimeNs =
            all.getLongVolatile(StatusLayout.CLOCK_OFFSET) - all.getLong(StatusLayout.CLOCK_START_OFFSET);
        this.description = description;
        this.counters = counters;
        this.peers = List.copyOf(peers);
    }

    /**
     * Takes the status of one node.
     *
     * @param file of the node.
     * @return the status now, or at the node's end.
     * @throws IOException when the file cannot be read or is no status file of this version; the message says what to do.
     */
    public static NodeStatus read(final Path file) throws IOException
    {
        final MappedByteBuffer memory = map(file);
        try
        {
            final UnsafeBuffer all = new UnsafeBuffer(memory);
            final int peers = all.getInt(StatusLayout.PEERS_OFFSET);
            final int counters = all.getInt(StatusLayout.COUNTERS_OFFSET);
            if (all.getInt(StatusLayout.VERSION_OFFSET) != StatusLayout.VERSION ||
                all.getInt(StatusLayout.SCHEMA_OFFSET) != StatusLayout.SCHEMA)
            {
                throw new IOException(file + " is of another version of ShadowMesh: look at it with the one that made it");
            }
            if (peers < 0 || peers > StatusLayout.MOST_PEERS || counters != StatusLayout.counters(peers) ||
                all.capacity() != StatusLayout.fileLength(peers, counters))
            {
                throw new IOException(file + " is damaged");
            }
            return read(file, all, peers, counters);
        }
        finally
        {
            IoUtil.unmap(memory);
        }
    }

    /**
     * Tells whether a file belongs to a running node, of whatever version.
     *
     * @param file that may be one.
     * @return false also for what is no status file.
     */
    public static boolean isRunning(final Path file)
    {
        try
        {
            final MappedByteBuffer memory = map(file);
            try
            {
                return isRunning(new UnsafeBuffer(memory));
            }
            finally
            {
                IoUtil.unmap(memory);
            }
        }
        catch (final IOException e)
        {
            return false;
        }
    }

    /** Tells whether a file was a node's that runs no more; false for what is no status file or cannot be read. */
    static boolean isLeftBehind(final Path file)
    {
        try
        {
            final MappedByteBuffer memory = map(file);
            try
            {
                return !isRunning(new UnsafeBuffer(memory));
            }
            finally
            {
                IoUtil.unmap(memory);
            }
        }
        catch (final IOException e)
        {
            return false;
        }
    }

    /**
     * The status files in a folder, in the order of their names.
     *
     * @param folder to look into.
     * @return the files, also of nodes that do not run any more.
     * @throws IOException when the folder cannot be read.
     */
    public static List<Path> files(final Path folder) throws IOException
    {
        try (Stream<Path> files = Files.list(folder))
        {
            return files.filter(file -> file.getFileName().toString().endsWith(StatusFile.SUFFIX) &&
                !file.getFileName().toString().startsWith(".")).sorted().toList();
        }
    }

    /** Maps a file that begins as status files do, whatever their version. */
    private static MappedByteBuffer map(final Path file) throws IOException
    {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
        {
            // A pipe would keep its reader waiting, and a link leads root wherever the folder's owner likes.
            throw new IOException(file + " is no status file");
        }
        try (FileChannel channel =
            FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)))
        {
            final long length = channel.size();
            if (length < StatusLayout.HEADER_LENGTH || length > Integer.MAX_VALUE)
            {
                throw new IOException(file + " is no status file");
            }
            final MappedByteBuffer memory = channel.map(FileChannel.MapMode.READ_ONLY, 0, length);
            memory.order(ByteOrder.nativeOrder());
            if (memory.getLong(0) != StatusLayout.MAGIC)
            {
                IoUtil.unmap(memory);
                throw new IOException(file + " is no status file");
            }
            return memory;
        }
        catch (final NoSuchFileException e)
        {
            throw new IOException("there is no " + file, e);
        }
    }

    private static boolean isRunning(final UnsafeBuffer all)
    {
        final ProcessMark process = new ProcessMark(
            all.getLong(StatusLayout.PID_OFFSET), all.getLong(StatusLayout.PROCESS_START_OFFSET),
            all.getLong(StatusLayout.NAMESPACE_OFFSET));
        return process.isOfOwnNamespace() ? process.isAlive() :
            Math.abs(System.currentTimeMillis() - all.getLong(StatusLayout.UPDATED_OFFSET)) < FRESH_MS;
    }

    /** Again and again until no peer has come or gone meanwhile. */
    private static NodeStatus read(final Path file, final UnsafeBuffer all, final int peers, final int counters)
        throws IOException
    {
        for (int i = 0; i < ATTEMPTS; i++)
        {
            final long generation = all.getLongVolatile(StatusLayout.GENERATION_OFFSET);
            final NodeStatus status = 0 == (generation & 1) ? taken(file, all, peers, counters) : null;
            VarHandle.loadLoadFence();
            if (null != status && all.getLongVolatile(StatusLayout.GENERATION_OFFSET) == generation)
            {
                return status;
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
        throw new IOException(file + " changes too fast, or its node was stopped in the midst of a change");
    }

    private static NodeStatus taken(final Path file, final UnsafeBuffer all, final int peerRoom, final int counterRoom)
    {
        final String nodeText = TextBlock.read(all, StatusLayout.NODE_TEXT_OFFSET, StatusLayout.NODE_TEXT_LENGTH);
        final String[] peerTexts = new String[peerRoom];
        for (int i = 0; i < peerRoom; i++)
        {
            peerTexts[i] = TextBlock.read(all, StatusLayout.peerTextOffset(i), StatusLayout.PEER_TEXT_LENGTH);
            if (null == peerTexts[i])
            {
                return null;
            }
        }
        if (null == nodeText)
        {
            return null;
        }

        final long[] tunnel = new long[TunnelStatus.count()];
        final long[][] values = new long[peerRoom][PeerCounter.values().length];
        final long[][] drops = new long[peerRoom][DropReason.values().length];
        final CountersReader reader = new CountersReader(
            new UnsafeBuffer(all, StatusLayout.metadataOffset(peerRoom), StatusLayout.metadataLength(counterRoom)),
            new UnsafeBuffer(
                all, StatusLayout.valuesOffset(peerRoom, counterRoom), StatusLayout.valuesLength(counterRoom)));
        reader.forEach((id, type, key, label) ->
        {
            final int first = key.getInt(0);
            final int second = key.getInt(StatusLayout.SECOND_KEY_OFFSET);
            final long value = reader.getCounterValue(id);
            switch (type)
            {
                case StatusLayout.TUNNEL_TYPE -> put(tunnel, first, value);
                case StatusLayout.DROP_TYPE -> put(tunnel, TunnelCounter.values().length + first, value);
                case StatusLayout.PEER_TYPE -> put(values, first, second, value);
                case StatusLayout.PEER_DROP_TYPE -> put(drops, first, second, value);
                default ->
                {
                }
            }
        });

        final TimeDistribution[] times = new TimeDistribution[TunnelTime.values().length];
        for (final TunnelTime time : TunnelTime.values())
        {
            times[time.ordinal()] = TimeHistogram.read(all, StatusLayout.timeOffset(time));
        }

        final long clockNs = all.getLongVolatile(StatusLayout.CLOCK_OFFSET);
        final List<PeerStatus> peers = new ArrayList<>();
        for (int i = 0; i < peerRoom; i++)
        {
            if (!peerTexts[i].isEmpty())
            {
                peers.add(new PeerStatus(PeerDescription.parse(peerTexts[i]), values[i], drops[i], clockNs));
            }
        }
        return new NodeStatus(file, all, NodeDescription.parse(nodeText), new TunnelStatus(tunnel, times), peers);
    }

    private static void put(final long[][] values, final int first, final int second, final long value)
    {
        if (first >= 0 && first < values.length)
        {
            put(values[first], second, value);
        }
    }

    private static void put(final long[] values, final int index, final long value)
    {
        if (index >= 0 && index < values.length)
        {
            values[index] = value;
        }
    }

    /**
     * The file that it was taken from.
     *
     * @return its path.
     */
    public Path file()
    {
        return file;
    }

    /**
     * Whether the node ran when the status was taken.
     *
     * @return false for a node that has ended without cleaning up.
     */
    public boolean isRunning()
    {
        return running;
    }

    /**
     * The node's process.
     *
     * @return process id.
     */
    public long pid()
    {
        return pid;
    }

    /**
     * When the node started.
     *
     * @return ms since the epoch.
     */
    public long startMs()
    {
        return startMs;
    }

    /**
     * When the values that are measured were last brought up to date.
     *
     * @return ms since the epoch.
     */
    public long updatedMs()
    {
        return updatedMs;
    }

    /**
     * For how long the node had run then, time asleep included.
     *
     * @return ns.
     */
    public long uptimeNs()
    {
        return uptimeNs;
    }

    /**
     * What the node is.
     *
     * @return it in words.
     */
    public NodeDescription description()
    {
        return description;
    }

    /**
     * The counters and times of the tunnel as a whole.
     *
     * @return their values.
     */
    public TunnelStatus counters()
    {
        return counters;
    }

    /**
     * The peers that the file has room for.
     *
     * @return them in the order of their places.
     */
    public List<PeerStatus> peers()
    {
        return peers;
    }
}
