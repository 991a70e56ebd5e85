package io.shadowmesh.dataplane.crypto;

/** A key pair whose public half is another's: what someone has who knows that key and not its secret. */
public final class StolenKey
{
    private StolenKey()
    {
    }

    /** Shows one public key and decapsulates with the secret of another pair. */
    public static KemKeyPair pair(final KemKeyPair own, final byte[] stolenPublicKey)
    {
        return new KemKeyPair(stolenPublicKey, own.secret(), own.mlKem(), own.x25519());
    }
}
