package io.shadowmesh.dataplane.status;

import org.agrona.BitUtil;
import org.agrona.IoUtil;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersManager;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;

/**
 * All that others see of a running node, in a mapped file that they read at no cost to it: see {@link NodeStatus}.
 *
 * <p>The file {@code DEVICE.status} has mode 0640 and goes with the node. All of its blocks are written before it is
 * mapped, so that a full disk is an error at the start and not a SIGBUS later; it appears whole. What a node that was
 * killed has left behind is replaced. Where a running node has taken the name, as one with the same device name in another
 * network namespace, the next is {@code DEVICE-PID.status}.
 *
 * <p><b>Threading:</b> any thread counts in {@link #counters}; all other methods are the control thread's, but for those
 * that come before it and after it.
 */
public final class StatusFile implements AutoCloseable
{
    /** How the names of status files end. */
    public static final String SUFFIX = ".status";

    private static final Logger LOGGER = System.getLogger(StatusFile.class.getName());
    private static final int ZEROS_LENGTH = 16 * 1024;
    private static final int ATTEMPTS = 16;
    private static final int SPARE_PEERS = 31;

    private final ByteBuffer memory;
    private final AtomicBuffer all;
    private final CountersManager manager;
    private final Counters counters;
    private final PeerRecord[] peers;
    private Path path;
    private Object fileKey;
    private boolean closed;
    private boolean fullNoted;

    private StatusFile(final ByteBuffer memory, final int peerRoom)
    {
        final int counterRoom = StatusLayout.counters(peerRoom);
        this.memory = memory;
        this.all = new UnsafeBuffer(memory);
        this.manager = new CountersManager(
            new UnsafeBuffer(all, StatusLayout.metadataOffset(peerRoom), StatusLayout.metadataLength(counterRoom)),
            new UnsafeBuffer(
                all, StatusLayout.valuesOffset(peerRoom, counterRoom), StatusLayout.valuesLength(counterRoom)));
        this.counters = new Counters(this, manager, all);
        this.peers = new PeerRecord[peerRoom];

        final ProcessMark process = ProcessMark.own();
        all.putLong(StatusLayout.PID_OFFSET, process.pid());
        all.putLong(StatusLayout.PROCESS_START_OFFSET, process.startTicks());
        all.putLong(StatusLayout.NAMESPACE_OFFSET, process.namespace());
        all.putInt(StatusLayout.VERSION_OFFSET, StatusLayout.VERSION);
        all.putInt(StatusLayout.SCHEMA_OFFSET, StatusLayout.SCHEMA);
        all.putInt(StatusLayout.PEERS_OFFSET, peerRoom);
        all.putInt(StatusLayout.COUNTERS_OFFSET, counterRoom);
        final long nowMs = System.currentTimeMillis();
        all.putLong(StatusLayout.START_OFFSET, nowMs);
        all.putLong(StatusLayout.UPDATED_OFFSET, nowMs);
        all.putLongRelease(0, StatusLayout.MAGIC);
    }

    /**
     * A status that this process alone sees; it has no room for peers.
     *
     * @return a new one, all counters 0.
     */
    public static StatusFile inMemory()
    {
        final int length = StatusLayout.fileLength(0, StatusLayout.counters(0));
        return new StatusFile(
            ByteBuffer.allocateDirect(length + BitUtil.CACHE_LINE_LENGTH)
                .alignedSlice(BitUtil.CACHE_LINE_LENGTH).slice(0, length),
            0);
    }

    /**
     * A status in a file.
     *
     * @param folder to put the file into.
     * @param device that names the file.
     * @param peers  of the node at its start; there is room for some more.
     * @return a new one, all counters 0.
     * @throws IOException when the file cannot be made; the message says what to do.
     */
    public static StatusFile create(final Path folder, final String device, final int peers) throws IOException
    {
        final int room = Math.min(StatusLayout.MOST_PEERS, peers + SPARE_PEERS);
        final int length = StatusLayout.fileLength(room, StatusLayout.counters(room));
        final Path draft =
            folder.resolve("." + device + "." + ProcessHandle.current().pid() + "-" + System.nanoTime());
        try
        {
            final MappedByteBuffer memory = allocated(draft, length);
            try
            {
                // It is whole before anybody sees it under its name.
                final StatusFile file = new StatusFile(memory, room);
                file.publish(draft, folder, device);
                return file;
            }
            catch (final IOException e)
            {
                IoUtil.unmap(memory);
                throw e;
            }
            finally
            {
                Files.deleteIfExists(draft);
            }
        }
        catch (final IOException e)
        {
            throw new IOException("cannot make the status file " + folder.resolve(device + SUFFIX) + ": " +
                (e instanceof NoSuchFileException ? "there is no such folder" : e.getMessage()) +
                "; give a folder that exists, is writable and has " + length + " bytes left", e);
        }
    }

