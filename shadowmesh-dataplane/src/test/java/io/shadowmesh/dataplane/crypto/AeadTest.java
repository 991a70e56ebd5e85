package io.shadowmesh.dataplane.crypto;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class AeadTest
{
    private static final long SEED = 20_261_102L;
    private static final int AAD_LENGTH = 23;
    private static final int ROOM = 70_000;

    private final Arena arena = Arena.ofConfined();
    private final long aad = arena.allocate(64, 8).address();
    private final long text = arena.allocate(ROOM, 8).address();
    private final long sealed = arena.allocate(ROOM, 8).address();
    private final long opened = arena.allocate(ROOM, 8).address();
    private final Random random = new Random(SEED);
    private final byte[] key = bytes(32);
    private final byte[] iv = bytes(12);

    @AfterEach
    void freeMemory()
    {
        arena.close();
    }

    static List<Aead> providers()
    {
        final List<Aead> usable = new ArrayList<>(List.of(JdkAead.INSTANCE));
        if (LibCryptoAead.isUsable())
        {
            usable.add(LibCryptoAead.INSTANCE);
        }
        if (IpsecMbAead.isUsable())
        {
            usable.add(IpsecMbAead.INSTANCE);
        }
        return usable;
    }

    static List<Arguments> providersAndSuites()
    {
        final List<Arguments> all = new ArrayList<>();
        for (final Aead provider : providers())
        {
            for (final Suite suite : Suite.values())
            {
                all.add(Arguments.of(provider, suite));
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("providers")
    void sealsTheExampleOfRfc8439(final Aead aead)
    {
        knownAnswer(
            aead,
            Suite.CHACHA20_POLY1305,
            "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
            "070000004041424344454647",
            "50515253c0c1c2c3c4c5c6c7",
            "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f" +
            "756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e7363" +
            "7265656e20776f756c642062652069742e",
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a" +
            "71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3f" +
            "f4def08e4b7a9de576d26586cec64b6116" +
            "1ae10b594f09e26a7e902ecbd0600691");
    }

    @ParameterizedTest
    @MethodSource("providers")
    void sealsTestCases13To16OfTheGcmSpecification(final Aead aead)
    {
        final String zeroKey = "00".repeat(32);
        final String zeroIv = "00".repeat(12);
        knownAnswer(aead, Suite.AES_256_GCM, zeroKey, zeroIv, "", "", "530f8afbc74536b9a963b4f1c4cb738b");
        knownAnswer(
            aead, Suite.AES_256_GCM, zeroKey, zeroIv, "", "00".repeat(16),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");

        final String key15 = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
        final String iv15 = "cafebabefacedbaddecaf888";
        final String text15 =
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
        final String sealed15 =
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" +
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";
        knownAnswer(
            aead, Suite.AES_256_GCM, key15, iv15, "", text15, sealed15 + "b094dac5d93471bdec1a502270e3cc6c");
        knownAnswer(
            aead, Suite.AES_256_GCM, key15, iv15, "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            text15.substring(0, 120), sealed15.substring(0, 120) + "76fc6ece0f4e1768cddf8853bb2d551b");
    }

    private void knownAnswer(
        final Aead aead, final Suite suite, final String keyHex, final String ivHex, final String aadHex,
        final String textHex, final String sealedHex)
    {
        final byte[] aadBytes = HexFormat.of().parseHex(aadHex);
        final byte[] textBytes = HexFormat.of().parseHex(textHex);
        put(aad, aadBytes);
        put(text, textBytes);
        final byte[] keyBytes = HexFormat.of().parseHex(keyHex);
        final byte[] ivBytes = HexFormat.of().parseHex(ivHex);
        try (AeadSealer sealer = aead.sealer(suite, keyBytes, ivBytes);
            AeadOpener opener = aead.opener(suite, keyBytes, ivBytes))
        {
            sealer.seal(0, aad, aadBytes.length, text, textBytes.length, sealed);
            assertEquals(sealedHex, HexFormat.of().formatHex(get(sealed, textBytes.length + 16)));
            assertEquals(
                textBytes.length, opener.open(0, aad, aadBytes.length, sealed, textBytes.length + 16, opened));
            assertArrayEquals(textBytes, get(opened, textBytes.length));
        }
    }

    @ParameterizedTest
    @MethodSource("providersAndSuites")
    void theSequenceIsXoredIntoTheIv(final Aead aead, final Suite suite)
    {
        put(text, bytes(40));
        for (final long sequence : new long[]{ 0, 1, 255, 256, 0x0102030405060708L, 1L << 28, -1L })
        {
            final byte[] nonce = iv.clone();
            for (int i = 0; i < 8; i++)
            {
                nonce[4 + i] ^= (byte)(sequence >>> 56 - 8 * i);
            }
            try (AeadSealer sealer = aead.sealer(suite, key, iv); AeadOpener opener = aead.opener(suite, key, nonce))
            {
                sealer.seal(sequence, aad, AAD_LENGTH, text, 40, sealed);
                assertEquals(40, opener.open(0, aad, AAD_LENGTH, sealed, 56, opened), "sequence " + sequence);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providersAndSuites")
    void opensWhatItSealedInPlace(final Aead aead, final Suite suite)
    {
        try (AeadSealer sealer = aead.sealer(suite, key, iv); AeadOpener opener = aead.opener(suite, key, iv))
        {
            for (int length = 0; length <= 2000; length += 7)
            {
                final byte[] plaintext = bytes(length);
                put(text, plaintext);
                sealer.seal(length, aad, AAD_LENGTH, text, length, text);
                assertTrue(length < 8 || !Arrays.equals(plaintext, get(text, length)));
                assertEquals(length, opener.open(length, aad, AAD_LENGTH, text, length + 16, text));
                assertArrayEquals(plaintext, get(text, length), "length " + length + ", seed " + SEED);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providersAndSuites")
    void takesASuperPacket(final Aead aead, final Suite suite)
    {
        final byte[] plaintext = bytes(65_535);
        put(text, plaintext);
        try (AeadSealer sealer = aead.sealer(suite, key, iv); AeadOpener opener = aead.opener(suite, key, iv))
        {
            sealer.seal(1, aad, AAD_LENGTH, text, plaintext.length, sealed);
            assertEquals(
                plaintext.length, opener.open(1, aad, AAD_LENGTH, sealed, plaintext.length + 16, opened));
            assertArrayEquals(plaintext, get(opened, plaintext.length));
        }
    }

    @Test
    void continuousIntegrationTestsEveryProvider()
    {
        assumeTrue("true".equals(System.getenv("CI")), "skipped: this is not CI");
        assertTrue(LibCryptoAead.isUsable(), LibCryptoAead::problem);
        if (System.getProperty("os.arch").equals("amd64"))
        {
            assertTrue(IpsecMbAead.isUsable(), IpsecMbAead::problem);
        }
    }

    @Test
    void allProvidersMakeTheSameBytes()
    {
        assumeTrue(providers().size() > 1, "skipped: there is the JDK's provider only");
        for (final Aead one : providers())
        {
            for (final Aead other : providers())
            {
                for (final Suite suite : Suite.values())
                {
                    crossCheck(suite, one, other);
                }
            }
        }
    }

    private void crossCheck(final Suite suite, final Aead one, final Aead other)
    {
        try (AeadSealer sealer = one.sealer(suite, key, iv);
            AeadSealer otherSealer = other.sealer(suite, key, iv);
            AeadOpener opener = other.opener(suite, key, iv))
        {
            for (int length = 0; length <= 2000; length += length < 130 ? 1 : 1 + random.nextInt(15))
            {
                final long sequence = random.nextLong();
                final int aadLength = random.nextInt(40);
                final byte[] plaintext = bytes(length);
                put(aad, bytes(aadLength));
                put(text, plaintext);
                sealer.seal(sequence, aad, aadLength, text, length, sealed);
                otherSealer.seal(sequence, aad, aadLength, text, length, opened);
                final String where = one.name() + " and " + other.name() + ", " + suite + ", length " + length +
                    ", seed " + SEED;
                assertArrayEquals(get(opened, length + 16), get(sealed, length + 16), where);
                if (one != JdkAead.INSTANCE)
                {
                    sealer.seal(sequence, aad, aadLength, text, length, text);
                    assertArrayEquals(get(sealed, length + 16), get(text, length + 16), where + ", in place");
                    assertEquals(length, opener.open(sequence, aad, aadLength, text, length + 16, text), where);
                    assertArrayEquals(plaintext, get(text, length), where);
                }
                assertEquals(length, opener.open(sequence, aad, aadLength, sealed, length + 16, opened), where);
                assertArrayEquals(plaintext, get(opened, length), where);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providersAndSuites")
    void refusesEveryFlippedBit(final Aead aead, final Suite suite)
    {
        final int length = 61;
        final byte[] plaintext = bytes(length);
        put(text, plaintext);
        put(aad, bytes(AAD_LENGTH));
        try (AeadSealer sealer = aead.sealer(suite, key, iv); AeadOpener opener = aead.opener(suite, key, iv))
        {
            sealer.seal(9, aad, AAD_LENGTH, text, length, sealed);
            final UnsafeBuffer aadBuffer = new UnsafeBuffer(aad, AAD_LENGTH);
            final UnsafeBuffer sealedBuffer = new UnsafeBuffer(sealed, length + 16);
            for (final UnsafeBuffer buffer : new UnsafeBuffer[]{ aadBuffer, sealedBuffer })
            {
                for (int bit = 0; bit < 8 * buffer.capacity(); bit++)
                {
                    flip(buffer, bit);
                    assertEquals(
                        AeadOpener.REFUSED, opener.open(9, aad, AAD_LENGTH, sealed, length + 16, opened), "" + bit);
                    flip(buffer, bit);
                }
            }
            assertEquals(length, opener.open(9, aad, AAD_LENGTH, sealed, length + 16, opened));
            assertArrayEquals(plaintext, get(opened, length));
        }
    }

    @ParameterizedTest
    @MethodSource("providersAndSuites")
    void refusesEveryOtherSequenceKeyIvAndLength(final Aead aead, final Suite suite)
    {
        put(text, bytes(100));
        try (AeadSealer sealer = aead.sealer(suite, key, iv); AeadOpener opener = aead.opener(suite, key, iv))
        {
            sealer.seal(5, aad, AAD_LENGTH, text, 100, sealed);
            for (int bit = 0; bit < 64; bit++)
            {
                assertEquals(-1, opener.open(5 ^ 1L << bit, aad, AAD_LENGTH, sealed, 116, opened), "bit " + bit);
            }
            for (int length = -1; length < 116; length++)
            {
                assertEquals(-1, opener.open(5, aad, AAD_LENGTH, sealed, length, opened), "length " + length);
            }
            assertEquals(-1, opener.open(5, aad, AAD_LENGTH, sealed, 117, opened));
            assertEquals(-1, opener.open(5, aad, AAD_LENGTH - 1, sealed, 116, opened));
            assertEquals(-1, opener.open(5, aad, 0, sealed, 116, opened));
            assertEquals(100, opener.open(5, aad, AAD_LENGTH, sealed, 116, opened));
        }

        final byte[] otherKey = key.clone();
        otherKey[31] ^= 1;
        final byte[] otherIv = iv.clone();
        otherIv[0] ^= (byte)0x80;
        try (AeadOpener keyed = aead.opener(suite, otherKey, iv); AeadOpener moved = aead.opener(suite, key, otherIv))
        {
            assertEquals(-1, keyed.open(5, aad, AAD_LENGTH, sealed, 116, opened));
            assertEquals(-1, moved.open(5, aad, AAD_LENGTH, sealed, 116, opened));
        }
    }

    @ParameterizedTest
    @MethodSource("providersAndSuites")
    void theSuitesDoNotOpenEachOther(final Aead aead, final Suite suite)
    {
        final Suite other = Suite.of(3 - suite.id());
        try (AeadSealer sealer = aead.sealer(suite, key, iv); AeadOpener opener = aead.opener(other, key, iv))
        {
            sealer.seal(0, aad, AAD_LENGTH, text, 64, sealed);
            assertEquals(-1, opener.open(0, aad, AAD_LENGTH, sealed, 80, opened));
        }
    }

    @ParameterizedTest
    @MethodSource("providersAndSuites")
    void writesOnlyCiphertextAndTag(final Aead aead, final Suite suite)
    {
        try (AeadSealer sealer = aead.sealer(suite, key, iv); AeadOpener opener = aead.opener(suite, key, iv))
        {
            for (int length = 0; length < 100; length++)
            {
                put(sealed, new byte[200]);
                put(opened, new byte[200]);
                sealer.seal(length, aad, AAD_LENGTH, text, length, sealed + 32);
                assertArrayEquals(new byte[32], get(sealed, 32));
                assertArrayEquals(new byte[32], get(sealed + 32 + length + 16, 32));
                opener.open(length, aad, AAD_LENGTH, sealed + 32, length + 16, opened + 32);
                assertArrayEquals(new byte[32], get(opened, 32));
                assertArrayEquals(new byte[32], get(opened + 32 + length, 32));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providersAndSuites")
    void keepsItsOwnCopyOfTheKey(final Aead aead, final Suite suite)
    {
        final byte[] ownKey = key.clone();
        final byte[] ownIv = iv.clone();
        try (AeadSealer sealer = aead.sealer(suite, ownKey, ownIv); AeadOpener opener = aead.opener(suite, key, iv))
        {
            Arrays.fill(ownKey, (byte)0);
            Arrays.fill(ownIv, (byte)0);
            sealer.seal(3, aad, AAD_LENGTH, text, 64, sealed);
            assertEquals(64, opener.open(3, aad, AAD_LENGTH, sealed, 80, opened));
        }
    }

    @ParameterizedTest
    @MethodSource("providersAndSuites")
    void mayBeClosedTwiceAndDoesNothingAfterwards(final Aead aead, final Suite suite)
    {
        final AeadSealer sealer = aead.sealer(suite, key, iv);
        final AeadOpener opener = aead.opener(suite, key, iv);
        sealer.close();
        sealer.close();
        opener.close();
        opener.close();
        assertThrows(IllegalStateException.class, () -> sealer.seal(0, aad, AAD_LENGTH, text, 64, sealed));
        assertThrows(IllegalStateException.class, () -> opener.open(0, aad, AAD_LENGTH, sealed, 80, opened));
    }

    @ParameterizedTest
    @MethodSource("providersAndSuites")
    void refusesKeysOfAnotherLength(final Aead aead, final Suite suite)
    {
        assertThrows(IllegalArgumentException.class, () -> aead.sealer(suite, new byte[16], iv));
        assertThrows(IllegalArgumentException.class, () -> aead.opener(suite, new byte[33], iv));
        assertThrows(IllegalArgumentException.class, () -> aead.sealer(suite, key, new byte[8]));
        assertThrows(IllegalArgumentException.class, () -> aead.opener(suite, key, new byte[13]));
    }

    @Test
    void theJdkNeverSealsTwiceUnderOneSequence()
    {
        for (final Suite suite : Suite.values())
        {
            try (AeadSealer sealer = JdkAead.INSTANCE.sealer(suite, key, iv))
            {
                sealer.seal(7, aad, AAD_LENGTH, text, 64, sealed);
                assertThrows(IllegalStateException.class, () -> sealer.seal(7, aad, AAD_LENGTH, text, 64, sealed));
            }
        }
    }

    @Test
    void providersAreFoundByName()
    {
        assertSame(JdkAead.INSTANCE, Aead.named("jdk"));
        assertSame(Aead.best(), Aead.named("auto"));
        assertSame(providers().getLast(), Aead.best());
        assertEquals(
            "AEAD provider rot13 is unknown: choose auto, libipsec-mb, libcrypto or jdk",
            assertThrows(IllegalArgumentException.class, () -> Aead.named("rot13")).getMessage());
        for (final Aead usable : providers())
        {
            assertSame(usable, Aead.named(usable.name()));
            assertTrue(usable.description().startsWith(usable.name() + " "), usable.description());
        }
    }

    @Test
    void suitesAreFoundByNumber()
    {
        assertSame(Suite.AES_256_GCM, Suite.of(1));
        assertSame(Suite.CHACHA20_POLY1305, Suite.of(2));
        for (final int id : new int[]{ 0, 3, -1, 255, 257 })
        {
            assertSame(null, Suite.of(id));
        }
        assertFalse(Suite.AES_256_GCM.id() == Suite.CHACHA20_POLY1305.id());
    }

    private byte[] bytes(final int length)
    {
        final byte[] made = new byte[length];
        random.nextBytes(made);
        return made;
    }

    private static void flip(final UnsafeBuffer buffer, final int bit)
    {
        buffer.putByte(bit >> 3, (byte)(buffer.getByte(bit >> 3) ^ 1 << (bit & 7)));
    }

    private static void put(final long address, final byte[] source)
    {
        new UnsafeBuffer(address, source.length).putBytes(0, source);
    }

    private static byte[] get(final long address, final int length)
    {
        final byte[] copy = new byte[length];
        new UnsafeBuffer(address, length).getBytes(0, copy);
        return copy;
    }
}
