package io.shadowmesh.dataplane.crypto;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Which provider is taken when one is missing or gives wrong answers. */
class AeadProvidersTest
{
    @Test
    void fallsBackInTheOrderOfSpeed()
    {
        assertSame(IpsecMbAead.INSTANCE, new AeadProviders(() -> null, () -> null).best());
        assertSame(LibCryptoAead.INSTANCE, new AeadProviders(() -> "it is missing", () -> null).best());
        assertSame(JdkAead.INSTANCE, new AeadProviders(() -> "it is missing", () -> "it too").best());
    }

    @Test
    void aProviderThatIsAskedForIsNotReplacedByAnother()
    {
        final AeadProviders providers = new AeadProviders(() -> "it is missing", () -> "it too");
        assertEquals(
            "AEAD provider libipsec-mb: it is missing; install release 1.x of it (Debian: libipsec-mb1) on x86-64, or " +
            "choose auto, libcrypto or jdk",
            assertThrows(IllegalArgumentException.class, () -> providers.named("libipsec-mb")).getMessage());
        assertEquals(
            "AEAD provider libcrypto: it too; install OpenSSL 1.1.0 or newer, or choose auto or jdk",
            assertThrows(IllegalArgumentException.class, () -> providers.named("libcrypto")).getMessage());
        assertSame(JdkAead.INSTANCE, providers.named("jdk"));
    }

    @Test
    void advisesTheFasterProviderOnly()
    {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "skipped: this is not x86-64");
        final AeadProviders complete = new AeadProviders(() -> null, () -> null);
        assertNull(complete.advice(IpsecMbAead.INSTANCE));
        assertEquals("libipsec-mb would be faster", complete.advice(LibCryptoAead.INSTANCE));
        assertEquals("the package libipsec-mb1 would be faster (it is missing)",
            new AeadProviders(() -> "it is missing", () -> null).advice(LibCryptoAead.INSTANCE));
    }

    @ParameterizedTest
    @MethodSource("io.shadowmesh.dataplane.crypto.AeadTest#providers")
    void theSelfTestPassesWhatWorks(final Aead aead)
    {
        assertNull(AeadSelfTest.problem(aead));
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void theSelfTestFindsAFault(final Fault fault)
    {
        final String problem = AeadSelfTest.problem(new Faulty(fault));
        assertNotNull(problem);
        assertTrue(problem.startsWith("it "), problem);
    }

    @Test
    void ipsecMbErasesWhatItRefuses()
    {
        assumeTrue(IpsecMbAead.isUsable(), IpsecMbAead::problem);
        for (final Suite suite : Suite.values())
        {
            try (Arena arena = Arena.ofConfined();
                AeadOpener opener = IpsecMbAead.INSTANCE.opener(suite, new byte[32], new byte[12]))
            {
                final MemorySegment text = arena.allocate(100).fill((byte)7);
                assertEquals(AeadOpener.REFUSED,
                    opener.open(1, text.address(), 0, text.address(), 100, text.address()));
                assertEquals(-1, text.asSlice(0, 84).mismatch(arena.allocate(84)));
                assertEquals(7, text.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 84));
            }
        }
    }

    @Test
    void ipsecMbNeverPassesOnWhatTheLibraryWouldSilentlyRefuse()
    {
        assumeTrue(IpsecMbAead.isUsable(), IpsecMbAead::problem);
        for (final Suite suite : Suite.values())
        {
            try (Arena arena = Arena.ofConfined();
                AeadSealer sealer = IpsecMbAead.INSTANCE.sealer(suite, new byte[32], new byte[12]))
            {
                final long text = arena.allocate(100).address();
                assertThrows(IllegalStateException.class, () -> sealer.seal(1, text, -1, text, 16, text));
                assertThrows(IllegalStateException.class, () -> sealer.seal(1, text, 23, text, -1, text));
                assertThrows(IllegalStateException.class, () -> sealer.seal(1, 0, 23, text, 16, text));
                assertThrows(IllegalStateException.class, () -> sealer.seal(1, text, 23, 0, 16, text));
                assertThrows(IllegalStateException.class, () -> sealer.seal(1, text, 23, text, 16, 0));
            }
        }
    }

    private enum Fault
    {
        CIPHERTEXT_IN_PLACE, LAST_BYTE_OF_A_LONG_TEXT, TAG, NEVER_REFUSES, OPENS_WRONGLY, SEALS_NOTHING, THROWS
    }

    /** The JDK's provider with one fault. */
    private record Faulty(Fault fault) implements Aead
    {
        @Override
        public String name()
        {
            return "faulty";
        }

        @Override
        public String description()
        {
            return "faulty: " + fault;
        }

        @Override
        public AeadSealer sealer(final Suite suite, final byte[] key32, final byte[] iv12)
        {
            final AeadSealer right = JdkAead.INSTANCE.sealer(suite, key32, iv12);
            return new AeadSealer()
            {
                @Override
                public void seal(
                    final long sequence, final long aad, final int aadLength,
                    final long text, final int textLength, final long out)
                {
                    if (Fault.THROWS == fault)
                    {
                        throw new IllegalStateException("the cipher is broken");
                    }
                    if (Fault.SEALS_NOTHING == fault)
                    {
                        return;
                    }
                    right.seal(sequence, aad, aadLength, text, textLength, out);
                    final boolean spoilsText = Fault.CIPHERTEXT_IN_PLACE == fault && text == out ||
                        Fault.LAST_BYTE_OF_A_LONG_TEXT == fault && textLength > 60_000;
                    spoil(spoilsText && textLength > 0, out + textLength - 1);
                    spoil(Fault.TAG == fault, out + textLength + 15);
                }

                @Override
                public void close()
                {
                    right.close();
                }
            };
        }

        @Override
        public AeadOpener opener(final Suite suite, final byte[] key32, final byte[] iv12)
        {
            final AeadOpener right = JdkAead.INSTANCE.opener(suite, key32, iv12);
            return new AeadOpener()
            {
                @Override
                public int open(
                    final long sequence, final long aad, final int aadLength,
                    final long sealed, final int sealedLength, final long out)
                {
                    final int length = right.open(sequence, aad, aadLength, sealed, sealedLength, out);
                    spoil(Fault.OPENS_WRONGLY == fault && length > 0, out);
                    return Fault.NEVER_REFUSES == fault ? sealedLength - Suite.TAG_LENGTH : length;
                }

                @Override
                public void close()
                {
                    right.close();
                }
            };
        }

        private static void spoil(final boolean isDone, final long address)
        {
            if (isDone)
            {
                final UnsafeBuffer buffer = new UnsafeBuffer(address, 1);
                buffer.putByte(0, (byte)(buffer.getByte(0) ^ 1));
            }
        }
    }
}
