package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.memory.Guard;
import io.shadowmesh.dataplane.memory.GuardedArena;
import io.shadowmesh.dataplane.memory.GuardedMemory;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** A place in native memory where frames are sealed and opened, each against a page that no one may touch. */
final class FrameBench implements AutoCloseable
{
    private final GuardedArena memory = new GuardedArena(Guard.BEHIND);

    byte[] seal(final Session session, final long nowNs)
    {
        return seal(session, 100, nowNs);
    }

    byte[] seal(final Session session, final int plaintextLength, final long nowNs)
    {
        return seal(session, FrameType.DATA, new byte[plaintextLength], nowNs);
    }

    byte[] seal(final Session session, final byte type, final byte[] plaintext, final long nowNs)
    {
        memory.reset();
        final long frame = memory.place((long)plaintext.length + SealedFrame.OVERHEAD);
        GuardedMemory.put(frame + SealedFrame.PLAINTEXT_OFFSET, plaintext);
        final int length = session.seal(type, frame, plaintext.length, nowNs);
        assertTrue(length > 0, "code " + length);
        return GuardedMemory.get(frame, length);
    }

    int open(final Session session, final byte[] datagram, final long nowNs)
    {
        memory.reset();
        return session.open(memory.place(datagram), datagram.length, nowNs);
    }

    @Override
    public void close()
    {
        memory.close();
    }
}
