package io.shadowmesh.dataplane.crypto;

import javax.crypto.KeyAgreement;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.XECPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;

/** X25519 of the JDK on raw 32-byte keys. Source: RFC 7748. */
final class X25519
{
    static final int LENGTH = 32;

    private static final BigInteger PRIME = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

    /** The canonical u-coordinates of small order: 0, 1, p-1 and the two of order 8. */
    private static final BigInteger[] SMALL_ORDER = {
        BigInteger.ZERO,
        BigInteger.ONE,
        PRIME.subtract(BigInteger.ONE),
        new BigInteger("325606250916557431795983626356110631294008115727848805560023387167927233504"),
        new BigInteger("39382357235489614581723060781553021112529911719440698176882885853963445705823") };

    private X25519()
    {
    }

    /** The pair of a 32-byte secret, which a key generator draws as it is. */
    static KeyPair derive(final byte[] source, final int offset)
    {
        final FixedRandom seed = new FixedRandom(source, offset, LENGTH);
        try
        {
            final KeyPairGenerator generator = KeyPairGenerator.getInstance("X25519");
            generator.initialize(NamedParameterSpec.X25519, seed);
            final KeyPair pair = generator.generateKeyPair();
            if (!seed.isUsedUp())
            {
                throw new IllegalStateException(
                    "the X25519 of " + generator.getProvider() + " does not draw a 32-byte secret");
            }
            return pair;
        }
        catch (final GeneralSecurityException ex)
        {
            throw new IllegalStateException("X25519 cannot make a key pair", ex);
        }
        finally
        {
            seed.erase();
        }
    }

    /** The raw public key of a derived pair. */
    static byte[] rawPublicKey(final KeyPair pair)
    {
        final byte[] big = ((XECPublicKey)pair.getPublic()).getU().toByteArray();
        final byte[] raw = new byte[LENGTH];
        for (int i = big.length - 1, j = 0; i >= 0 && j < LENGTH; i--, j++)
        {
            raw[j] = big[i];
        }
        return raw;
    }

    /** The shared secret. Throws where it would be all zero, that is, for a point of small order. */
    static byte[] agree(final PrivateKey own, final byte[] publicKey) throws GeneralSecurityException
    {
        final XECPublicKeySpec spec = new XECPublicKeySpec(NamedParameterSpec.X25519, coordinate(publicKey));
        final KeyAgreement agreement = KeyAgreement.getInstance("X25519");
        agreement.init(own);
        agreement.doPhase(KeyFactory.getInstance("X25519").generatePublic(spec), true);
        final byte[] secret = agreement.generateSecret();
        if (Arrays.equals(secret, new byte[LENGTH]))
        {
            throw new InvalidKeyException("an X25519 point of small order");
        }
        return secret;
    }

    /** Whether the 32 bytes at offset are under 2^255 - 19, top bit clear, and not of small order. */
    static boolean isAcceptable(final byte[] source, final int offset)
    {
        if (source[offset + LENGTH - 1] < 0)
        {
            return false;
        }
        final BigInteger u = coordinate(Arrays.copyOfRange(source, offset, offset + LENGTH));
        if (u.compareTo(PRIME) >= 0)
        {
            return false;
        }
        for (final BigInteger small : SMALL_ORDER)
        {
            if (small.equals(u))
            {
                return false;
            }
        }
        return true;
    }

    private static BigInteger coordinate(final byte[] raw)
    {
        final byte[] big = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++)
        {
            big[i] = raw[LENGTH - 1 - i];
        }
        big[0] &= 0x7F;
        return new BigInteger(1, big);
    }
}
