package io.shadowmesh.dataplane.crypto;

import org.agrona.concurrent.UnsafeBuffer;

import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;

/**
 * The JDK's own ciphers: the fallback where there is neither libipsec-mb nor libcrypto. It copies through the heap and
 * allocates for every frame, so that a tunnel that runs on it says so.
 */
public final class JdkAead implements Aead
{
    /** The only instance: it has no state. */
    public static final JdkAead INSTANCE = new JdkAead();

    static final String NAME = "jdk";

    private static final int FIRST_SCRATCH_LENGTH = 2048;

    private JdkAead()
    {
    }

    @Override
    public String name()
    {
        return NAME;
    }

    @Override
    public String description()
    {
        return NAME + " (Java " + Runtime.version() + ")";
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

    /** What both directions share: a cipher, its key and the scratch between native memory and the heap. */
    private abstract static class Direction
    {
        private final int mode;
        private final boolean isGcm;
        private final Cipher cipher;
        private final byte[] iv;
        private final byte[] key;
        private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        private SecretKeySpec keySpec;
        private byte[] aad = new byte[64];
        private byte[] input = new byte[FIRST_SCRATCH_LENGTH];
        private byte[] output = new byte[FIRST_SCRATCH_LENGTH];

        Direction(final int mode, final Suite suite, final byte[] key32, final byte[] iv12)
        {
            AeadKey.check(key32, iv12);
            this.mode = mode;
            isGcm = Suite.AES_256_GCM == suite;
            iv = iv12.clone();
            key = key32.clone();
            keySpec = new SecretKeySpec(key, isGcm ? "AES" : "ChaCha20");
            try
            {
                cipher = Cipher.getInstance(isGcm ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
            }
            catch (final GeneralSecurityException ex)
            {
                throw new IllegalStateException("this JVM has no " + suite, ex);
            }
        }

        /** Runs the cipher from memory to memory and gives the bytes written. */
        final int crypt(
            final long sequence, final long aadAddress, final int aadLength,
            final long from, final int length, final long to) throws GeneralSecurityException
        {
            if (null == keySpec)
            {
                throw new IllegalStateException("closed");
            }

            aad = fetch(aadAddress, aadLength, aad);
            input = fetch(from, length, input);
            final int room = length + Suite.TAG_LENGTH;
            if (output.length < room)
            {
                output = new byte[room];
            }

            cipher.init(mode, keySpec, parameters(sequence));
            cipher.updateAAD(aad, 0, aadLength);
            final int written = cipher.doFinal(input, 0, length, output, 0);
            view.wrap(to, written);
            view.putBytes(0, output, 0, written);
            return written;
        }

        private byte[] fetch(final long address, final int length, final byte[] scratch)
        {
            final byte[] room = scratch.length < length ? new byte[length] : scratch;
            view.wrap(address, length);
            view.getBytes(0, room, 0, length);
            return room;
        }

        private AlgorithmParameterSpec parameters(final long sequence)
        {
            final UnsafeBuffer nonce = new UnsafeBuffer(iv.clone());
            nonce.putLong(4, nonce.getLong(4, ByteOrder.BIG_ENDIAN) ^ sequence, ByteOrder.BIG_ENDIAN);
            return isGcm ?
                new GCMParameterSpec(Suite.TAG_LENGTH * Byte.SIZE, nonce.byteArray()) :
                new IvParameterSpec(nonce.byteArray());
        }

        public final void close()
        {
            keySpec = null;
            Arrays.fill(key, (byte)0);
            Arrays.fill(iv, (byte)0);
            Arrays.fill(input, (byte)0);
            Arrays.fill(output, (byte)0);
        }
    }

    private static final class Sealer extends Direction implements AeadSealer
    {
        Sealer(final Suite suite, final byte[] key32, final byte[] iv12)
        {
            super(Cipher.ENCRYPT_MODE, suite, key32, iv12);
        }

        @Override
        public void seal(
            final long sequence, final long aad, final int aadLength,
            final long text, final int textLength, final long out)
        {
            try
            {
                crypt(sequence, aad, aadLength, text, textLength, out);
            }
            catch (final GeneralSecurityException ex)
            {
                throw new IllegalStateException("sealing failed; was sequence " + sequence + " used before?", ex);
            }
        }
    }

    private static final class Opener extends Direction implements AeadOpener
    {
        Opener(final Suite suite, final byte[] key32, final byte[] iv12)
        {
            super(Cipher.DECRYPT_MODE, suite, key32, iv12);
        }

        @Override
        public int open(
            final long sequence, final long aad, final int aadLength,
            final long sealed, final int sealedLength, final long out)
        {
            if (sealedLength < Suite.TAG_LENGTH)
            {
                return REFUSED;
            }
            try
            {
                return crypt(sequence, aad, aadLength, sealed, sealedLength, out);
            }
            catch (final AEADBadTagException ex)
            {
                return REFUSED;
            }
            catch (final GeneralSecurityException ex)
            {
                throw new IllegalStateException("opening failed", ex);
            }
        }
    }
}
