package io.shadowmesh.dataplane.crypto;

import javax.crypto.DecapsulateException;
import javax.crypto.KEM;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * ML-KEM-768 of the JDK, or of whichever provider has it, looked up at run time. Keys are raw bytes.
 *
 * <pre>
 *  public key    1184  as in FIPS 203
 *  secret          64  d 32 | z 32, the seed of ML-KEM.KeyGen
 *  ciphertext    1088
 *  shared secret   32
 * </pre>
 *
 * <p>Source: FIPS 203.
 */
public final class MlKem768 implements Kem
{
    /** The only instance: it has no state. */
    public static final MlKem768 INSTANCE = new MlKem768();

    /** Bytes of a public key. */
    public static final int PUBLIC_KEY_LENGTH = 1184;

    /** Bytes of a secret. */
    public static final int SECRET_LENGTH = 64;

    /** Bytes of a ciphertext. */
    public static final int CIPHERTEXT_LENGTH = 1088;

    /** Bytes of a shared secret. */
    public static final int SHARED_SECRET_LENGTH = 32;

    private static final String FAMILY = "ML-KEM";
    private static final String PARAMETER_SET = "ML-KEM-768";
    private static final int MODULUS = 3329;
    private static final int COEFFICIENT_BYTES = 1152;

    /** SubjectPublicKeyInfo up to the raw key: SEQUENCE, AlgorithmIdentifier 2.16.840.1.101.3.4.4.2, BIT STRING. */
    private static final byte[] X509_PREFIX = {
        0x30, (byte)0x82, 0x04, (byte)0xB2,
        0x30, 0x0B, 0x06, 0x09, 0x60, (byte)0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04, 0x02,
        0x03, (byte)0x82, 0x04, (byte)0xA1, 0x00 };

    private MlKem768()
    {
    }

    /**
     * Makes sure that a provider has ML-KEM-768.
     *
     * @throws MlKemMissingException when none has.
     */
    public static void requireAvailable()
    {
        try
        {
            kem(ofPublicKeys());
            kem(ofPairs());
        }
        catch (final NoSuchAlgorithmException ex)
        {
            throw new MlKemMissingException(ex);
        }
    }

