package io.shadowmesh.dataplane.crypto;

import java.security.PrivateKey;
import java.util.Arrays;

/**
 * A key pair of a {@link Kem}, with the parsed keys beside the bytes, so that a handshake need not parse them again.
 * Made by {@link Kem#generate} and {@link Kem#keyPair}.
 *
 * <p><b>Threading:</b> immutable but for {@link #destroy()}.
 */
public final class KemKeyPair
{
    private final byte[] publicKey;
    private final byte[] secret;
    private PrivateKey mlKem;
    private PrivateKey x25519;

    KemKeyPair(final byte[] publicKey, final byte[] secret, final PrivateKey mlKem, final PrivateKey x25519)
    {
        this.publicKey = publicKey;
        this.secret = secret;
        this.mlKem = mlKem;
        this.x25519 = x25519;
    }

    /**
     * The public key.
     *
     * @return a copy of its bytes.
     */
    public byte[] publicKey()
    {
        return publicKey.clone();
    }

    /**
     * The secret from which {@link Kem#keyPair} makes this pair again.
     *
     * @return a copy of its bytes, for the caller to erase.
     * @throws IllegalStateException when the pair is destroyed.
     */
    public byte[] secret()
    {
        requireAlive();
        return secret.clone();
    }

    /** Erases the secret. The pair cannot decapsulate any more. May be called twice. */
    public void destroy()
    {
        Arrays.fill(secret, (byte)0);
        mlKem = null;
        x25519 = null;
    }

    byte[] sharedPublicKey()
    {
        return publicKey;
    }

    PrivateKey mlKem()
    {
        requireAlive();
        return mlKem;
    }

    PrivateKey x25519()
    {
        requireAlive();
        return x25519;
    }

    private void requireAlive()
    {
        if (null == mlKem)
        {
            throw new IllegalStateException("the key pair is destroyed");
        }
    }

    @Override
    public String toString()
    {
        return "KemKeyPair(" + publicKey.length + "-byte public key)";
    }
}
