package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.memory.Guard;
import io.shadowmesh.dataplane.memory.GuardedArena;
import io.shadowmesh.dataplane.memory.GuardedMemory;
import io.shadowmesh.ffi.NativeMemory;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Drives splitter and joiner the way the agents do, with packets that are arrays. All memory that they are given lies
 * against a page that no one may touch.
 */
final class Offloading implements AutoCloseable
{
    /** What was written in one go. */
    record Written(byte[] virtio, byte[] packet, int packets)
    {
        List<byte[]> resplit()
        {
            return PlainSegmenter.split(virtio, packet, false);
        }
    }

    final GuardedArena arena;
    final SegmentSplitter splitter;
    final SegmentJoiner joiner;
    final List<Written> written = new ArrayList<>();

    Offloading(final boolean joinsUdp)
    {
        this(Guard.BEHIND, joinsUdp);
    }

    Offloading(final Guard guard, final boolean joinsUdp)
    {
        arena = new GuardedArena(guard);
        splitter = new SegmentSplitter(arena);
        joiner = new SegmentJoiner(arena, joinsUdp);
    }

    static Random seeded(final String name)
    {
        final long seed = Long.getLong("seed", System.nanoTime());
        System.out.println(name + ": seed " + seed);
        return new Random(seed);
    }

    /** Puts a packet into memory of its own. @return its address. */
    long place(final byte[] virtio, final byte[] packet)
    {
        final long at = arena.place((long)virtio.length + packet.length) + virtio.length;
        GuardedMemory.put(at - virtio.length, virtio);
        GuardedMemory.put(at, packet);
        return at;
    }

    void clear()
    {
        arena.reset();
        written.clear();
        joiner.reset();
    }

    /** All packets that the splitter makes, or null if it refuses. Each is wiped before the next is asked for. */
    List<byte[]> split(final byte[] virtio, final byte[] packet, final boolean partialAllowed)
    {
        final long at = place(virtio, packet);
        final int count = splitter.begin(at, packet.length, partialAllowed);
        if (count < 0)
        {
            if (splitter.next() || !Arrays.equals(packet, GuardedMemory.get(at, packet.length)))
            {
                throw new AssertionError("a refused packet was changed");
            }
            return null;
        }
        final List<byte[]> packets = new ArrayList<>();
        while (splitter.next())
        {
            packets.add(GuardedMemory.get(splitter.address(), splitter.length()));
            NativeMemory.at(splitter.address(), splitter.length()).fill((byte)0xEE);
        }
        if (packets.size() != count)
        {
            throw new AssertionError(count + " packets were promised, " + packets.size() + " came");
        }
        return packets;
    }

    /** Adds, and writes a group that is full. @return what the first add said. */
    int join(final byte[] packet, final boolean partial)
    {
        final long at = place(new byte[VirtioNetHeader.LENGTH], packet);
        final int result = joiner.add(at, packet.length, partial);
        if (result == SegmentJoiner.FULL)
        {
            write();
            if (joiner.add(at, packet.length, partial) != SegmentJoiner.ADDED)
            {
                throw new AssertionError("an empty group does not take the packet");
            }
        }
        return result;
    }

    void write()
    {
        final int packets = joiner.packets();
        if (joiner.isEmpty())
        {
            return;
        }
        final long bytes = joiner.finish();
        final MemorySegment vectors = NativeMemory.at(joiner.vectors(), 16L * joiner.vectorCount());
        final ByteArrayOutputStream gathered = new ByteArrayOutputStream();
        for (int i = 0; i < joiner.vectorCount(); i++)
        {
            gathered.writeBytes(GuardedMemory.get(vectors.get(ValueLayout.JAVA_LONG, 16L * i),
                (int)vectors.get(ValueLayout.JAVA_LONG, 16L * i + 8)));
        }
        final byte[] all = gathered.toByteArray();
        if (all.length != bytes || bytes != joiner.bytes())
        {
            throw new AssertionError(bytes + " bytes were promised, " + all.length + " are there");
        }
        written.add(new Written(Arrays.copyOf(all, 10), Arrays.copyOfRange(all, 10, all.length), packets));
        joiner.reset();
    }

    @Override
    public void close()
    {
        arena.close();
    }
}