    @Override
    public String name()
    {
        return "MLKEM768";
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
            throw new IllegalArgumentException("an ML-KEM-768 seed has 64 bytes, not " + secret.length);
        }
        return pairOf(secret.clone());
    }

    private static KemKeyPair pairOf(final byte[] secret)
    {
        final KeyPair pair = derive(secret, 0);
        return new KemKeyPair(rawPublicKey(pair.getPublic()), secret, pair.getPrivate(), null);
    }

    /**
     * Runs ML-KEM.KeyGen on a seed. The provider draws d and then z from the random source that it is given, so a
     * source that hands out the seed gives the seed's pair. One that draws in another way is refused: with it, a node
     * would come back from a restart under another name.
     */
    static KeyPair derive(final byte[] source, final int offset)
    {
        if (!KnownAnswer.IS_MATCHED)
        {
            throw new IllegalStateException(
                "the ML-KEM of this JVM does not make a seed's key pair as FIPS 203 does; run on JDK 25");
        }
        return draw(source, offset);
    }

    private static KeyPair draw(final byte[] source, final int offset)
    {
        final FixedRandom seed = new FixedRandom(source, offset, SECRET_LENGTH);
        try
        {
            final KeyPairGenerator generator = KeyPairGenerator.getInstance(PARAMETER_SET);
            generator.initialize(new NamedParameterSpec(PARAMETER_SET), seed);
            final KeyPair pair = generator.generateKeyPair();
            if (!seed.isUsedUp())
            {
                throw new IllegalStateException(
                    "the ML-KEM of " + generator.getProvider() + " does not draw a 64-byte seed");
            }
            return pair;
        }
        catch (final NoSuchAlgorithmException ex)
        {
            throw new MlKemMissingException(ex);
        }
        catch (final GeneralSecurityException ex)
        {
            throw new IllegalStateException("ML-KEM-768 cannot make a key pair", ex);
        }
        finally
        {
            seed.erase();
        }
    }

    static byte[] rawPublicKey(final PublicKey key)
    {
        final byte[] encoded = key.getEncoded();
        final int prefix = X509_PREFIX.length;
        if (prefix + PUBLIC_KEY_LENGTH != encoded.length ||
            !Arrays.equals(X509_PREFIX, 0, prefix, encoded, 0, prefix))
        {
            throw new IllegalStateException("an ML-KEM-768 public key has an unknown X.509 encoding");
        }
        return Arrays.copyOfRange(encoded, prefix, encoded.length);
    }

    private static PublicKey parsedPublicKey(final byte[] raw) throws GeneralSecurityException
    {
        final byte[] encoded = Arrays.copyOf(X509_PREFIX, X509_PREFIX.length + PUBLIC_KEY_LENGTH);
        System.arraycopy(raw, 0, encoded, X509_PREFIX.length, PUBLIC_KEY_LENGTH);
        try
        {
            return KeyFactory.getInstance(FAMILY).generatePublic(new X509EncodedKeySpec(encoded));
        }
        catch (final NoSuchAlgorithmException ex)
        {
            throw new MlKemMissingException(ex);
        }
    }

    /** {@inheritDoc} Here: 768 coefficients of 12 bits, each under 3329 (FIPS 203, section 7.2, modulus check). */
    @Override
    public boolean isCanonicalPublicKey(final byte[] publicKey)
    {
        return PUBLIC_KEY_LENGTH == publicKey.length && isReduced(publicKey);
    }

    /** Whether the 768 coefficients at the start are reduced; what follows the key, if anything, is not looked at. */
    static boolean isReduced(final byte[] publicKey)
    {
        for (int i = 0; i < COEFFICIENT_BYTES; i += 3)
        {
            final int bits = publicKey[i] & 0xFF | (publicKey[i + 1] & 0xFF) << 8 | (publicKey[i + 2] & 0xFF) << 16;
            if ((bits & 0xFFF) >= MODULUS || bits >>> 12 >= MODULUS)
            {
                return false;
            }
        }
        return true;
    }

    @Override
    public Encapsulation encapsulate(final byte[] publicKey, final SecureRandom random) throws GeneralSecurityException
    {
        if (!isCanonicalPublicKey(publicKey))
        {
            throw new InvalidKeyException("not a canonical ML-KEM-768 public key");
        }
        return encapsulateTo(publicKey, random);
    }

    static Encapsulation encapsulateTo(final byte[] publicKey, final SecureRandom random)
        throws GeneralSecurityException
    {
        final PublicKey key = parsedPublicKey(publicKey);
        final KEM.Encapsulated made = kem(ofPublicKeys()).newEncapsulator(key, random).encapsulate();
        return new Encapsulation(made.encapsulation(), made.key().getEncoded());
    }

    @Override
    public byte[] decapsulate(final KemKeyPair pair, final byte[] ciphertext) throws GeneralSecurityException
    {
        return decapsulateWith(pair.mlKem(), ciphertext);
    }

    static byte[] decapsulateWith(final PrivateKey key, final byte[] ciphertext) throws GeneralSecurityException
    {
        if (CIPHERTEXT_LENGTH != ciphertext.length)
        {
            throw new DecapsulateException("an ML-KEM-768 ciphertext has 1088 bytes, not " + ciphertext.length);
        }
        return kem(ofPairs()).newDecapsulator(key).decapsulate(ciphertext).getEncoded();
    }

    /** The pair of the seed 0, 1, 2, ... 63, by the hash of its public key. */
    private static final class KnownAnswer
    {
        static final boolean IS_MATCHED = isMatched();

        private static boolean isMatched()
        {
            final byte[] seed = new byte[SECRET_LENGTH];
            for (int i = 0; i < seed.length; i++)
            {
                seed[i] = (byte)i;
            }
            final byte[] hash;
            try
            {
                hash = Sha256.hash(rawPublicKey(draw(seed, 0).getPublic()));
            }
            catch (final MlKemMissingException ex)
            {
                return true; // nothing to match: whoever draws next is told so
            }
            return HexFormat.of().formatHex(hash, 0, 16).equals("0b7934c83125c788995e2ba6bd761e33");
        }
    }

    /** A provider's own, where it has one, since for a name alone the JDK loads all providers that there are. */
    private static KEM kem(final Provider keys) throws NoSuchAlgorithmException
    {
        try
        {
            return KEM.getInstance(FAMILY, keys);
        }
        catch (final NoSuchAlgorithmException ex)
        {
            return KEM.getInstance(FAMILY);
        }
    }

    private static Provider ofPublicKeys() throws NoSuchAlgorithmException
    {
        return KeyFactory.getInstance(FAMILY).getProvider();
    }

    private static Provider ofPairs() throws NoSuchAlgorithmException
    {
        return KeyPairGenerator.getInstance(PARAMETER_SET).getProvider();
    }
}
