package io.shadowmesh.dataplane.crypto;

import io.shadowmesh.ffi.LibIpsecMb;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * Intel's Multi-Buffer Crypto for IPsec Library, called on native memory without allocation: one critical call per frame
 * for AES-256-GCM, three for ChaCha20-Poly1305. The fastest on x86-64; elsewhere there is none.
 *
 * <p>The library reports no errors: arguments that it refuses make it do nothing. So lengths and addresses are checked
 * here before each call, and the whole provider is held against {@linkplain AeadSelfTest known answers} before it is
 * used. It computes tags and leaves comparing them to us: that takes the same time whatever the bytes are, and a text
 * that is refused is erased.
 *
 * <p>A key is expanded once, when a direction is made, into memory that is erased before it is freed.
 */
public final class IpsecMbAead implements Aead
{
    /** The only instance: it has no state. */
    public static final IpsecMbAead INSTANCE = new IpsecMbAead();

    static final String NAME = "libipsec-mb";

    private IpsecMbAead()
    {
    }

    /**
     * Whether the library is there, as we know it, and gives the right answers.
     *
     * @return true when sealers and openers can be made.
     */
    public static boolean isUsable()
    {
        return null == Probe.PROBLEM;
    }

    /** Why it is not usable, in one clause, or null when it is. */
    static String problem()
    {
        return Probe.PROBLEM;
    }

    @Override
    public String name()
    {
        return NAME;
    }

    @Override
    public String description()
    {
        return NAME + " " + LibIpsecMb.version() + " (" + LibIpsecMb.implementation() + ")";
    }

    @Override
    public AeadSealer sealer(final Suite suite, final byte[] key32, final byte[] iv12)
    {
        return Suite.AES_256_GCM == suite ? new GcmSealer(key32, iv12) : new ChachaSealer(key32, iv12);
    }

    @Override
    public AeadOpener opener(final Suite suite, final byte[] key32, final byte[] iv12)
    {
        return Suite.AES_256_GCM == suite ? new GcmOpener(key32, iv12) : new ChachaOpener(key32, iv12);
    }

    /** Tries both suites once. */
    private static final class Probe
    {
        static final String PROBLEM =
            LibIpsecMb.isAvailable() ? AeadSelfTest.problem(INSTANCE) : LibIpsecMb.unavailability();
    }

    /**
     * What all directions share: the key and what a call works on, in memory aligned to 64 bytes.
     *
     * <pre>
     *  offset  length  field
     *       0    2048  the key: expanded for AES-256-GCM, 32 bytes as they are for ChaCha20-Poly1305
     *    2048     512  context of the frame at hand
     *    2560      12  iv of the frame at hand
     *    2576      16  tag that the frame at hand should have
     * </pre>
     */
    private abstract static class Direction
    {
        private static final boolean SWAPPED = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        private static final int IV_TAIL_OFFSET = 4;
        private static final int CONTEXT = LibIpsecMb.GCM_KEY_LENGTH;
        private static final int IV = CONTEXT + LibIpsecMb.CONTEXT_LENGTH;
        private static final int TAG = IV + 16;
        private static final int LENGTH = IV + 64;

        /** The key's address; 0 when closed. */
        long key;
        final long context;
        final long iv;
        final long tag;
        /** What the sequence goes into, as a native load has it. */
        private final long ivTail;
        private final UnsafeBuffer text = new UnsafeBuffer(0, 0);

        Direction(final byte[] key32, final byte[] iv12, final boolean isGcm)
        {
            AeadKey.check(key32, iv12);
            key = LibIpsecMb.allocate(LENGTH);
            if (0 == key)
            {
                throw new IllegalStateException("there is no memory for a key of " + NAME);
            }
            context = key + CONTEXT;
            iv = key + IV;
            tag = key + TAG;
            new UnsafeBuffer(iv, Suite.IV_LENGTH).putBytes(0, iv12);
            ivTail = UnsafeApi.getLong(iv + IV_TAIL_OFFSET);

            // The context's memory is free until the first frame.
            final UnsafeBuffer raw = new UnsafeBuffer(isGcm ? context : key, Suite.KEY_LENGTH);
            raw.putBytes(0, key32);
            if (isGcm)
            {
                LibIpsecMb.gcm256Expand(context, key);
                raw.setMemory(0, Suite.KEY_LENGTH, (byte)0);
            }
        }

