package io.shadowmesh.dataplane.status;

import io.shadowmesh.dataplane.frame.DropReason;
import org.agrona.BitUtil;
import org.agrona.IoUtil;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * A tunnel's counters, in a mapped file or in plain memory. Counting neither allocates nor locks.
 *
 * <pre>
 *  offset   length  field          encoding (the machine's byte order)
 *       0        8  magic          {@link #MAGIC}
 *       8        8  process id     u64
 *      16        8  start          ms since the epoch
 *      24        8  count          u64: counters that follow
 *     128  512 * n  metadata       as Agrona's CountersReader describes it
 *       .  128 * n  values         as Agrona's CountersReader describes it
 * </pre>
 *
 * <p>A counter with one writing thread is bumped by {@link #add}, one with several by {@link #addShared}.
 */
public final class Counters implements AutoCloseable
{
    /** The first eight bytes of a counters file. */
    public static final long MAGIC = 0x534D_434E_5430_3031L;

    static final int COUNT = TunnelCounter.values().length + DropReason.values().length;
    static final int COUNT_OFFSET = 24;
    static final int METADATA_OFFSET = 128;
    static final int METADATA_LENGTH = COUNT * CountersReader.METADATA_LENGTH;
    static final int VALUES_OFFSET = METADATA_OFFSET + METADATA_LENGTH;
    static final int VALUES_LENGTH = COUNT * CountersReader.COUNTER_LENGTH;
    static final int FILE_LENGTH = VALUES_OFFSET + VALUES_LENGTH;

    private static final int PID_OFFSET = 8;
    private static final int START_OFFSET = 16;

    private final Path file;
    private final ByteBuffer memory;
    private final AtomicCounter[] counters = new AtomicCounter[TunnelCounter.values().length];
    private final AtomicCounter[] drops = new AtomicCounter[DropReason.values().length];

    private Counters(final Path file, final ByteBuffer memory)
    {
        this.file = file;
        this.memory = memory;

        final AtomicBuffer all = new UnsafeBuffer(memory);
        final CountersManager manager = new CountersManager(
            new UnsafeBuffer(all, METADATA_OFFSET, METADATA_LENGTH),
            new UnsafeBuffer(all, VALUES_OFFSET, VALUES_LENGTH));
        for (final TunnelCounter counter : TunnelCounter.values())
        {
            counters[counter.ordinal()] = manager.newCounter(counter.text());
        }
        for (final DropReason reason : DropReason.values())
        {
            drops[reason.ordinal()] = manager.newCounter("dropped: " + reason.text());
        }

        all.putLong(PID_OFFSET, ProcessHandle.current().pid());
        all.putLong(START_OFFSET, System.currentTimeMillis());
        all.putLong(COUNT_OFFSET, COUNT);
        all.putLongRelease(0, MAGIC);
    }

    /**
     * Counters in this process's memory alone.
     *
     * @return new counters, all 0.
     */
    public static Counters inMemory()
    {
        return new Counters(null, ByteBuffer.allocateDirect(FILE_LENGTH + BitUtil.CACHE_LINE_LENGTH)
            .alignedSlice(BitUtil.CACHE_LINE_LENGTH).slice(0, FILE_LENGTH));
    }

    /**
     * Counters in a mapped file that other processes can read while this one counts. An old file of that name is
     * replaced. All blocks of the file are written before it is mapped, so that a full disk is an error here and not
     * a SIGBUS later.
     *
     * @param file to make, with mode 0640.
     * @return new counters, all 0.
     * @throws IOException when the file cannot be made.
     */
    public static Counters mapped(final Path file) throws IOException
    {
        try
        {
            Files.deleteIfExists(file);
            return new Counters(file, allocated(file));
        }
        catch (final IOException e)
        {
            throw new IOException("cannot make the counters file " + file + ": " + e.getMessage() +
                "; give a path in a directory that exists, is writable and has " + FILE_LENGTH + " bytes left", e);
        }
    }

    /** Makes the file, which is not there, and maps it when all of its blocks are; leaves none behind else. */
    private static ByteBuffer allocated(final Path file) throws IOException
    {
        try (FileChannel channel = FileChannel.open(
            file,
            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"))))
        {
            try
            {
                final ByteBuffer zeros = ByteBuffer.allocate(FILE_LENGTH);
                while (zeros.hasRemaining())
                {
                    channel.write(zeros);
                }
                return channel.map(FileChannel.MapMode.READ_WRITE, 0, FILE_LENGTH);
            }
            catch (final IOException e)
            {
                Files.deleteIfExists(file);
                throw e;
            }
        }
    }

    /**
     * Adds to a counter that this thread alone writes.
     *
     * @param counter to add to.
     * @param delta   to add.
     */
    public void add(final TunnelCounter counter, final long delta)
    {
        counters[counter.ordinal()].getAndAddRelease(delta);
    }

    /**
     * Adds to a counter that several threads write.
     *
     * @param counter to add to.
     * @param delta   to add.
     */
    public void addShared(final TunnelCounter counter, final long delta)
    {
        counters[counter.ordinal()].getAndAdd(delta);
    }

    /**
     * Sets a counter that shows a state rather than a sum.
     *
     * @param counter to set.
     * @param value   to set it to.
     */
    public void set(final TunnelCounter counter, final long value)
    {
        counters[counter.ordinal()].setRelease(value);
    }

    /**
     * Counts a dropped packet or datagram. Any thread may call.
     *
     * @param reason of the drop.
     */
    public void drop(final DropReason reason)
    {
        drops[reason.ordinal()].increment();
    }

    /**
     * Counts a dropped packet or datagram. Any thread may call.
     *
     * @param code {@link DropReason#code} of the reason.
     */
    public void drop(final int code)
    {
        drops[-code - 1].increment();
    }

    /**
     * Counts several dropped packets or datagrams. Any thread may call.
     *
     * @param reason of the drops.
     * @param count  of them, often 0.
     */
    public void addDrops(final DropReason reason, final int count)
    {
        if (count > 0)
        {
            drops[reason.ordinal()].getAndAdd(count);
        }
    }

    /**
     * The value of a counter.
     *
     * @param counter to read.
     * @return its value now.
     */
    public long get(final TunnelCounter counter)
    {
        return counters[counter.ordinal()].get();
    }

    /**
     * How much was dropped for a reason.
     *
     * @param reason to read.
     * @return packets or datagrams.
     */
    public long get(final DropReason reason)
    {
        return drops[reason.ordinal()].get();
    }

    /**
     * Unmaps and removes the file. Nothing may count afterwards.
     */
    @Override
    public void close()
    {
        if (null != file && memory instanceof MappedByteBuffer mapped)
        {
            IoUtil.unmap(mapped);
            file.toFile().delete();
        }
    }

    /**
     * Reads another process's counters file.
     *
     * @param file to read.
     * @return the values, in the order of the enums: {@link TunnelCounter}, then {@link DropReason}.
     * @throws IOException when the file cannot be read or is no counters file of this version.
     */
    static long[] read(final Path file) throws IOException
    {
        try (FileChannel channel = FileChannel.open(file, Set.of(StandardOpenOption.READ)))
        {
            if (channel.size() != FILE_LENGTH)
            {
                throw new IOException(file + " is not a counters file of this version");
            }

            final ByteBuffer copy = ByteBuffer.allocateDirect(FILE_LENGTH);
            while (copy.hasRemaining() && channel.read(copy) >= 0)
            {
                continue;
            }

            final UnsafeBuffer all = new UnsafeBuffer(copy);
            if (all.getLong(0) != MAGIC || all.getLong(COUNT_OFFSET) != COUNT)
            {
                throw new IOException(file + " is not a counters file of this version");
            }

            final long[] values = new long[COUNT];
            for (int i = 0; i < COUNT; i++)
            {
                values[i] = all.getLong(VALUES_OFFSET + i * CountersReader.COUNTER_LENGTH);
            }

            return values;
        }
    }
}
