package io.shadowmesh.dataplane.capture;

import io.shadowmesh.dataplane.device.BootClock;
import io.shadowmesh.dataplane.device.InternetChecksum;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.channels.WritableByteChannel;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * One recording: takes packets out of the ring as they come, and writes them.
 *
 * <p>A packet is recorded as it crosses the tunnel: outbound after a super-packet was cut and just before it is sealed,
 * inbound after it was opened and its source checked, and before it is joined with others. Checksums that travel partial
 * are finished in the recording. The time is that of the duty cycle in which an agent had the packet.
 *
 * <p><b>Threading:</b> one thread, that of {@link #run}.
 */
public final class PacketCapture
{
    private static final String APPLICATION = "ShadowMesh";
    private static final int BATCH_LIMIT = 256;
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final int LAST_ROUNDS = 10;
    private static final long NS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final MessageHandler handler = this::onRecord;
    private final CaptureRing ring;
    private final CaptureLimits limits;
    private final PcapngWriter writer;
    private long epochOffsetNs;
    private long packets;
    private boolean full;

    private PacketCapture(final CaptureRing ring, final CaptureLimits limits, final WritableByteChannel out)
    {
        this.ring = ring;
        this.limits = limits;
        this.writer = new PcapngWriter(out);
    }

    /**
     * Records until a limit is reached or somebody has had enough.
     *
     * @param ring   of the agents.
     * @param device whose packets they are: a name for the file.
     * @param limits where it ends by itself.
     * @param out    to write to, each time whole; left open.
     * @param enough asked several times a second; true ends the recording.
     * @return what it has come to.
     * @throws IllegalStateException when another recording of this tunnel goes on; nothing has been written then.
     * @throws IOException           when it cannot be written.
     * @throws InterruptedException  when the thread is interrupted.
     */
    public static CaptureSummary run(
        final CaptureRing ring,
        final String device,
        final CaptureLimits limits,
        final WritableByteChannel out,
        final BooleanSupplier enough) throws IOException, InterruptedException
    {
        final PacketCapture capture = new PacketCapture(ring, limits, out);
        if (!ring.begin(limits.snapLength()))
        {
            throw new IllegalStateException("a recording of " + device + " goes on already; end it first");
        }
        try
        {
            capture.writer.begin(APPLICATION, device, limits.snapLength());
            return capture.record(enough);
        }
        catch (final UncheckedIOException e)
        {
            throw e.getCause();
        }
        finally
        {
            ring.stop();
            ring.release();
        }
    }

    private CaptureSummary record(final BooleanSupplier enough) throws IOException, InterruptedException
    {
        final long startNs = epochNs();
        final long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(limits.seconds());
        epochOffsetNs = startNs - agentsNs();
        while (!full && System.nanoTime() - endNs < 0 && !enough.getAsBoolean())
        {
            drain();
        }
        ring.stop();
        for (int i = 0; i < LAST_ROUNDS && !full; i++)
        {
            drain();
        }
        final long missed = ring.missed();
        writer.end(startNs, epochNs(), packets + missed, missed);
        return new CaptureSummary(packets, writer.length(), missed);
    }

    /** Takes some; where there are none, shows what has been taken, and waits a moment. */
    private void drain() throws IOException, InterruptedException
    {
        if (ring.ring().read(handler, BATCH_LIMIT) == 0)
        {
            writer.flush();
            LockSupport.parkNanos(PAUSE_NS);
        }
        if (Thread.interrupted())
        {
            throw new InterruptedException();
        }
    }

    private void onRecord(final int direction, final MutableDirectBuffer buffer, final int index, final int length)
    {
        final int captured = length - CaptureRing.PACKET_OFFSET;
        full = full || packets >= limits.packets() ||
            writer.length() + PcapngWriter.blockLength(captured) > limits.bytes();
        if (full)
        {
            return;
        }
        final int packetLength = buffer.getInt(index + CaptureRing.LENGTH_OFFSET);
        final int packet = index + CaptureRing.PACKET_OFFSET;
        if (buffer.getInt(index + CaptureRing.PARTIAL_OFFSET) != 0 && captured == packetLength)
        {
            InternetChecksum.completeTransport(buffer.addressOffset() + packet, captured);
        }
        try
        {
            writer.packet(
                CaptureRing.OUTBOUND == direction,
                buffer.getLong(index + CaptureRing.TIME_OFFSET) + epochOffsetNs,
                packetLength,
                buffer,
                packet,
                captured);
            packets++;
            full = packets >= limits.packets();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static long epochNs()
    {
        final Instant now = Instant.now();
        return now.getEpochSecond() * NS_PER_SECOND + now.getNano();
    }

    private static long agentsNs()
    {
        try (Arena arena = Arena.ofConfined())
        {
            return new BootClock(arena, new SystemCalls(arena)).nanoTime();
        }
    }
}
