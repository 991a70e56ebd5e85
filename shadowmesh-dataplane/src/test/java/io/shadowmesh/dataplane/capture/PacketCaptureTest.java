package io.shadowmesh.dataplane.capture;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@Timeout(60)
class PacketCaptureTest
{
    private static final int SMALL_RING = 64 * 1024;

    private final Arena arena = Arena.ofShared();
    private final UnsafeBuffer packet = new UnsafeBuffer(arena.allocate(2000, 8).address(), 2000);
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CaptureRing ring = new CaptureRing(arena, SMALL_RING);
    private final PacketTap out = ring.outboundTap();
    private final PacketTap in = ring.inboundTap();

    @AfterEach
    void free()
    {
        arena.close();
    }

    @Test
    void leavesNothingWhileNobodyRecords()
    {
        out.begin();
        out.onPacket(packet.addressOffset(), 100, false, 0);
        assertEquals(0, ring.ring().size());
    }

    @Test
    void recordsBothDirectionsWithTimesAndLengths() throws Exception
    {
        final RecordedFile file = record(CaptureLimits.USUAL, once(() ->
        {
            fill(60, 1);
            out.onPacket(packet.addressOffset(), 60, false, bootNs());
            fill(61, 2);
            in.onPacket(packet.addressOffset(), 61, false, bootNs());
        }));

        assertEquals(101, file.linkType());
        assertEquals("tun7", file.device());
        assertEquals(2, file.packets().size());
        assertTrue(file.packets().get(0).outbound());
        assertFalse(file.packets().get(1).outbound());
        assertEquals(60, file.packets().get(0).length());
        assertEquals(61, file.packets().get(1).bytes().length);
        assertEquals(2, file.packets().get(1).bytes()[60]);
        final long agoNs = TimeUnit.SECONDS.toNanos(Instant.now().getEpochSecond()) + Instant.now().getNano() -
            file.packets().get(0).epochNs();
        assertTrue(Math.abs(agoNs) < TimeUnit.SECONDS.toNanos(60), "a packet of " + agoNs + " ns ago");
        assertEquals(2, file.received());
        assertEquals(0, file.missed());
    }

    @Test
    void keepsNoMoreOfAPacketThanIsWanted() throws Exception
    {
        final RecordedFile file = record(new CaptureLimits(10, 100_000, 60, 40), once(() ->
        {
            fill(1300, 9);
            out.onPacket(packet.addressOffset(), 1300, false, 0);
        }));
        assertEquals(1300, file.packets().getFirst().length());
        assertEquals(40, file.packets().getFirst().bytes().length);
    }

    @Test
    void endsWithTheLastPacketThatIsWanted() throws Exception
    {
        final RecordedFile file = record(new CaptureLimits(3, 100_000, 60, 100), never(() -> offer(5)));
        assertEquals(3, file.packets().size());
    }

    @Test
    void staysBelowTheLengthThatIsWanted() throws Exception
    {
        final RecordedFile file = record(new CaptureLimits(100, 1000, 60, 100), never(() -> offer(20)));
        assertTrue(file.packets().size() > 2 && file.packets().size() < 20, file.packets().size() + " packets");
        assertTrue(bytes.size() <= 1000 + 100, bytes.size() + " bytes, the end included");
    }

    @Test
    void endsAfterItsTime() throws Exception
    {
        final RecordedFile file = record(new CaptureLimits(100, 1000, 1, 100), () -> false);
        assertEquals(0, file.packets().size());
        assertEquals(0, file.received());
    }

    @Test
    void countsWhatTheRingHadNoRoomFor() throws Exception
    {
        final int offered = 500;
        final RecordedFile file = record(new CaptureLimits(10_000, 10_000_000, 60, 2000), once(() ->
        {
            for (int i = 0; i < offered; i++)
            {
                out.onPacket(packet.addressOffset(), 1000, false, 0);
            }
        }));
        assertTrue(file.missed() > 0, "the ring is too large for this test");
        assertEquals(offered, file.received());
        assertEquals(offered - file.missed(), file.packets().size());
    }