        /** Writes {@code iv XOR (0^4 | sequence)}, once all that the library would refuse has been. */
        final void begin(
            final long sequence, final long aad, final int aadLength, final long in, final int length, final long out)
        {
            if (0 == key)
            {
                throw new IllegalStateException("closed");
            }
            if ((aadLength | length) < 0 || 0 == in || 0 == out || 0 == aad && 0 != aadLength)
            {
                throw new IllegalStateException(
                    NAME + " cannot work on " + length + " bytes with " + aadLength + " bytes of additional data");
            }
            UnsafeApi.putLong(iv + IV_TAIL_OFFSET, ivTail ^ (SWAPPED ? Long.reverseBytes(sequence) : sequence));
        }

        /** Compares the tag that was computed with the one behind the ciphertext, in constant time. */
        final int verdict(final long sealedTag, final long out, final int textLength)
        {
            final long difference = UnsafeApi.getLong(tag) ^ UnsafeApi.getLong(sealedTag) |
                UnsafeApi.getLong(tag + Long.BYTES) ^ UnsafeApi.getLong(sealedTag + Long.BYTES);
            if (0 == difference)
            {
                return textLength;
            }
            text.wrap(out, textLength);
            text.setMemory(0, textLength, (byte)0);
            return AeadOpener.REFUSED;
        }

        public final void close()
        {
            if (0 != key)
            {
                LibIpsecMb.eraseAndFree(key, LENGTH);
                key = 0;
            }
        }
    }

    private static final class GcmSealer extends Direction implements AeadSealer
    {
        GcmSealer(final byte[] key32, final byte[] iv12)
        {
            super(key32, iv12, true);
        }

        @Override
        public void seal(
            final long sequence, final long aad, final int aadLength,
            final long text, final int textLength, final long out)
        {
            begin(sequence, aad, aadLength, text, textLength, out);
            LibIpsecMb.gcm256Encrypt(key, context, out, text, textLength, iv, aad, aadLength, out + textLength);
        }
    }

    private static final class GcmOpener extends Direction implements AeadOpener
    {
        GcmOpener(final byte[] key32, final byte[] iv12)
        {
            super(key32, iv12, true);
        }

        @Override
        public int open(
            final long sequence, final long aad, final int aadLength,
            final long sealed, final int sealedLength, final long out)
        {
            final int textLength = sealedLength - Suite.TAG_LENGTH;
            if (textLength < 0)
            {
                return REFUSED;
            }
            begin(sequence, aad, aadLength, sealed, textLength, out);
            LibIpsecMb.gcm256Decrypt(key, context, out, sealed, textLength, iv, aad, aadLength, tag);
            return verdict(sealed + textLength, out, textLength);
        }
    }

    private static final class ChachaSealer extends Direction implements AeadSealer
    {
        ChachaSealer(final byte[] key32, final byte[] iv12)
        {
            super(key32, iv12, false);
        }

        @Override
        public void seal(
            final long sequence, final long aad, final int aadLength,
            final long text, final int textLength, final long out)
        {
            begin(sequence, aad, aadLength, text, textLength, out);
            LibIpsecMb.chacha20Poly1305Init(key, context, iv, aad, aadLength);
            LibIpsecMb.chacha20Poly1305Encrypt(key, context, out, text, textLength);
            LibIpsecMb.chacha20Poly1305Finish(context, out + textLength);
        }
    }

    private static final class ChachaOpener extends Direction implements AeadOpener
    {
        ChachaOpener(final byte[] key32, final byte[] iv12)
        {
            super(key32, iv12, false);
        }

        @Override
        public int open(
            final long sequence, final long aad, final int aadLength,
            final long sealed, final int sealedLength, final long out)
        {
            final int textLength = sealedLength - Suite.TAG_LENGTH;
            if (textLength < 0)
            {
                return REFUSED;
            }
            begin(sequence, aad, aadLength, sealed, textLength, out);
            LibIpsecMb.chacha20Poly1305Init(key, context, iv, aad, aadLength);
            LibIpsecMb.chacha20Poly1305Decrypt(key, context, out, sealed, textLength);
            LibIpsecMb.chacha20Poly1305Finish(context, tag);
            return verdict(sealed + textLength, out, textLength);
        }
    }
}