    /** Makes a file, which is not there, and maps it when all of its blocks are; leaves none behind else. */
    private static MappedByteBuffer allocated(final Path file, final int length) throws IOException
    {
        try (FileChannel channel = FileChannel.open(
            file,
            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"))))
        {
            try
            {
                final ByteBuffer zeros = ByteBuffer.allocate(ZEROS_LENGTH);
                for (int left = length; left > 0;)
                {
                    zeros.clear().limit(Math.min(left, ZEROS_LENGTH));
                    left -= channel.write(zeros);
                }
                return channel.map(FileChannel.MapMode.READ_WRITE, 0, length);
            }
            catch (final IOException e)
            {
                Files.deleteIfExists(file);
                throw e;
            }
        }
    }

    /** Gives the draft the first name that no running node has. */
    private void publish(final Path draft, final Path folder, final String device) throws IOException
    {
        fileKey = Files.readAttributes(draft, BasicFileAttributes.class).fileKey();
        final long pid = ProcessHandle.current().pid();
        for (int i = 0; i < ATTEMPTS; i++)
        {
            final Path candidate =
                folder.resolve(device + (0 == i ? "" : "-" + pid + (1 == i ? "" : "-" + i)) + SUFFIX);
            if (NodeStatus.isLeftBehind(candidate))
            {
                Files.deleteIfExists(candidate);
            }
            try
            {
                Files.createLink(candidate, draft);
                path = candidate;
                return;
            }
            catch (final FileAlreadyExistsException e)
            {
                LOGGER.log(Level.DEBUG, "{0} is a running node''s, or none", candidate);
            }
        }
        throw new IOException("all names for it are taken");
    }

    /**
     * Where the file lies.
     *
     * @return its path, or null for one in memory.
     */
    public Path path()
    {
        return path;
    }

    /**
     * The counters of the tunnel as a whole.
     *
     * @return the counters.
     */
    public Counters counters()
    {
        return counters;
    }

    /**
     * Says what the node is.
     *
     * @param node in words.
     */
    public void describe(final NodeDescription node)
    {
        TextBlock.write(all, StatusLayout.NODE_TEXT_OFFSET, StatusLayout.NODE_TEXT_LENGTH, node.toText());
    }

    /**
     * Notes the node's clock at its start.
     *
     * @param nowNs of the node's clock.
     */
    public void started(final long nowNs)
    {
        all.putLong(StatusLayout.CLOCK_START_OFFSET, nowNs);
        updated(nowNs);
    }

    /**
     * Notes that all is up to date.
     *
     * @param nowNs of the node's clock, which the stamps among the counters are of.
     */
    public void updated(final long nowNs)
    {
        all.putLongRelease(StatusLayout.CLOCK_OFFSET, nowNs);
        all.putLongRelease(StatusLayout.UPDATED_OFFSET, System.currentTimeMillis());
    }

    /**
     * Tells whether there is room for one more peer; when there is none for the first time, says so in the log.
     *
     * @return false when {@link #addPeer} would return null.
     */
    public boolean hasRoomForPeer()
    {
        for (final PeerRecord peer : peers)
        {
            if (null == peer)
            {
                return true;
            }
        }
        noteFull();
        return false;
    }

    /**
     * Makes room for a peer.
     *
     * @param peer in words.
     * @return where to keep what is known of it, or null when there is no room.
     */
    public PeerRecord addPeer(final PeerDescription peer)
    {
        int place = 0;
        while (place < peers.length && null != peers[place])
        {
            place++;
        }
        if (place == peers.length)
        {
            return null;
        }

        beginChange();
        try
        {
            peers[place] = new PeerRecord(this, place, peer);
        }
        finally
        {
            endChange();
        }
        return peers[place];
    }

    /** Gives up the place of a peer. */
    void remove(final PeerRecord peer)
    {
        beginChange();
        peer.free();
        peers[peer.place()] = null;
        endChange();
    }

    /** False when the counters that are left are for peers to come. */
    boolean hasRoomForDrops()
    {
        int places = 0;
        for (final PeerRecord peer : peers)
        {
            places += null == peer ? 1 : 0;
        }
        return manager.available() > places * PeerCounter.values().length;
    }

    CountersManager manager()
    {
        return manager;
    }

    void write(final int place, final PeerDescription peer)
    {
        TextBlock.write(
            all, StatusLayout.peerTextOffset(place), StatusLayout.PEER_TEXT_LENGTH, null == peer ? "" : peer.toText());
    }

    /** Says once that not everything can be shown. */
    private void noteFull()
    {
        if (!fullNoted && null != path)
        {
            fullNoted = true;
            LOGGER.log(Level.WARNING, "{0} has room for {1} peers: status does not show the others", path, peers.length);
        }
    }

    private void beginChange()
    {
        all.putLongRelease(StatusLayout.GENERATION_OFFSET, all.getLong(StatusLayout.GENERATION_OFFSET) + 1);
        VarHandle.storeStoreFence();
    }

    private void endChange()
    {
        all.putLongRelease(StatusLayout.GENERATION_OFFSET, all.getLong(StatusLayout.GENERATION_OFFSET) + 1);
    }

    /**
     * Unmaps and removes the file. Nothing may count afterwards.
     */
    @Override
    public void close()
    {
        if (!closed && null != path && memory instanceof MappedByteBuffer mapped)
        {
            closed = true;
            IoUtil.unmap(mapped);
            removeOwn();
        }
    }

    /** Removes the file, but not another that has taken its place meanwhile. */
    private void removeOwn()
    {
        try
        {
            if (Files.readAttributes(path, BasicFileAttributes.class).fileKey().equals(fileKey))
            {
                Files.delete(path);
            }
        }
        catch (final IOException e)
        {
            LOGGER.log(Level.DEBUG, "the status file is gone already", e);
        }
    }
}
