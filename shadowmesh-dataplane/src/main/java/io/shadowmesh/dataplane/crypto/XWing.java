package io.shadowmesh.dataplane.crypto;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.DecapsulateException;

/**
 * X-Wing: ML-KEM-768 and X25519 as one KEM, safe as long as either of the two is.
 *
 * <pre>
 *  public key    1216  ML-KEM-768 1184 | X25519 32
 *  secret          96  d 32 | z 32 | X25519 32
 *  ciphertext    1120  ML-KEM-768 1088 | X25519 32
 *  shared secret   32  SHA3-256(ss_mlkem | ss_x25519 | ct_x25519 | pk_x25519 | 5c2e2f2f5e5c)
 * </pre>
 *
 * <p>The draft keeps a 32-byte seed and expands it by SHAKE256 to these 96 bytes; here they are kept expanded.
 *
 * <p>Source: draft-connolly-cfrg-xwing-kem.
 */
public final class XWing implements Kem
{
    /** The only instance: it has no state. */
    public static final XWing INSTANCE = new XWing();

    /** Bytes of a public key. */
    public static final int PUBLIC_KEY_LENGTH = MlKem768.PUBLIC_KEY_LENGTH + X25519.LENGTH;

    /** Bytes of a secret. */
    public static final int SECRET_LENGTH = MlKem768.SECRET_LENGTH + X25519.LENGTH;

    /** Bytes of a ciphertext. */
    public static final int CIPHERTEXT_LENGTH = MlKem768.CIPHERTEXT_LENGTH + X25519.LENGTH;

    /** Bytes of a shared secret. */
    public static final int SHARED_SECRET_LENGTH = 32;

    private static final byte[] LABEL = { 0x5C, 0x2E, 0x2F, 0x2F, 0x5E, 0x5C };

    private XWing()
    {
    }

    @Override
    public String name()
    {
        return "XWing";
    }

    @Override
    public int publicKeyLength()
    {
        return PUBLIC_KEY_LENGTH;
    }

    @Override
    public int secretLength()
    {
        return SECRET_LENGTH;
    }

    @Override
    public int ciphertextLength()
    {
        return CIPHERTEXT_LENGTH;
    }

    @Override
    public int sharedSecretLength()
    {
        return SHARED_SECRET_LENGTH;
    }

    @Override
    public KemKeyPair generate(final SecureRandom random)
    {
        final byte[] secret = new byte[SECRET_LENGTH];
        random.nextBytes(secret);
        return pairOf(secret);
    }

    @Override
    public KemKeyPair keyPair(final byte[] secret)
    {
        if (SECRET_LENGTH != secret.length)
        {
            throw new IllegalArgumentException("an X-Wing secret has 96 bytes, not " + secret.length);
        }
        return pairOf(secret.clone());
    }

    private static KemKeyPair pairOf(final byte[] secret)
    {
        final KeyPair mlKem = MlKem768.derive(secret, 0);
        final KeyPair x25519 = X25519.derive(secret, MlKem768.SECRET_LENGTH);
        final byte[] publicKey = join(MlKem768.rawPublicKey(mlKem.getPublic()), X25519.rawPublicKey(x25519));
        return new KemKeyPair(publicKey, secret, mlKem.getPrivate(), x25519.getPrivate());
    }

    /** {@inheritDoc} Here: both parts must be canonical, and the X25519 point not of small order. */
    @Override
    public boolean isCanonicalPublicKey(final byte[] publicKey)
    {
        return PUBLIC_KEY_LENGTH == publicKey.length &&
            MlKem768.isReduced(publicKey) &&
            X25519.isAcceptable(publicKey, MlKem768.PUBLIC_KEY_LENGTH);
    }

    @Override
    public Encapsulation encapsulate(final byte[] publicKey, final SecureRandom random) throws GeneralSecurityException
    {
        if (!isCanonicalPublicKey(publicKey))
        {
            throw new InvalidKeyException("not a canonical X-Wing public key");
        }

        final byte[] pkX = Arrays.copyOfRange(publicKey, MlKem768.PUBLIC_KEY_LENGTH, PUBLIC_KEY_LENGTH);
        final Encapsulation mlKem =
            MlKem768.encapsulateTo(Arrays.copyOf(publicKey, MlKem768.PUBLIC_KEY_LENGTH), random);
        final byte[] secret = new byte[X25519.LENGTH];
        random.nextBytes(secret);
        final KeyPair ephemeral = X25519.derive(secret, 0);
        Arrays.fill(secret, (byte)0);
        final byte[] ctX = X25519.rawPublicKey(ephemeral);
        final byte[] ssX = X25519.agree(ephemeral.getPrivate(), pkX);

        return new Encapsulation(join(mlKem.ciphertext(), ctX), combine(mlKem.sharedSecret(), ssX, ctX, pkX));
    }

    @Override
    public byte[] decapsulate(final KemKeyPair pair, final byte[] ciphertext) throws GeneralSecurityException
    {
        if (CIPHERTEXT_LENGTH != ciphertext.length)
        {
            throw new DecapsulateException("an X-Wing ciphertext has 1120 bytes, not " + ciphertext.length);
        }

        final byte[] pkX =
            Arrays.copyOfRange(pair.sharedPublicKey(), MlKem768.PUBLIC_KEY_LENGTH, PUBLIC_KEY_LENGTH);
        final byte[] ctX = Arrays.copyOfRange(ciphertext, MlKem768.CIPHERTEXT_LENGTH, CIPHERTEXT_LENGTH);
        final byte[] ssX = X25519.agree(pair.x25519(), ctX);
        final byte[] ssM =
            MlKem768.decapsulateWith(pair.mlKem(), Arrays.copyOf(ciphertext, MlKem768.CIPHERTEXT_LENGTH));

        return combine(ssM, ssX, ctX, pkX);
    }

    private static byte[] combine(final byte[] ssM, final byte[] ssX, final byte[] ctX, final byte[] pkX)
    {
        try
        {
            final MessageDigest sha3 = MessageDigest.getInstance("SHA3-256");
            sha3.update(ssM);
            sha3.update(ssX);
            sha3.update(ctX);
            sha3.update(pkX);
            return sha3.digest(LABEL);
        }
        catch (final NoSuchAlgorithmException ex)
        {
            throw new IllegalStateException("this JVM has no SHA3-256", ex);
        }
        finally
        {
            Arrays.fill(ssM, (byte)0);
            Arrays.fill(ssX, (byte)0);
        }
    }

    private static byte[] join(final byte[] first, final byte[] second)
    {
        final byte[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }
}
