package io.shadowmesh.ffi;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class LibCryptoTest
{
    /** Test case 14 of the GCM specification: AES-256, one block of zeros under a key and iv of zeros. */
    private static final byte[] SEALED_ZEROS =
        HexFormat.of().parseHex("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");

    @BeforeEach
    void needsTheLibrary()
    {
        assumeTrue(LibCrypto.isAvailable(), LibCrypto.unavailability());
    }

    @Test
    void tellsItsVersion()
    {
        assertTrue(LibCrypto.version().matches("\\w+SSL \\S+.*"), LibCrypto.version());
        assertNull(LibCrypto.unavailability());
    }

    @Test
    void hasBothCiphers()
    {
        assertNotEquals(0L, LibCrypto.aes256Gcm());
        assertNotEquals(0L, LibCrypto.chacha20Poly1305());
    }

    @Test
    void allocatesZeroedMemory()
    {
        final long address = LibCrypto.allocate(64);
        assertNotEquals(0L, address);
        assertEquals(0, address & 7);
        LibCrypto.eraseAndFree(address, 64);
        LibCrypto.eraseAndFree(0, 0);
        LibCrypto.freeContext(0);
    }

    @Test
    void sealsAndOpensAKnownAnswer()
    {
        final long context = LibCrypto.newContext();
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment zeros = arena.allocate(64, 8);
            final MemorySegment out = arena.allocate(64, 8);
            final MemorySegment length = arena.allocate(JAVA_INT);
            assertEquals(
                1, LibCrypto.encryptInit(context, LibCrypto.aes256Gcm(), zeros.address(), zeros.address()));
            assertEquals(
                1, LibCrypto.encryptUpdate(context, out.address(), length.address(), zeros.address(), 16));
            assertEquals(16, length.get(JAVA_INT, 0));
            assertEquals(1, LibCrypto.encryptFinal(context, out.address() + 16, length.address()));
            assertEquals(0, length.get(JAVA_INT, 0));
            assertEquals(1, LibCrypto.control(context, LibCrypto.CTRL_AEAD_GET_TAG, 16, out.address() + 16));
            assertArrayEquals(SEALED_ZEROS, out.asSlice(0, 32).toArray(JAVA_BYTE));

            assertEquals(1, open(context, zeros, out, length));
            assertArrayEquals(new byte[16], out.asSlice(32, 16).toArray(JAVA_BYTE));
            out.set(JAVA_BYTE, 31, (byte)0);
            assertTrue(open(context, zeros, out, length) <= 0);
            LibCrypto.clearErrors();
        }
        finally
        {
            LibCrypto.freeContext(context);
        }
    }

    private static int open(
        final long context, final MemorySegment zeros, final MemorySegment out, final MemorySegment length)
    {
        assertEquals(1, LibCrypto.decryptInit(context, LibCrypto.aes256Gcm(), zeros.address(), zeros.address()));
        assertEquals(1, LibCrypto.control(context, LibCrypto.CTRL_AEAD_SET_TAG, 16, out.address() + 16));
        assertEquals(
            1, LibCrypto.decryptUpdate(context, out.address() + 32, length.address(), out.address(), 16));
        return LibCrypto.decryptFinal(context, out.address() + 48, length.address());
    }

    @Test
    void tellsFailureByItsResult()
    {
        final long context = LibCrypto.newContext();
        try
        {
            assertTrue(LibCrypto.control(context, LibCrypto.CTRL_AEAD_GET_TAG, 16, 0) <= 0);
        }
        finally
        {
            LibCrypto.clearErrors();
            LibCrypto.freeContext(context);
        }
    }
}
