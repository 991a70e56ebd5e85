package io.shadowmesh.dataplane.crypto;

import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;

/**
 * The symmetric state of a Noise handshake, with ChaChaPoly as its cipher and SHA256 as its hash: a chaining key, a
 * hash of all that was said, and, once a key is mixed, a cipher whose nonce is 4 zero bytes and a little-endian
 * counter.
 *
 * <p><b>Threading:</b> one thread.
 * <p><b>Errors:</b> a field that does not open leaves the state as it was before that field; whoever must leave a whole
 * message without trace works on a {@link #copy()}.
 *
 * <p>Source: The Noise Protocol Framework, revision 34, sections 5.1, 5.2 and 12.
 */
public final class SymmetricState
{
    private static final String CIPHER = "ChaCha20-Poly1305";

    private final byte[] chainingKey;
    private final byte[] hash;
    private byte[] key;
    private long counter;

    /**
     * InitializeSymmetric.
     *
     * @param protocolName such as {@code Noise_pqXX_MLKEM768_ChaChaPoly_SHA256}.
     */
    public SymmetricState(final String protocolName)
    {
        final byte[] name = protocolName.getBytes(StandardCharsets.US_ASCII);
        hash = name.length <= Sha256.LENGTH ? Arrays.copyOf(name, Sha256.LENGTH) : Sha256.hash(name);
        chainingKey = hash.clone();
    }

    private SymmetricState(final SymmetricState other)
    {
        chainingKey = other.chainingKey.clone();
        hash = other.hash.clone();
        key = null == other.key ? null : other.key.clone();
        counter = other.counter;
    }

    /**
     * A copy that shares nothing with this state.
     *
     * @return the copy, for the caller to destroy.
     */
    public SymmetricState copy()
    {
        return new SymmetricState(this);
    }

    /**
     * Whether a key was mixed, so that fields are encrypted.
     *
     * @return true when one was.
     */
    public boolean hasKey()
    {
        return null != key;
    }

    /**
     * MixHash: hashes data into all that was said.
     *
     * @param data to mix.
     */
    public void mixHash(final byte[] data)
    {
        System.arraycopy(Sha256.hash(hash, data), 0, hash, 0, hash.length);
    }

    /**
     * MixKey: a secret changes chaining key and cipher key.
     *
     * @param keyMaterial to mix.
     */
    public void mixKey(final byte[] keyMaterial)
    {
        final byte[][] parts = Hkdf.noise(chainingKey, keyMaterial, 2);
        take(parts[0], parts[1]);
    }

    /**
     * MixKeyAndHash: a secret changes chaining key, hash and cipher key.
     *
     * @param keyMaterial to mix.
     */
    public void mixKeyAndHash(final byte[] keyMaterial)
    {
        final byte[][] parts = Hkdf.noise(chainingKey, keyMaterial, 3);
        mixHash(parts[1]);
        Arrays.fill(parts[1], (byte)0);
        take(parts[0], parts[2]);
    }

    private void take(final byte[] newChainingKey, final byte[] newKey)
    {
        System.arraycopy(newChainingKey, 0, chainingKey, 0, chainingKey.length);
        Arrays.fill(newChainingKey, (byte)0);
        erase(key);
        key = newKey;
        counter = 0;
    }

    /**
     * EncryptAndHash: encrypts a field, or leaves it as it is while there is no key, and mixes what is sent.
     *
     * @param plaintext of the field.
     * @return what is sent: 16 bytes more than the plaintext once there is a key.
     * @throws GeneralSecurityException when the cipher fails.
     */
    public byte[] encryptAndHash(final byte[] plaintext) throws GeneralSecurityException
    {
        final byte[] sent = hasKey() ? crypt(Cipher.ENCRYPT_MODE, plaintext) : plaintext.clone();
        mixHash(sent);
        return sent;
    }

    /**
     * DecryptAndHash: decrypts a field, or takes it as it is while there is no key, and mixes what was received.
     *
     * @param received field.
     * @return the plaintext.
     * @throws GeneralSecurityException when the field does not open; nothing has changed then.
     */
    public byte[] decryptAndHash(final byte[] received) throws GeneralSecurityException
    {
        final byte[] plaintext = hasKey() ? crypt(Cipher.DECRYPT_MODE, received) : received.clone();
        mixHash(received);
        return plaintext;
    }

    private byte[] crypt(final int mode, final byte[] input) throws GeneralSecurityException
    {
        final byte[] nonce =
            ByteBuffer.allocate(Suite.IV_LENGTH).order(ByteOrder.LITTLE_ENDIAN).putLong(4, counter).array();
        final Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(nonce));
        cipher.updateAAD(hash);
        final byte[] output = cipher.doFinal(input);
        counter++;
        return output;
    }

    /**
     * The hash of all that was said so far, which binds what is made later to this handshake.
     *
     * @return a copy of its 32 bytes.
     */
    public byte[] handshakeHash()
    {
        return hash.clone();
    }

    /**
     * Split: the two keys of the transport.
     *
     * @return the initiator's key to send with, and the responder's, 32 bytes each.
     */
    public byte[][] split()
    {
        return Hkdf.noise(chainingKey, new byte[0], 2);
    }

    /** Erases the keys. May be called twice. */
    public void destroy()
    {
        Arrays.fill(chainingKey, (byte)0);
        erase(key);
        key = null;
    }

    private static void erase(final byte[] bytes)
    {
        if (null != bytes)
        {
            Arrays.fill(bytes, (byte)0);
        }
    }
}
