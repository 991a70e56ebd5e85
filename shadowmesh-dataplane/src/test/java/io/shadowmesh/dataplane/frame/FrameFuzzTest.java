package io.shadowmesh.dataplane.frame;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.shadowmesh.dataplane.memory.Guard;
import io.shadowmesh.dataplane.memory.GuardedArena;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A datagram of any bytes: nothing beside it is read, and the verdict is that of a plain reading of the rules. */
class FrameFuzzTest
{
    private static final GuardedArena BEFORE = new GuardedArena(Guard.BEFORE);
    private static final GuardedArena BEHIND = new GuardedArena(Guard.BEHIND);

    @FuzzTest
    void frameHeader(final byte[] datagram)
    {
        final int expected = verdict(datagram);
        for (final GuardedArena memory : new GuardedArena[]{BEFORE, BEHIND})
        {
            memory.reset();
            final UnsafeBuffer buffer = new UnsafeBuffer(memory.place(datagram), datagram.length);
            assertEquals(expected, FrameHeader.validate(buffer, 0, datagram.length));
            if (expected == FrameHeader.VALID)
            {
                final ByteBuffer bytes = ByteBuffer.wrap(datagram);
                assertEquals(bytes.getLong(0), FrameHeader.sequence(buffer, 0));
                assertEquals(bytes.get(8), FrameHeader.type(buffer, 0));
                assertEquals(bytes.getLong(9), FrameHeader.timestampNs(buffer, 0));
                assertEquals(bytes.getShort(17) & 0xFFFF, FrameHeader.size(buffer, 0));
                if (bytes.get(8) <= 4)
                {
                    assertEquals(bytes.getInt(19), SealedFrame.receiverIndex(buffer, 0));
                }
            }
        }
    }

    private static int verdict(final byte[] datagram)
    {
        if (datagram.length < 19)
        {
            return DropReason.TRUNCATED_FRAME.code();
        }
        final ByteBuffer bytes = ByteBuffer.wrap(datagram);
        final int type = bytes.get(8) & 0xFF;
        final boolean isSealed = type <= 4;
        if (!isSealed && type != 0x10 && type != 0x11)
        {
            return DropReason.UNKNOWN_FRAME_TYPE.code();
        }
        if (!isSealed && (bytes.getLong(0) != 0 || bytes.getLong(9) != 0) ||
            (bytes.getShort(17) & 0xFFFF) != datagram.length - 19)
        {
            return DropReason.MALFORMED_FRAME.code();
        }
        return isSealed && datagram.length < 39 ? DropReason.TRUNCATED_FRAME.code() : FrameHeader.VALID;
    }
}
