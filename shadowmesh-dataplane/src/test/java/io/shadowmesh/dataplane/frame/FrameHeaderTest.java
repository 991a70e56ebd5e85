package io.shadowmesh.dataplane.frame;

import io.shadowmesh.dataplane.memory.Guard;
import io.shadowmesh.dataplane.memory.GuardedArena;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.HexFormat;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

@ParameterizedClass
@EnumSource(Guard.class)
class FrameHeaderTest
{
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[2048]);
    private final GuardedArena memory;

    FrameHeaderTest(final Guard guard)
    {
        memory = new GuardedArena(guard);
    }

    @AfterEach
    void close()
    {
        memory.close();
    }

    /** Has the first bytes of the buffer checked where nothing lies beside them. */
    private int validate(final int length)
    {
        final byte[] datagram = new byte[length];
        buffer.getBytes(0, datagram);
        return validate(datagram);
    }

    private int validate(final byte[] datagram)
    {
        memory.reset();
        return FrameHeader.validate(new UnsafeBuffer(memory.place(datagram), datagram.length), 0, datagram.length);
    }

    @Test
    void laysTheFieldsOutAsTheProtocolSays()
    {
        FrameHeader.encode(buffer, 0, 0x0102030405060708L, FrameType.DATA_PARTIAL, 0x1112131415161718L, 0x05DC);

        final byte[] header = new byte[FrameHeader.LENGTH];
        buffer.getBytes(0, header);
        assertEquals("0102030405060708" + "04" + "1112131415161718" + "05dc", HexFormat.of().formatHex(header));
        assertEquals(0x0102030405060708L, FrameHeader.sequence(buffer, 0));
        assertEquals(FrameType.DATA_PARTIAL, FrameHeader.type(buffer, 0));
        assertEquals(0x1112131415161718L, FrameHeader.timestampNs(buffer, 0));
        assertEquals(1500, FrameHeader.size(buffer, 0));
    }

    @Test
    void aStandardFrameHasRoomFor1480BytesOfInnerPacket()
    {
        assertEquals(1480, SealedFrame.STANDARD_PLAINTEXT_LENGTH);
        assertEquals(39, SealedFrame.OVERHEAD);
    }

    @Test
    void acceptsASoundSealedFrame()
    {
        FrameHeader.encode(buffer, 0, 7, FrameType.DATA, 9, 100);

        assertEquals(FrameHeader.VALID, validate(119));
    }

    @Test
    void refusesEveryOtherLengthThanTheHeaderTells()
    {
        FrameHeader.encode(buffer, 0, 7, FrameType.DATA, 9, 100);

        for (int length = 0; length <= 2000; length++)
        {
            final int expected = length < FrameHeader.LENGTH ? DropReason.TRUNCATED_FRAME.code() :
                length == 119 ? FrameHeader.VALID : DropReason.MALFORMED_FRAME.code();
            assertEquals(expected, validate(length), "length " + length);
        }
    }

    @Test
    void refusesASealedFrameWithoutRoomForIndexAndTag()
    {
        FrameHeader.encode(buffer, 0, 7, FrameType.DATA, 9, 19);
        assertEquals(DropReason.TRUNCATED_FRAME.code(), validate(38));

        FrameHeader.encode(buffer, 0, 7, FrameType.DATA, 9, 20);
        assertEquals(FrameHeader.VALID, validate(39));
    }

    @Test
    void refusesTypesThatTheProtocolDoesNotDefine()
    {
        for (int type = 0; type < 256; type++)
        {
            FrameHeader.encode(buffer, 0, 0, (byte)type, 0, 100);
            final boolean known = type <= 4 || type == 0x10 || type == 0x11;
            assertEquals(
                known ? FrameHeader.VALID : DropReason.UNKNOWN_FRAME_TYPE.code(),
                validate(119),
                "type " + type);
        }
    }

    @Test
    void refusesHandshakeAndCookieFramesWithSequenceOrTimestamp()
    {
        for (final byte type : new byte[]{FrameType.HANDSHAKE, FrameType.COOKIE})
        {
            FrameHeader.encode(buffer, 0, 1, type, 0, 100);
            assertEquals(DropReason.MALFORMED_FRAME.code(), validate(119));
            FrameHeader.encode(buffer, 0, 0, type, 1, 100);
            assertEquals(DropReason.MALFORMED_FRAME.code(), validate(119));
        }
    }

    @Test
    void neverReadsBeyondARandomDatagram()
    {
        final Random random = new Random(42);
        for (int i = 0; i < 100_000; i++)
        {
            final byte[] datagram = new byte[random.nextInt(64)];
            random.nextBytes(datagram);
            if (datagram.length < FrameHeader.LENGTH)
            {
                assertNotEquals(FrameHeader.VALID, validate(datagram));
            }
            else
            {
                validate(datagram);
            }
        }
    }
}
