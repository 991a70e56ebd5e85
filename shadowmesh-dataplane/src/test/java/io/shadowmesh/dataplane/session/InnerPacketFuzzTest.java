package io.shadowmesh.dataplane.session;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.memory.Guard;
import io.shadowmesh.dataplane.memory.GuardedArena;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** An inner packet of any bytes: nothing beside it is read, and the verdict is that of a plain reading of the rules. */
class InnerPacketFuzzTest
{
    private static final GuardedArena BEFORE = new GuardedArena(Guard.BEFORE);
    private static final GuardedArena BEHIND = new GuardedArena(Guard.BEHIND);

    @FuzzTest
    void innerHeader(final byte[] packet)
    {
        final int expected = verdict(packet);
        for (final GuardedArena memory : new GuardedArena[]{BEFORE, BEHIND})
        {
            memory.reset();
            final UnsafeBuffer buffer = new UnsafeBuffer(memory.place(packet), packet.length);
            assertEquals(expected, InnerPacket.validate(buffer, 0, packet.length));
            final ByteBuffer bytes = ByteBuffer.wrap(packet);
            if (expected == InnerPacket.IPV4)
            {
                assertEquals(bytes.getInt(12), InnerPacket.ipv4Source(buffer, 0));
                assertEquals(bytes.getInt(16), InnerPacket.ipv4Destination(buffer, 0));
            }
            else if (expected == InnerPacket.IPV6)
            {
                assertEquals(bytes.getLong(8), InnerPacket.ipv6SourceHigh(buffer, 0));
                assertEquals(bytes.getLong(16), InnerPacket.ipv6SourceLow(buffer, 0));
                assertEquals(bytes.getLong(24), InnerPacket.ipv6DestinationHigh(buffer, 0));
                assertEquals(bytes.getLong(32), InnerPacket.ipv6DestinationLow(buffer, 0));
            }
        }
    }

    private static int verdict(final byte[] packet)
    {
        final ByteBuffer bytes = ByteBuffer.wrap(packet);
        if (packet.length >= 20 && packet[0] >> 4 == 4)
        {
            final int header = (packet[0] & 0xF) * 4;
            return header >= 20 && header <= packet.length && (bytes.getShort(2) & 0xFFFF) == packet.length ?
                InnerPacket.IPV4 : DropReason.INNER_MALFORMED.code();
        }
        return packet.length >= 40 && packet[0] >> 4 == 6 && (bytes.getShort(4) & 0xFFFF) + 40 == packet.length ?
            InnerPacket.IPV6 : DropReason.INNER_MALFORMED.code();
    }
}
