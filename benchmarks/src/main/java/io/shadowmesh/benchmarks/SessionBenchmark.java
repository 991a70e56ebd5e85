package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.FrameType;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.session.Session;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;

/**
 * A frame's way through both halves of a session: header, seal, replay window, open. What is above the AEAD's own time
 * is the session's.
 *
 * <p>A key seals 2^28 frames: a fork of more would fail here, by design.
 */
public class SessionBenchmark extends DataPathBenchmark
{
    /** Bytes of the inner packet. */
    @Param({"64", "512", "1400"})
    public int length;

    /** The AEAD's provider; auto is the fastest of this machine. */
    @Param("auto")
    public String provider;

    /** The AEAD. */
    @Param("AES_256_GCM")
    public Suite suite;

    private Arena arena;
    private Session sender;
    private Session receiver;
    private long frame;

    /** For JMH. */
    public SessionBenchmark()
    {
    }

    /** Makes both halves. */
    @Setup
    public void open()
    {
        arena = Arena.ofConfined();
        frame = arena.allocate(SealedFrame.OVERHEAD + length, Long.BYTES).address();
        final Aead aead = Aead.named(provider);
        sender = SampleKeys.initiator(aead, suite);
        receiver = SampleKeys.responder(aead, suite);
    }

    /** Erases the keys. */
    @TearDown
    public void close()
    {
        sender.destroy();
        receiver.destroy();
        arena.close();
    }

    /**
     * Seals a frame and opens it, in place.
     *
     * @return the plaintext's length.
     */
    @Benchmark
    public int sealAndOpen()
    {
        final int datagramLength = sender.seal(FrameType.DATA, frame, length, SampleKeys.NOW_NS);
        final int plaintextLength = receiver.open(frame, datagramLength, SampleKeys.NOW_NS);
        if (plaintextLength != length)
        {
            throw new IllegalStateException("sealing gave " + datagramLength + ", opening gave " + plaintextLength);
        }
        return plaintextLength;
    }
}
