package io.shadowmesh.dataplane.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.zip.CRC32;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

/**
 * Known answers that a provider must give before it is used: published vectors, and texts around the lengths at which
 * implementations change their ways, sealed and opened in place and from place to place, and refused with a wrong tag.
 */
final class AeadSelfTest
{
    /**
     * What sealing a text gives. Key, iv, additional data and text are {@link #pattern patterns}; the sequence is
     * {@link #SEQUENCE} and the text's length.
     *
     * @param suite     of the answer.
     * @param length    of the text in bytes.
     * @param aadLength of the additional data in bytes.
     * @param crc32     of the ciphertext.
     * @param tag       in hexadecimal digits.
     */
    private record Answer(Suite suite, int length, int aadLength, int crc32, String tag)
    {
    }

    private static final Answer[] ANSWERS = {
        new Answer(Suite.AES_256_GCM, 0, 23, 0x00000000, "b6a7eedbf776624beb1d84c542a65048"),
        new Answer(Suite.AES_256_GCM, 1, 23, 0xc16e77db, "a5bc0990aa179bdefbb27cc5fb613ac8"),
        new Answer(Suite.AES_256_GCM, 15, 23, 0x7ea93516, "19d50275645c0d52220e25c62a606893"),
        new Answer(Suite.AES_256_GCM, 16, 23, 0x84a5f575, "65d709077669ca8e92b927f638200b49"),
        new Answer(Suite.AES_256_GCM, 17, 23, 0x78a42839, "e73cce75315029d23248e9a960e00ae9"),
        new Answer(Suite.AES_256_GCM, 64, 0, 0x45d0f0d8, "8c4b87479076873e953c727ffebcfdfb"),
        new Answer(Suite.AES_256_GCM, 1420, 23, 0x78ef3f3e, "a0bd47734328b1c42fc881a7cca62308"),
        new Answer(Suite.AES_256_GCM, 65000, 23, 0x6d2eb4df, "53e5d1ae2782e34a2f6eb8c66e7bb9f2"),
        new Answer(Suite.CHACHA20_POLY1305, 0, 23, 0x00000000, "42886c8dd73bd923bf9f42454b931f4e"),
        new Answer(Suite.CHACHA20_POLY1305, 1, 23, 0x0bd4b551, "675525c09236051cad76c3e7e2241e97"),
        new Answer(Suite.CHACHA20_POLY1305, 15, 23, 0x45050ab8, "012835060306e12ed3d1aaae0d4a11f5"),
        new Answer(Suite.CHACHA20_POLY1305, 16, 23, 0xc175e11e, "108c153ab186a538b419de2af27f4924"),
        new Answer(Suite.CHACHA20_POLY1305, 17, 23, 0x66156876, "294c49fa48217190f76a4e9ebb01a03d"),
        new Answer(Suite.CHACHA20_POLY1305, 64, 0, 0x3ee57442, "c07ee3568d8cad366d9b85e00f60154d"),
        new Answer(Suite.CHACHA20_POLY1305, 1420, 23, 0x70a03a80, "d061a533bf5989ab1f8185460504378a"),
        new Answer(Suite.CHACHA20_POLY1305, 65000, 23, 0x5256bfd9, "a4cc3f211d83160fe3e6c4bf339d7ca3")
    };

    private static final long SEQUENCE = 0x0102030405060700L;
    private static final int LONGEST = 65_000;
    private static final int MARGIN = 64;

    // Test case 16 of "The Galois/Counter Mode of Operation (GCM)", appendix B, and RFC 8439, section 2.8.2.
    private static final String[][] PUBLISHED = {
        {
            "AES_256_GCM",
            "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            "cafebabefacedbaddecaf888",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" +
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" +
            "76fc6ece0f4e1768cddf8853bb2d551b"
        },
        {
            "CHACHA20_POLY1305",
            "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
            "070000004041424344454647",
            "50515253c0c1c2c3c4c5c6c7",
            "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f" +
            "756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e7363" +
            "7265656e20776f756c642062652069742e",
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a" +
            "71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3f" +
            "f4def08e4b7a9de576d26586cec64b6116" +
            "1ae10b594f09e26a7e902ecbd0600691"
        }
    };

    private final Aead aead;
    private final MemorySegment aad;
    private final MemorySegment text;
    private final MemorySegment sealed;
    private final MemorySegment opened;

    private AeadSelfTest(final Aead aead, final Arena arena)
    {
        this.aead = aead;
        aad = arena.allocate(MARGIN, Long.BYTES);
        text = arena.allocate(LONGEST, Long.BYTES);
        sealed = arena.allocate(LONGEST + MARGIN, Long.BYTES);
        opened = arena.allocate(LONGEST + MARGIN, Long.BYTES);
    }

