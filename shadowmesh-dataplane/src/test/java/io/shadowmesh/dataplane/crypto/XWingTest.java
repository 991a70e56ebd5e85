package io.shadowmesh.dataplane.crypto;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class XWingTest
{
    private static final int X25519_OFFSET = 1184;
    private static final BigInteger PRIME = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

    private static KemKeyPair pair;
    private static byte[] publicKey;

    @BeforeAll
    static void makeOnePair()
    {
        pair = XWing.INSTANCE.generate(new CountingRandom(1));
        publicKey = pair.publicKey();
    }

    @Test
    void reproducesThePublishedVectors() throws Exception
    {
        final List<Map<String, byte[]>> vectors = PublicVectors.hexObjects("xwing.json");
        assertEquals(3, vectors.size());
        for (final Map<String, byte[]> vector : vectors)
        {
            final byte[] eseed = vector.get("eseed");
            final KemKeyPair own = XWing.INSTANCE.keyPair(vector.get("expanded"));
            final Kem.Encapsulation made =
                XWing.INSTANCE.encapsulate(own.publicKey(), new FixedRandom(eseed, 0, eseed.length));

            assertArrayEquals(vector.get("pk"), own.publicKey());
            assertArrayEquals(vector.get("expanded"), own.secret());
            assertArrayEquals(vector.get("ct"), made.ciphertext());
            assertArrayEquals(vector.get("ss"), made.sharedSecret());
            assertArrayEquals(vector.get("ss"), XWing.INSTANCE.decapsulate(own, vector.get("ct")));
        }
    }

    @Test
    void acceptsThePublishedPublicKeys() throws IOException
    {
        for (final Map<String, byte[]> vector : PublicVectors.hexObjects("xwing.json"))
        {
            assertTrue(XWing.INSTANCE.isCanonicalPublicKey(vector.get("pk")));
        }
    }

    @Test
    void hasTheLengthsOfTheProtocol()
    {
        assertEquals(1216, XWing.INSTANCE.publicKeyLength());
        assertEquals(1120, XWing.INSTANCE.ciphertextLength());
        assertEquals(96, XWing.INSTANCE.secretLength());
        assertEquals(32, XWing.INSTANCE.sharedSecretLength());
        assertEquals("XWing", XWing.INSTANCE.name());
        assertEquals(1216, publicKey.length);
    }

    @Test
    void bothSidesAgree() throws GeneralSecurityException
    {
        final SecureRandom random = new SecureRandom();
        for (int i = 0; i < 20; i++)
        {
            final KemKeyPair own = XWing.INSTANCE.generate(random);
            assertTrue(XWing.INSTANCE.isCanonicalPublicKey(own.publicKey()));
            final Kem.Encapsulation made = XWing.INSTANCE.encapsulate(own.publicKey(), random);
            assertEquals(1120, made.ciphertext().length);
            assertArrayEquals(made.sharedSecret(), XWing.INSTANCE.decapsulate(own, made.ciphertext()));
        }
    }

    @Test
    void makesTheSamePairOfTheSameSecret()
    {
        assertArrayEquals(publicKey, XWing.INSTANCE.keyPair(pair.secret()).publicKey());
    }

    @Test
    void anotherCiphertextGivesAnotherSecret() throws GeneralSecurityException
    {
        final long seed = 20_261_101L;
        final Random random = new Random(seed);
        final Kem.Encapsulation made = XWing.INSTANCE.encapsulate(publicKey, new CountingRandom(7));
        for (int i = 0; i < 200; i++)
        {
            final int bit = random.nextInt(1120 * 8);
            final byte[] other = made.ciphertext().clone();
            other[bit >> 3] ^= (byte)(1 << (bit & 7));
            assertFalse(
                Arrays.equals(made.sharedSecret(), XWing.INSTANCE.decapsulate(pair, other)),
                "bit " + bit + ", seed " + seed);
        }
    }

    @Test
    void refusesACiphertextOfAnotherLength()
    {
        assertThrows(GeneralSecurityException.class, () -> XWing.INSTANCE.decapsulate(pair, new byte[1119]));
        assertThrows(GeneralSecurityException.class, () -> XWing.INSTANCE.decapsulate(pair, new byte[1121]));
        assertThrows(GeneralSecurityException.class, () -> XWing.INSTANCE.decapsulate(pair, new byte[0]));
    }

    @Test
    void refusesACiphertextWithASmallOrderPoint() throws GeneralSecurityException
    {
        final byte[] ciphertext = XWing.INSTANCE.encapsulate(publicKey, new CountingRandom(7)).ciphertext();
        for (final String point : smallOrderPoints())
        {
            System.arraycopy(HexFormat.of().parseHex(point), 0, ciphertext, 1088, 32);
            assertThrows(GeneralSecurityException.class, () -> XWing.INSTANCE.decapsulate(pair, ciphertext), point);
        }
    }

    @Test
    void refusesPublicKeysOfAnotherLength()
    {
        assertFalse(XWing.INSTANCE.isCanonicalPublicKey(new byte[0]));
        assertFalse(XWing.INSTANCE.isCanonicalPublicKey(Arrays.copyOf(publicKey, 1215)));
        assertFalse(XWing.INSTANCE.isCanonicalPublicKey(Arrays.copyOf(publicKey, 1217)));
    }

    @Test
    void refusesACoefficientOfTheModulusOrMore()
    {
        for (final int coefficient : new int[]{ 0, 1, 2, 383, 766, 767 })
        {
            assertTrue(XWing.INSTANCE.isCanonicalPublicKey(withCoefficient(coefficient, 3328)));
            assertFalse(XWing.INSTANCE.isCanonicalPublicKey(withCoefficient(coefficient, 3329)));
            assertFalse(XWing.INSTANCE.isCanonicalPublicKey(withCoefficient(coefficient, 4095)));
        }
    }

    @Test
    void refusesAnUnreducedX25519Key()
    {
        assertTrue(XWing.INSTANCE.isCanonicalPublicKey(withPoint(PRIME.subtract(BigInteger.TWO))));
        for (int i = 0; i < 19; i++)
        {
            assertFalse(XWing.INSTANCE.isCanonicalPublicKey(withPoint(PRIME.add(BigInteger.valueOf(i)))));
        }
        final byte[] topBit = publicKey.clone();
        topBit[1215] |= (byte)0x80;
        assertFalse(XWing.INSTANCE.isCanonicalPublicKey(topBit));
    }

    @Test
    void refusesASmallOrderX25519Key()
    {
        for (final String point : smallOrderPoints())
        {
            final byte[] key = publicKey.clone();
            System.arraycopy(HexFormat.of().parseHex(point), 0, key, X25519_OFFSET, 32);
            assertFalse(XWing.INSTANCE.isCanonicalPublicKey(key), point);
            assertThrows(
                GeneralSecurityException.class, () -> XWing.INSTANCE.encapsulate(key, new CountingRandom(7)), point);
        }
    }

    @Test
    void refusesASecretOfAnotherLength()
    {
        assertThrows(IllegalArgumentException.class, () -> XWing.INSTANCE.keyPair(new byte[95]));
        assertThrows(IllegalArgumentException.class, () -> XWing.INSTANCE.keyPair(new byte[97]));
    }

    @Test
    void aDestroyedPairDecapsulatesNothing() throws GeneralSecurityException
    {
        final KemKeyPair own = XWing.INSTANCE.generate(new CountingRandom(3));
        final byte[] ciphertext = XWing.INSTANCE.encapsulate(own.publicKey(), new CountingRandom(7)).ciphertext();
        own.destroy();
        own.destroy();
        assertThrows(IllegalStateException.class, own::secret);
        assertThrows(IllegalStateException.class, () -> XWing.INSTANCE.decapsulate(own, ciphertext));
        assertEquals(1216, own.publicKey().length);
    }

    @Test
    void doesNotShowItsSecret()
    {
        assertFalse(pair.toString().contains(HexFormat.of().formatHex(pair.secret()).substring(0, 8)));
        assertNotEquals(0, pair.publicKey().length);
    }

    /** Of RFC 7748 implementations' lists: 0, 1, the two points of order 8, and p-1, little-endian. */
    private static List<String> smallOrderPoints()
    {
        return List.of(
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    }

    private static byte[] withCoefficient(final int index, final int value)
    {
        final byte[] key = publicKey.clone();
        final int offset = index / 2 * 3;
        if (0 == (index & 1))
        {
            key[offset] = (byte)value;
            key[offset + 1] = (byte)(key[offset + 1] & 0xF0 | value >> 8);
        }
        else
        {
            key[offset + 1] = (byte)(key[offset + 1] & 0x0F | value << 4);
            key[offset + 2] = (byte)(value >> 4);
        }
        return key;
    }

    private static byte[] withPoint(final BigInteger u)
    {
        final byte[] key = publicKey.clone();
        for (int i = 0; i < 32; i++)
        {
            key[X25519_OFFSET + i] = u.shiftRight(8 * i).byteValue();
        }
        return key;
    }
}
