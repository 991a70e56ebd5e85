package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.AeadSealer;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.SealedFrame;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;

/** The AEAD alone, sealing a frame's text in place. The JDK's ciphers leave garbage behind: they are the last resort. */
public class SealBenchmark extends DataPathBenchmark
{
    /** Bytes of the plaintext. */
    @Param({"64", "512", "1400"})
    public int length;

    /** The AEAD's provider. */
    @Param({"libipsec-mb", "libcrypto", "jdk"})
    public String provider;

    /** The AEAD. */
    @Param("AES_256_GCM")
    public Suite suite;

    private Arena arena;
    private AeadSealer sealer;
    private long frame;
    private long sequence;

    /** For JMH. */
    public SealBenchmark()
    {
    }

    /** Makes the sealer and the frame. */
    @Setup
    public void open()
    {
        arena = Arena.ofConfined();
        frame = arena.allocate(SealedFrame.OVERHEAD + length, Long.BYTES).address();
        sealer = Aead.named(provider).sealer(suite, SampleKeys.key(), SampleKeys.iv());
    }

    /** Frees them. */
    @TearDown
    public void close()
    {
        sealer.close();
        arena.close();
    }

    /** Seals one frame. */
    @Benchmark
    public void seal()
    {
        final long text = frame + SealedFrame.PLAINTEXT_OFFSET;
        sealer.seal(sequence++, frame, SealedFrame.AAD_LENGTH, text, length, text);
    }
}
