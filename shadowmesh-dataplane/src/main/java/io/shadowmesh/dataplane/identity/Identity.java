package io.shadowmesh.dataplane.identity;

import io.shadowmesh.dataplane.crypto.KemKeyPair;
import io.shadowmesh.dataplane.crypto.XWing;

import java.security.SecureRandom;

/**
 * A node's static X-Wing key pair and the Peer ID that follows from it.
 *
 * <p><b>Threading:</b> immutable.
 */
public final class Identity
{
    private final KemKeyPair keyPair;
    private final PeerId peerId;

    private Identity(final KemKeyPair keyPair)
    {
        this.keyPair = keyPair;
        this.peerId = PeerId.of(keyPair.publicKey());
    }

    /**
     * Makes a new identity.
     *
     * @return the identity.
     * @throws io.shadowmesh.dataplane.crypto.MlKemMissingException where no provider has ML-KEM.
     */
    public static Identity generate()
    {
        return new Identity(XWing.INSTANCE.generate(new SecureRandom()));
    }

    /**
     * The identity of a secret that was kept.
     *
     * @param secret 96 bytes, {@code d | z | x25519}; copied, and the caller's to erase.
     * @return the identity.
     * @throws IllegalArgumentException when the length is wrong.
     * @throws io.shadowmesh.dataplane.crypto.MlKemMissingException where no provider has ML-KEM.
     */
    public static Identity of(final byte[] secret)
    {
        return new Identity(XWing.INSTANCE.keyPair(secret));
    }

    /**
     * The key pair.
     *
     * @return the pair; it is this identity's, and not to be destroyed before it.
     */
    public KemKeyPair keyPair()
    {
        return keyPair;
    }

    /**
     * The Peer ID.
     *
     * @return what other nodes know this one by.
     */
    public PeerId peerId()
    {
        return peerId;
    }

    /**
     * The public key.
     *
     * @return a copy of its 1216 bytes.
     */
    public byte[] publicKey()
    {
        return keyPair.publicKey();
    }

    @Override
    public String toString()
    {
        return "Identity(" + peerId + ")";
    }
}
