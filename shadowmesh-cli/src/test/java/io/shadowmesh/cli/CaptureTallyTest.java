package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CaptureTallyTest
{
    private final CaptureTally tally = new CaptureTally();

    @Test
    void countsPacketsAndWhatIsMissingHoweverTheFileIsCutIntoPieces()
    {
        final ByteBuffer file = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        block(file, 0x0A0D0D0A, 28);
        block(file, 1, 48);
        for (int i = 0; i < 5; i++)
        {
            block(file, 6, 100 + 4 * i);
        }
        statistics(file, 77);
        file.flip();
        for (int at = 0; at < file.limit(); at += 3)
        {
            assertFalse(tally.isComplete());
            tally.add(file.slice(at, Math.min(3, file.limit() - at)));
        }
        assertEquals(5, tally.packets());
        assertEquals(77, tally.missed());
        assertTrue(tally.isComplete());
    }

    @Test
    void knowsThatTheEndIsMissing()
    {
        final ByteBuffer file = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        block(file, 6, 60);
        tally.add(file.flip());
        assertEquals(1, tally.packets());
        assertFalse(tally.isComplete());
    }

    private static void block(final ByteBuffer file, final int type, final int length)
    {
        file.putInt(type).putInt(length);
        file.put(new byte[length - 12]);
        file.putInt(length);
    }

    private static void statistics(final ByteBuffer file, final long missed)
    {
        final int length = 24 + 12 + 12 + 4;
        file.putInt(5).putInt(length).putInt(0).putLong(0);
        file.putShort((short)4).putShort((short)8).putLong(1000);
        file.putShort((short)5).putShort((short)8).putLong(missed);
        file.putShort((short)0).putShort((short)0);
        file.putInt(length);
    }
}
