package io.shadowmesh.dataplane.crypto;

import com.sun.management.ThreadMXBean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class AeadAllocationTest
{
    private static final int WARM_UP = 100_000;
    private static final int MEASURED = 50_000;
    private static final int LENGTH = 256;

    private final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @MethodSource("io.shadowmesh.dataplane.crypto.AeadTest#providersAndSuites")
    void sealingAndOpeningAllocateNothing(final Aead aead, final Suite suite)
    {
        assumeTrue(aead != JdkAead.INSTANCE, "skipped: the JDK's ciphers do allocate");
        final byte[] key = new byte[32];
        final byte[] iv = new byte[12];
        try (Arena arena = Arena.ofConfined();
            AeadSealer sealer = aead.sealer(suite, key, iv);
            AeadOpener opener = aead.opener(suite, key, iv))
        {
            final long aad = arena.allocate(32, 8).address();
            final long text = arena.allocate(LENGTH + 16, 8).address();
            final long sealed = arena.allocate(LENGTH + 16, 8).address();

            run(sealer, opener, aad, text, sealed, 0, WARM_UP);
            final long before = threads.getCurrentThreadAllocatedBytes();
            run(sealer, opener, aad, text, sealed, WARM_UP, WARM_UP + MEASURED);
            assertEquals(0, threads.getCurrentThreadAllocatedBytes() - before);
        }
    }

    /** Each sequence is sealed, opened, and opened once more with a wrong sequence, which is refused. */
    private static void run(
        final AeadSealer sealer, final AeadOpener opener, final long aad, final long text, final long sealed,
        final int from, final int to)
    {
        int refused = 0;
        for (int sequence = from; sequence < to; sequence++)
        {
            sealer.seal(sequence, aad, 23, text, LENGTH, sealed);
            refused += opener.open(sequence + 1, aad, 23, sealed, LENGTH + 16, text) < 0 ? 1 : 0;
            if (LENGTH != opener.open(sequence, aad, 23, sealed, LENGTH + 16, text))
            {
                throw new AssertionError(sequence);
            }
        }
        if (to - from != refused)
        {
            throw new AssertionError(refused);
        }
    }
}
