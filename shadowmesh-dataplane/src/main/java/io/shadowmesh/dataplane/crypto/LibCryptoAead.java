package io.shadowmesh.dataplane.crypto;

import io.shadowmesh.ffi.LibCrypto;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * OpenSSL's libcrypto, called on native memory without allocation: five critical calls per frame.
 *
 * <pre>
 *  seal  Init(iv), Update(aad), Update(text), Final, get tag
 *  open  Init(iv), set tag, Update(aad), Update(ciphertext), Final: the verdict
 * </pre>
 *
 * <p>The key is set once, when a direction is made. Every result is checked.
 */
public final class LibCryptoAead implements Aead
{
    /** The only instance: it has no state. */
    public static final LibCryptoAead INSTANCE = new LibCryptoAead();

    static final String NAME = "libcrypto";

    private LibCryptoAead()
    {
    }

    /**
     * Whether libcrypto is there and both of its ciphers work: one built or configured without one of them does not.
     *
     * @return true when sealers and openers can be made.
     */
    public static boolean isUsable()
    {
        return Probe.IS_USABLE;
    }

    /** Why it is not usable, in one clause. */
    static String problem()
    {
        return LibCrypto.isAvailable() ?
            LibCrypto.version() + " lacks AES-256-GCM or ChaCha20-Poly1305" : LibCrypto.unavailability();
    }

    @Override
    public String name()
    {
        return NAME;
    }

    @Override
    public String description()
    {
        return NAME + " (" + LibCrypto.version() + ")";
    }

    @Override
    public AeadSealer sealer(final Suite suite, final byte[] key32, final byte[] iv12)
    {
        return new Sealer(suite, key32, iv12);
    }

    @Override
    public AeadOpener opener(final Suite suite, final byte[] key32, final byte[] iv12)
    {
        return new Opener(suite, key32, iv12);
    }

    /** Tries both suites once. */
    private static final class Probe
    {
        static final boolean IS_USABLE = LibCrypto.isAvailable() && works();

        private static boolean works()
        {
            for (final Suite suite : Suite.values())
            {
                try (Sealer sealer = new Sealer(suite, new byte[Suite.KEY_LENGTH], new byte[Suite.IV_LENGTH]))
                {
                    sealer.seal(0, sealer.scratch, 0, sealer.scratch, 0, sealer.scratch + Context.SPARE);
                }
                catch (final IllegalStateException ex)
                {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * What both directions share: a cipher context with its key, and a scratch beside it.
     *
     * <pre>
     *  offset  length  field
     *       0      12  iv of the frame at hand
     *      16       4  bytes written, which the library insists on telling
     *      32      32  spare: the key while it is set, where the final calls may point
     * </pre>
     */
    private abstract static class Context
    {
        static final int OUT_LENGTH = 16;
        static final int SPARE = 32;
        static final int LENGTH = 64;

        final long scratch;
        final long outLength;
        private final long ivTail;
        private final UnsafeBuffer iv = new UnsafeBuffer(0, 0);
        long context;

        Context(final Suite suite, final byte[] key32, final byte[] iv12, final boolean isSealer)
        {
            AeadKey.check(key32, iv12);
            scratch = LibCrypto.allocate(LENGTH);
            context = LibCrypto.newContext();
            outLength = scratch + OUT_LENGTH;
            if (0 == scratch || 0 == context)
            {
                release();
                throw new IllegalStateException("libcrypto has no memory for a cipher context");
            }

            final UnsafeBuffer memory = new UnsafeBuffer(scratch, LENGTH);
            memory.putBytes(0, iv12);
            memory.putBytes(SPARE, key32);
            iv.wrap(scratch, Suite.IV_LENGTH);
            ivTail = iv.getLong(4, ByteOrder.BIG_ENDIAN);

            final long cipher = Suite.AES_256_GCM == suite ? LibCrypto.aes256Gcm() : LibCrypto.chacha20Poly1305();
            final long key = scratch + SPARE;
            final int result = 0 == cipher ? 0 : isSealer ?
                LibCrypto.encryptInit(context, cipher, key, scratch) :
                LibCrypto.decryptInit(context, cipher, key, scratch);
            memory.setMemory(SPARE, Suite.KEY_LENGTH, (byte)0);
            if (1 != result)
            {
                release();
                throw failed("has no " + suite);
            }
        }

        /** Writes {@code iv XOR (0^4 | sequence)}. */
        final long nonce(final long sequence)
        {
            if (0 == context)
            {
                throw new IllegalStateException("closed");
            }
            iv.putLong(4, ivTail ^ sequence, ByteOrder.BIG_ENDIAN);
            return scratch;
        }

        final IllegalStateException failed(final String what)
        {
            LibCrypto.clearErrors();
            return new IllegalStateException("libcrypto " + what);
        }

        public final void close()
        {
            if (0 != context)
            {
                release();
            }
        }

        private void release()
        {
            LibCrypto.freeContext(context);
            LibCrypto.eraseAndFree(scratch, LENGTH);
            context = 0;
        }
    }

    private static final class Sealer extends Context implements AeadSealer
    {
        Sealer(final Suite suite, final byte[] key32, final byte[] iv12)
        {
            super(suite, key32, iv12, true);
        }

        @Override
        public void seal(
            final long sequence, final long aad, final int aadLength,
            final long text, final int textLength, final long out)
        {
            final boolean sealed =
                1 == LibCrypto.encryptInit(context, 0, 0, nonce(sequence)) &&
                (0 == aadLength || 1 == LibCrypto.encryptUpdate(context, 0, outLength, aad, aadLength)) &&
                (0 == textLength || 1 == LibCrypto.encryptUpdate(context, out, outLength, text, textLength)) &&
                1 == LibCrypto.encryptFinal(context, scratch + SPARE, outLength) &&
                1 == LibCrypto.control(context, LibCrypto.CTRL_AEAD_GET_TAG, Suite.TAG_LENGTH, out + textLength);
            if (!sealed)
            {
                throw failed("cannot seal " + textLength + " bytes");
            }
        }
    }

    private static final class Opener extends Context implements AeadOpener
    {
        Opener(final Suite suite, final byte[] key32, final byte[] iv12)
        {
            super(suite, key32, iv12, false);
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

            final boolean fed =
                1 == LibCrypto.decryptInit(context, 0, 0, nonce(sequence)) &&
                1 == LibCrypto.control(context, LibCrypto.CTRL_AEAD_SET_TAG, Suite.TAG_LENGTH, sealed + textLength) &&
                (0 == aadLength || 1 == LibCrypto.decryptUpdate(context, 0, outLength, aad, aadLength)) &&
                (0 == textLength || 1 == LibCrypto.decryptUpdate(context, out, outLength, sealed, textLength));
            if (!fed)
            {
                throw failed("cannot open " + sealedLength + " bytes");
            }

            if (1 != LibCrypto.decryptFinal(context, scratch + SPARE, outLength))
            {
                LibCrypto.clearErrors();
                return REFUSED;
            }
            return textLength;
        }
    }
}