    @Test
    void forgetsWhatTheRecordingBeforeHasLeft() throws Exception
    {
        assertTrue(ring.begin(100));
        offer(400);
        ring.stop();
        ring.release();
        final RecordedFile file = record(CaptureLimits.USUAL, once(() -> offer(1)));
        assertEquals(1, file.packets().size());
        assertEquals(0, file.missed());
    }

    @Test
    void refusesASecondRecordingBeforeItWritesAnything()
    {
        assertTrue(ring.begin(100));
        final IllegalStateException e = assertThrows(IllegalStateException.class, () ->
            PacketCapture.run(ring, "tun7", CaptureLimits.USUAL, Channels.newChannel(bytes), () -> true));
        assertTrue(e.getMessage().contains("goes on already"), e.getMessage());
        assertEquals(0, bytes.size());
    }

    @Test
    void endsTheTapWhenItCannotBeWritten() throws Exception
    {
        final WritableByteChannel broken = new WritableByteChannel()
        {
            @Override
            public int write(final ByteBuffer from) throws IOException
            {
                throw new IOException("broken pipe");
            }

            @Override
            public boolean isOpen()
            {
                return true;
            }

            @Override
            public void close()
            {
            }
        };
        assertThrows(IOException.class, () ->
            PacketCapture.run(ring, "tun7", CaptureLimits.USUAL, broken, () -> false));
        assertEquals(0, ring.snapLength());
        assertEquals(1, record(CaptureLimits.USUAL, once(() -> offer(1))).packets().size());
    }

    @Test
    void finishesChecksumsThatTravelPartial() throws Exception
    {
        final byte[] udp = {
            0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 10, 10, 10, 3, 10, 10, 10, 4,
            0, 9, 0, 9, 0, 12, 0, 0, 1, 2, 3, 4};
        final RecordedFile file = record(CaptureLimits.USUAL, once(() ->
        {
            packet.putBytes(0, udp);
            out.onPacket(packet.addressOffset(), udp.length, true, 0);
            out.onPacket(packet.addressOffset(), udp.length, false, 0);
        }));
        final byte[] finished = file.packets().get(0).bytes();
        long sum = 0x0A0A + 0x0A03 + 0x0A0A + 0x0A04 + 17 + 12;
        for (int i = 20; i < finished.length; i += 2)
        {
            sum += (finished[i] & 0xFF) << 8 | finished[i + 1] & 0xFF;
        }
        assertEquals(0xFFFF, (sum & 0xFFFF) + (sum >>> 16));
        assertArrayEquals(udp, file.packets().get(1).bytes());
    }

    private RecordedFile record(final CaptureLimits limits, final BooleanSupplier enough) throws Exception
    {
        final CaptureSummary summary =
            PacketCapture.run(ring, "tun7", limits, Channels.newChannel(bytes), enough);
        final RecordedFile file = RecordedFile.parse(bytes.toByteArray());
        assertEquals(file.packets().size(), summary.packets());
        assertEquals(file.missed(), summary.missed());
        assertEquals(bytes.size(), summary.bytes());
        return file;
    }

    /** Lets the agents work once, and ends the recording. */
    private BooleanSupplier once(final Runnable agents)
    {
        return () ->
        {
            out.begin();
            in.begin();
            agents.run();
            return true;
        };
    }

    /** Lets the agents work each time, and never ends the recording. */
    private BooleanSupplier never(final Runnable agents)
    {
        return () -> !once(agents).getAsBoolean();
    }

    private void offer(final int packets)
    {
        out.begin();
        for (int i = 0; i < packets; i++)
        {
            out.onPacket(packet.addressOffset(), 100, false, 0);
        }
    }

    private void fill(final int length, final int value)
    {
        packet.setMemory(0, length, (byte)value);
    }

    private static long bootNs()
    {
        try (Arena confined = Arena.ofConfined())
        {
            return new io.shadowmesh.dataplane.device.BootClock(
                confined, new io.shadowmesh.ffi.SystemCalls(confined)).nanoTime();
        }
    }
}
