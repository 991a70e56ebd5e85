package io.shadowmesh.dataplane.crypto;

import java.util.Arrays;

/** HKDF with SHA-256: extract, expand, and the form in which Noise uses both. Source: RFC 5869; Noise, section 4.3. */
public final class Hkdf
{
    private static final int MAX_LENGTH = 255 * Hmac.LENGTH;

    private Hkdf()
    {
    }

    /**
     * HKDF-Extract.
     *
     * @param salt        of any length; an empty one stands for 32 zero bytes.
     * @param keyMaterial to extract from.
     * @return a pseudo-random key of 32 bytes.
     */
    public static byte[] extract(final byte[] salt, final byte[] keyMaterial)
    {
        return Hmac.sha256(0 == salt.length ? new byte[Hmac.LENGTH] : salt, keyMaterial);
    }

    /**
     * HKDF-Expand.
     *
     * @param key    pseudo-random, of 32 bytes or more.
     * @param info   that tells this use from others.
     * @param length of the output, 0 to 8160.
     * @return the output.
     */
    public static byte[] expand(final byte[] key, final byte[] info, final int length)
    {
        if (length < 0 || length > MAX_LENGTH)
        {
            throw new IllegalArgumentException("HKDF gives 0 to " + MAX_LENGTH + " bytes, not " + length);
        }

        final byte[] output = new byte[length];
        byte[] block = new byte[0];
        for (int offset = 0, counter = 1; offset < length; offset += Hmac.LENGTH, counter++)
        {
            final byte[] next = Hmac.sha256(key, block, info, new byte[]{ (byte)counter });
            Arrays.fill(block, (byte)0);
            block = next;
            System.arraycopy(block, 0, output, offset, Math.min(Hmac.LENGTH, length - offset));
        }
        Arrays.fill(block, (byte)0);
        return output;
    }

    /**
     * Noise's HKDF: outputs of 32 bytes each from a chaining key and key material.
     *
     * @param chainingKey of 32 bytes.
     * @param keyMaterial of any length, 0 included.
     * @param outputs     2 or 3.
     * @return the outputs.
     */
    public static byte[][] noise(final byte[] chainingKey, final byte[] keyMaterial, final int outputs)
    {
        final byte[] key = extract(chainingKey, keyMaterial);
        final byte[] all = expand(key, new byte[0], outputs * Hmac.LENGTH);
        final byte[][] parts = new byte[outputs][];
        for (int i = 0; i < outputs; i++)
        {
            parts[i] = Arrays.copyOfRange(all, i * Hmac.LENGTH, (i + 1) * Hmac.LENGTH);
        }
        Arrays.fill(key, (byte)0);
        Arrays.fill(all, (byte)0);
        return parts;
    }
}