    /**
     * Asks a provider for all answers.
     *
     * @param aead to test.
     * @return what is wrong, in one clause, or null when nothing is.
     */
    static String problem(final Aead aead)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final AeadSelfTest test = new AeadSelfTest(aead, arena);
            for (final String[] vector : PUBLISHED)
            {
                if (!test.gives(vector))
                {
                    return "it gives a wrong answer for the published vector of " + vector[0];
                }
            }
            for (final Answer answer : ANSWERS)
            {
                if (!test.gives(answer))
                {
                    return "it gives a wrong answer for " + answer.length + " bytes of " + answer.suite;
                }
            }
            return null;
        }
        catch (final IllegalStateException ex)
        {
            return "it fails its test: " + ex.getMessage();
        }
    }

    private boolean gives(final String[] vector)
    {
        final Suite suite = Suite.valueOf(vector[0]);
        final byte[] key = hex(vector[1]);
        final byte[] iv = hex(vector[2]);
        final int aadLength = fill(aad, hex(vector[3]));
        final byte[] plaintext = hex(vector[4]);
        final int length = fill(text, plaintext);
        try (AeadSealer sealer = aead.sealer(suite, key, iv); AeadOpener opener = aead.opener(suite, key, iv))
        {
            sealer.seal(0, aad.address(), aadLength, text.address(), length, sealed.address());
            return is(sealed, hex(vector[5])) && refusesWrongTags(opener, aadLength, length) &&
                opens(opener, 0, aadLength, length);
        }
    }

    private boolean gives(final Answer answer)
    {
        final byte[] key = pattern(Suite.KEY_LENGTH, 7, 1);
        final byte[] iv = pattern(Suite.IV_LENGTH, 11, 3);
        final int length = fill(text, pattern(answer.length, 31, 9));
        final int aadLength = fill(aad, pattern(answer.aadLength, 13, 5));
        final long sequence = SEQUENCE + length;
        try (AeadSealer sealer = aead.sealer(answer.suite, key, iv);
            AeadSealer other = aead.sealer(answer.suite, key, iv);
            AeadOpener opener = aead.opener(answer.suite, key, iv))
        {
            sealer.seal(sequence, aad.address(), aadLength, text.address(), length, sealed.address());
            MemorySegment.copy(text, 0, opened, 0, length);
            other.seal(sequence, aad.address(), aadLength, opened.address(), length, opened.address());
            return isSealed(sealed, answer) && isSealed(opened, answer) && opens(opener, sequence, aadLength, length);
        }
    }

    private static boolean isSealed(final MemorySegment made, final Answer answer)
    {
        final CRC32 crc32 = new CRC32();
        crc32.update(made.asSlice(0, answer.length).asByteBuffer());
        return (int)crc32.getValue() == answer.crc32 &&
            is(made.asSlice(answer.length), hex(answer.tag));
    }

    /** Whether what was sealed does not open with any one byte of its tag wrong. */
    private boolean refusesWrongTags(final AeadOpener opener, final int aadLength, final int length)
    {
        for (int i = 0; i < Suite.TAG_LENGTH; i++)
        {
            if (!refusesWrongTag(opener, 0, aadLength, length, i))
            {
                return false;
            }
        }
        return true;
    }

    private boolean refusesWrongTag(
        final AeadOpener opener, final long sequence, final int aadLength, final int length, final int wrong)
    {
        flip(length + wrong);
        final int result = opener.open(
            sequence, aad.address(), aadLength, sealed.address(), length + Suite.TAG_LENGTH, opened.address());
        flip(length + wrong);
        return AeadOpener.REFUSED == result;
    }

    /** Whether what was sealed opens, from place to place and in place, and does not with one byte of its tag wrong. */
    private boolean opens(final AeadOpener opener, final long sequence, final int aadLength, final int length)
    {
        final int sealedLength = length + Suite.TAG_LENGTH;
        return refusesWrongTag(opener, sequence, aadLength, length, length % Suite.TAG_LENGTH) &&
            length == opener.open(
                sequence, aad.address(), aadLength, sealed.address(), sealedLength, opened.address()) &&
            isText(opened, length) &&
            length == opener.open(
                sequence, aad.address(), aadLength, sealed.address(), sealedLength, sealed.address()) &&
            isText(sealed, length);
    }

    private void flip(final int index)
    {
        sealed.set(JAVA_BYTE, index, (byte)(sealed.get(JAVA_BYTE, index) ^ 1 << (index & 7)));
    }

    private boolean isText(final MemorySegment made, final int length)
    {
        return -1 == MemorySegment.mismatch(made, 0, length, text, 0, length);
    }

    private static boolean is(final MemorySegment made, final byte[] expected)
    {
        return -1 == made.asSlice(0, expected.length).mismatch(MemorySegment.ofArray(expected));
    }

    private static int fill(final MemorySegment segment, final byte[] bytes)
    {
        MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, bytes.length);
        return bytes.length;
    }

    private static byte[] pattern(final int length, final int step, final int first)
    {
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)(step * i + first);
        }
        return bytes;
    }

    private static byte[] hex(final String digits)
    {
        return HexFormat.of().parseHex(digits);
    }
}
