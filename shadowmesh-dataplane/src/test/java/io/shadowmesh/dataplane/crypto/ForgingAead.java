package io.shadowmesh.dataplane.crypto;

import io.shadowmesh.ffi.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * An AEAD whose owner seals what no honest node would: a marked IPv4 packet is exchanged for the forgery that is next in
 * turn just before it is sealed, so that everything about the frame is genuine but its plaintext.
 */
public final class ForgingAead implements Aead
{
    /** The time to live of a packet that is to be exchanged. */
    public static final byte MARK = (byte)0xEE;

    private static final int TTL_OFFSET = 8;
    private static final int SHORTEST = 20;

    private final Queue<byte[]> forgeries = new ConcurrentLinkedQueue<>();
    private final Aead genuine;

    /**
     * Makes a forger.
     *
     * @param genuine that does the ciphers' work.
     */
    public ForgingAead(final Aead genuine)
    {
        this.genuine = genuine;
    }

    /**
     * Has the next marked packet exchanged.
     *
     * @param plaintext that goes in its place, of the same length.
     */
    public void forge(final byte[] plaintext)
    {
        forgeries.add(plaintext);
    }

    @Override
    public String name()
    {
        return "forger";
    }

    @Override
    public String description()
    {
        return "forger on " + genuine.description();
    }

    @Override
    public AeadSealer sealer(final Suite suite, final byte[] key32, final byte[] iv12)
    {
        return new Sealer(genuine.sealer(suite, key32, iv12));
    }

    @Override
    public AeadOpener opener(final Suite suite, final byte[] key32, final byte[] iv12)
    {
        return genuine.opener(suite, key32, iv12);
    }

    /** Exchanges, and seals. */
    private final class Sealer implements AeadSealer
    {
        private final AeadSealer sealer;

        private Sealer(final AeadSealer sealer)
        {
            this.sealer = sealer;
        }

        @Override
        public void seal(
            final long sequence, final long aad, final int aadLength, final long text, final int textLength, final long out)
        {
            if (textLength >= SHORTEST)
            {
                final MemorySegment packet = NativeMemory.at(text, textLength);
                if (packet.get(ValueLayout.JAVA_BYTE, TTL_OFFSET) == MARK)
                {
                    packet.copyFrom(MemorySegment.ofArray(forgeries.remove()));
                }
            }
            sealer.seal(sequence, aad, aadLength, text, textLength, out);
        }

        @Override
        public void close()
        {
            sealer.close();
        }
    }
}
