package io.shadowmesh.dataplane.crypto;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class HkdfTest
{
    @Test
    void sha256HashesTheExampleOfFips180()
    {
        final String expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assertEquals(expected, hex(Sha256.hash(ascii("abc"))));
        assertEquals(expected, hex(Sha256.hash(ascii("a"), ascii(""), ascii("bc"))));
    }

    @Test
    void hmacAuthenticatesTestCase2OfRfc4231()
    {
        final String expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        final byte[] data = ascii("..what do ya want for nothing?..");
        assertEquals(expected, hex(Hmac.sha256(ascii("Jefe"), ascii("what do ya want "), ascii("for nothing?"))));
        assertEquals(expected, hex(Hmac.sha256(ascii("Jefe"), data, 2, data.length - 4)));
    }

    @Test
    void derivesTestCase1OfRfc5869()
    {
        final byte[] key = Hkdf.extract(parse("000102030405060708090a0b0c"), parse("0b".repeat(22)));
        assertEquals("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", hex(key));
        assertEquals(
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
            hex(Hkdf.expand(key, parse("f0f1f2f3f4f5f6f7f8f9"), 42)));
    }

    @Test
    void derivesTestCase3OfRfc5869WithoutSaltAndInfo()
    {
        final byte[] key = Hkdf.extract(new byte[0], parse("0b".repeat(22)));
        assertEquals("19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04", hex(key));
        assertEquals(
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
            hex(Hkdf.expand(key, new byte[0], 42)));
    }

    @Test
    void givesEveryLengthUpToItsLimit()
    {
        final byte[] key = new byte[32];
        final byte[] longest = Hkdf.expand(key, new byte[0], 8160);
        for (int length = 0; length < 200; length++)
        {
            assertArrayEquals(Arrays.copyOf(longest, length), Hkdf.expand(key, new byte[0], length));
        }
        assertThrows(IllegalArgumentException.class, () -> Hkdf.expand(key, new byte[0], 8161));
        assertThrows(IllegalArgumentException.class, () -> Hkdf.expand(key, new byte[0], -1));
    }

    @Test
    void noiseOutputsAreThoseOfExpand()
    {
        final byte[] chainingKey = new byte[32];
        chainingKey[5] = 9;
        final byte[] material = ascii("material");
        final byte[] all = Hkdf.expand(Hkdf.extract(chainingKey, material), new byte[0], 96);
        final byte[][] three = Hkdf.noise(chainingKey, material, 3);
        for (int i = 0; i < 3; i++)
        {
            assertArrayEquals(Arrays.copyOfRange(all, 32 * i, 32 * i + 32), three[i]);
        }
        assertArrayEquals(three[1], Hkdf.noise(chainingKey, material, 2)[1]);
        assertEquals(2, Hkdf.noise(chainingKey, new byte[0], 2).length);
    }

    private static byte[] ascii(final String text)
    {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] parse(final String hex)
    {
        return HexFormat.of().parseHex(hex);
    }

    private static String hex(final byte[] bytes)
    {
        return HexFormat.of().formatHex(bytes);
    }
}
