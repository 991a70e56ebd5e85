package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.frame.FrameType;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** A place in native memory where frames are sealed and opened. */
final class FrameBench implements AutoCloseable
{
    private static final int LENGTH = 2_048;

    private final Arena arena = Arena.ofConfined();
    private final long frame = arena.allocate(LENGTH, 8).address();
    private final UnsafeBuffer view = new UnsafeBuffer(frame, LENGTH);

    byte[] seal(final Session session, final long nowNs)
    {
        return seal(session, 100, nowNs);
    }

    byte[] seal(final Session session, final int plaintextLength, final long nowNs)
    {
        final int length = session.seal(FrameType.DATA, frame, plaintextLength, nowNs);
        assertTrue(length > 0, "code " + length);
        final byte[] datagram = new byte[length];
        view.getBytes(0, datagram);
        return datagram;
    }

    int open(final Session session, final byte[] datagram, final long nowNs)
    {
        view.putBytes(0, datagram);
        return session.open(frame, datagram.length, nowNs);
    }

    @Override
    public void close()
    {
        arena.close();
    }
}
