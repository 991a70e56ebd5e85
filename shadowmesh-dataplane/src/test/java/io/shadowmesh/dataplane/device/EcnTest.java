package io.shadowmesh.dataplane.device;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class EcnTest
{
    private static final int LENGTH = 60;

    private final Arena arena = Arena.ofConfined();
    private final UnsafeBuffer packet = new UnsafeBuffer(arena.allocate(LENGTH, 8).address(), LENGTH);

    @AfterEach
    void free()
    {
        arena.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void marksIpv4AndKeepsItsChecksumRightWhateverElseItHolds(final int ecn)
    {
        final long seed = System.nanoTime();
        System.out.println("EcnTest seed " + seed);
        final Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++)
        {
            final byte[] bytes = new byte[LENGTH];
            random.nextBytes(bytes);
            packet.putBytes(0, bytes);
            final int options = random.nextInt(6);
            packet.putByte(0, (byte)(0x45 + options));
            final int service = random.nextInt(64) << 2;
            packet.putByte(1, (byte)(service | ecn));
            packet.putShort(10, (short)0);
            final int headerLength = 20 + 4 * options;
            packet.putShort(10, (short)~InternetChecksum.fold(InternetChecksum.sum(packet.addressOffset(), headerLength)));
            packet.getBytes(0, bytes);

            assertTrue(Ecn.mark(packet.addressOffset(), LENGTH));
            assertEquals(service | 3, packet.getByte(1) & 0xFF);
            assertEquals(0xFFFF, InternetChecksum.fold(InternetChecksum.sum(packet.addressOffset(), headerLength)));
            bytes[1] = packet.getByte(1);
            bytes[10] = packet.getByte(10);
            bytes[11] = packet.getByte(11);
            final byte[] after = new byte[LENGTH];
            packet.getBytes(0, after);
            assertArrayEquals(bytes, after, "nothing else has changed");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void marksIpv6(final int ecn)
    {
        packet.setMemory(0, LENGTH, (byte)0);
        packet.putInt(0, 0x6AC0_BEEF | ecn << 20, ByteOrder.BIG_ENDIAN);
        assertTrue(Ecn.mark(packet.addressOffset(), LENGTH));
        assertEquals(0x6AF0_BEEF, packet.getInt(0, ByteOrder.BIG_ENDIAN));
        for (int i = 4; i < LENGTH; i++)
        {
            assertEquals(0, packet.getByte(i));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x45FC0000, 0x6FC12345, 0x75030000, 0x05030000})
    void leavesAloneWhatDoesNotUnderstandIt(final int first)
    {
        packet.setMemory(0, LENGTH, (byte)0x5A);
        packet.putInt(0, first, ByteOrder.BIG_ENDIAN);
        assertFalse(Ecn.mark(packet.addressOffset(), LENGTH));
        assertEquals(first, packet.getInt(0, ByteOrder.BIG_ENDIAN));
        for (int i = 4; i < LENGTH; i++)
        {
            assertEquals(0x5A, packet.getByte(i));
        }
    }

    @Test
    void leavesAloneWhatIsShorterThanAHeader()
    {
        packet.putInt(0, 0x45020000, ByteOrder.BIG_ENDIAN);
        assertFalse(Ecn.mark(packet.addressOffset(), 19));
        assertTrue(Ecn.mark(packet.addressOffset(), 20));
    }
}
