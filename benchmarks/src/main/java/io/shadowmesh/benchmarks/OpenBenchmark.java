package io.shadowmesh.benchmarks;

import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.AeadOpener;
import io.shadowmesh.dataplane.crypto.AeadSealer;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.frame.SealedFrame;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

import java.lang.foreign.Arena;

/**
 * The AEAD alone, opening a frame's text. It opens the same frame again and again, and so not in place: the plaintext
 * goes to memory of its own.
 */
public class OpenBenchmark extends DataPathBenchmark
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
    private AeadOpener opener;
    private long frame;
    private long plaintext;

    /** For JMH. */
    public OpenBenchmark()
    {
    }

    /** Makes the opener, and a frame for it that is sealed. */
    @Setup
    public void open()
    {
        arena = Arena.ofConfined();
        frame = arena.allocate(SealedFrame.OVERHEAD + length, Long.BYTES).address();
        plaintext = arena.allocate(length, Long.BYTES).address();
        final Aead aead = Aead.named(provider);
        final long text = frame + SealedFrame.PLAINTEXT_OFFSET;
        try (AeadSealer sealer = aead.sealer(suite, SampleKeys.key(), SampleKeys.iv()))
        {
            sealer.seal(0, frame, SealedFrame.AAD_LENGTH, text, length, text);
        }
        opener = aead.opener(suite, SampleKeys.key(), SampleKeys.iv());
        if (openFrame() != length)
        {
            throw new IllegalStateException("the frame does not open");
        }
    }

    /** Frees them. */
    @TearDown
    public void close()
    {
        opener.close();
        arena.close();
    }

    /**
     * Opens one frame.
     *
     * @return its plaintext's length.
     */
    @Benchmark
    public int openFrame()
    {
        final long text = frame + SealedFrame.PLAINTEXT_OFFSET;
        return opener.open(0, frame, SealedFrame.AAD_LENGTH, text, length + SealedFrame.TAG_LENGTH, plaintext);
    }
}
