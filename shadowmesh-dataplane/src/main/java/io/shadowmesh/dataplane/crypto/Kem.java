package io.shadowmesh.dataplane.crypto;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;

/**
 * A key encapsulation mechanism: whoever has a public key can make a shared secret and a ciphertext from which only the
 * owner of the key makes the same secret.
 *
 * <p><b>Threading:</b> implementations hold no state and may be shared.
 */
public interface Kem
{
    /**
     * The name by which a Noise protocol name calls it.
     *
     * @return such as {@code XWing}.
     */
    String name();

    /**
     * Length of a public key.
     *
     * @return bytes.
     */
    int publicKeyLength();

    /**
     * Length of a secret, in the form in which it is kept and from which a pair is made again.
     *
     * @return bytes.
     */
    int secretLength();

    /**
     * Length of a ciphertext.
     *
     * @return bytes.
     */
    int ciphertextLength();

    /**
     * Length of a shared secret.
     *
     * @return bytes.
     */
    int sharedSecretLength();

    /**
     * Makes a key pair.
     *
     * @param random to draw the secret from, once, from its first byte to its last.
     * @return the pair.
     * @throws MlKemMissingException where no provider has ML-KEM.
     */
    KemKeyPair generate(SecureRandom random);

    /**
     * Makes the key pair of a secret that was kept.
     *
     * @param secret of {@link #secretLength()} bytes; it is copied.
     * @return the pair.
     * @throws IllegalArgumentException when the length is wrong.
     * @throws MlKemMissingException    where no provider has ML-KEM.
     */
    KemKeyPair keyPair(byte[] secret);

    /**
     * Whether these bytes are a public key that is the canonical encoding of itself, and not one of a small order, for
     * which the shared secret would not depend on the secret key.
     *
     * @param publicKey to judge, of any length.
     * @return true when it may be used.
     */
    boolean isCanonicalPublicKey(byte[] publicKey);

    /**
     * Makes a shared secret and its ciphertext for the owner of a public key.
     *
     * @param publicKey of the owner.
     * @param random    to draw from.
     * @return both.
     * @throws GeneralSecurityException when the public key is not acceptable.
     */
    Encapsulation encapsulate(byte[] publicKey, SecureRandom random) throws GeneralSecurityException;

    /**
     * Makes the shared secret of a ciphertext. One that was not made for this pair gives a secret that nobody else has,
     * not an exception.
     *
     * @param pair       whose public key the ciphertext was made for.
     * @param ciphertext of {@link #ciphertextLength()} bytes.
     * @return the shared secret.
     * @throws GeneralSecurityException when the ciphertext cannot be one at all.
     */
    byte[] decapsulate(KemKeyPair pair, byte[] ciphertext) throws GeneralSecurityException;

    /**
     * What an encapsulation makes.
     *
     * @param ciphertext   for the owner of the public key.
     * @param sharedSecret that both sides then have.
     */
    record Encapsulation(byte[] ciphertext, byte[] sharedSecret)
    {
    }
}
