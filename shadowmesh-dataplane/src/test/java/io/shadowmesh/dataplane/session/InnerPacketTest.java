package io.shadowmesh.dataplane.session;

import io.shadowmesh.dataplane.frame.DropReason;
import io.shadowmesh.dataplane.memory.Guard;
import io.shadowmesh.dataplane.memory.GuardedArena;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteOrder;

import static org.junit.jupiter.api.Assertions.assertEquals;

@ParameterizedClass
@EnumSource(Guard.class)
class InnerPacketTest
{
    private static final int OFFSET = 23;
    private static final int BAD = DropReason.INNER_MALFORMED.code();

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[OFFSET + 70_000]);
    private final GuardedArena memory;

    InnerPacketTest(final Guard guard)
    {
        memory = new GuardedArena(guard);
    }

    @AfterEach
    void close()
    {
        memory.close();
    }

    /** Has a packet checked where nothing lies beside it, nor beside what is before it. */
    private int validate(final int length)
    {
        memory.reset();
        final byte[] bytes = new byte[OFFSET + length];
        buffer.getBytes(0, bytes);
        final int code = InnerPacket.validate(
            new UnsafeBuffer(memory.place(bytes), OFFSET + length), OFFSET, length);
        assertEquals(code, InnerPacket.validate(
            new UnsafeBuffer(memory.place(bytes) + OFFSET, length), 0, length));
        return code;
    }

    @ParameterizedTest
    @CsvSource({
        "20, 5, 20, true",
        "1400, 5, 1400, true",
        "65535, 5, 65535, true",
        "60, 15, 60, true",
        "61, 15, 61, true",
        "59, 15, 59, false",
        "23, 6, 23, false",
        "24, 6, 24, true",
        "20, 4, 20, false",
        "100, 0, 100, false",
        "100, 5, 99, false",
        "100, 5, 101, false",
        "100, 5, 0, false",
        "19, 5, 19, false",
        "19, 5, 20, false",
        "20, 5, 65535, false",
        "65536, 5, 0, false",
        "65555, 5, 19, false"})
    void checksIpv4(final int length, final int ihl, final int totalLength, final boolean valid)
    {
        buffer.putByte(OFFSET, (byte)(0x40 | ihl));
        buffer.putShort(OFFSET + 2, (short)totalLength, ByteOrder.BIG_ENDIAN);
        assertEquals(valid ? InnerPacket.IPV4 : BAD, validate(length));
    }

    @ParameterizedTest
    @CsvSource({
        "40, 0, true",
        "41, 1, true",
        "1400, 1360, true",
        "65575, 65535, true",
        "39, 0, false",
        "20, 0, false",
        "20, 65516, false",
        "39, 65535, false",
        "100, 59, false",
        "100, 61, false",
        "100, 100, false",
        "65576, 0, false",
        "66000, 0, false",
        "1400, 0, false"})
    void checksIpv6AndRefusesJumbograms(final int length, final int payloadLength, final boolean valid)
    {
        buffer.putByte(OFFSET, (byte)0x6F);
        buffer.putShort(OFFSET + 4, (short)payloadLength, ByteOrder.BIG_ENDIAN);
        assertEquals(valid ? InnerPacket.IPV6 : BAD, validate(length));
    }

    @Test
    void refusesEveryOtherVersion()
    {
        for (int version = 0; version < 16; version++)
        {
            buffer.putByte(OFFSET, (byte)(version << 4 | 5));
            buffer.putShort(OFFSET + 2, (short)100, ByteOrder.BIG_ENDIAN);
            buffer.putShort(OFFSET + 4, (short)60, ByteOrder.BIG_ENDIAN);
            final int expected = version == 4 ? InnerPacket.IPV4 : version == 6 ? InnerPacket.IPV6 : BAD;
            assertEquals(expected, validate(100));
        }
    }

    @Test
    void refusesEveryLengthBelowHeaderWithoutReadingIt()
    {
        final UnsafeBuffer empty = new UnsafeBuffer(new byte[0]);
        for (int length = 0; length < 20; length++)
        {
            assertEquals(BAD, InnerPacket.validate(empty, 0, length));
        }
    }

    @Test
    void readsAddresses()
    {
        for (int i = 0; i < 40; i++)
        {
            buffer.putByte(OFFSET + i, (byte)(0x80 + i));
        }
        assertEquals(0x8C8D8E8F, InnerPacket.ipv4Source(buffer, OFFSET));
        assertEquals(0x90919293, InnerPacket.ipv4Destination(buffer, OFFSET));
        assertEquals(0x88898A8B8C8D8E8FL, InnerPacket.ipv6SourceHigh(buffer, OFFSET));
        assertEquals(0x9091929394959697L, InnerPacket.ipv6SourceLow(buffer, OFFSET));
        assertEquals(0x98999A9B9C9D9E9FL, InnerPacket.ipv6DestinationHigh(buffer, OFFSET));
        assertEquals(0xA0A1A2A3A4A5A6A7L, InnerPacket.ipv6DestinationLow(buffer, OFFSET));
    }
}
