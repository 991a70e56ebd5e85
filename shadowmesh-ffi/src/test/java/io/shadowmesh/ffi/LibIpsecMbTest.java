package io.shadowmesh.ffi;

import io.shadowmesh.ffi.ipsecmb.aes_gcm_enc_dec_t;
import io.shadowmesh.ffi.ipsecmb.aes_gcm_pre_t;
import io.shadowmesh.ffi.ipsecmb.alloc_mb_mgr_t;
import io.shadowmesh.ffi.ipsecmb.chacha_poly_enc_dec_update_t;
import io.shadowmesh.ffi.ipsecmb.chacha_poly_finalize_t;
import io.shadowmesh.ffi.ipsecmb.chacha_poly_init_t;
import io.shadowmesh.ffi.ipsecmb.free_mb_mgr_t;
import io.shadowmesh.ffi.ipsecmb.imb_get_errno_t;
import io.shadowmesh.ffi.ipsecmb.imb_get_version_str_t;
import io.shadowmesh.ffi.ipsecmb.imb_get_version_t;
import io.shadowmesh.ffi.ipsecmb.init_mb_mgr_auto_t;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.stream.Stream;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class LibIpsecMbTest
{
    private static final boolean IS_X86 = System.getProperty("os.arch").equals("amd64");
    private static final boolean IS_CI = "true".equals(System.getenv("CI"));

    @TempDir
    private Path folder;

    @Test
    void isThereOrSaysWhyNot()
    {
        if (LibIpsecMb.isAvailable())
        {
            assertNull(LibIpsecMb.unavailability());
            assertTrue(LibIpsecMb.version().matches("1\\.\\d+\\.\\d+.*"), LibIpsecMb.version());
            assertTrue(LibIpsecMb.implementation().matches("[A-Z0-9 ]+"), LibIpsecMb.implementation());
        }
        else
        {
            assertTrue(!IS_CI || !IS_X86, LibIpsecMb.unavailability());
            assertNotNull(LibIpsecMb.unavailability());
            assertEquals("no libipsec-mb: " + LibIpsecMb.unavailability(),
                assertThrows(IllegalStateException.class, () -> LibIpsecMb.allocate(64)).getMessage());
        }
    }

    static Stream<Arguments> functions()
    {
        return Stream.of(
            Arguments.of(imb_get_version_t.descriptor(), 2),
            Arguments.of(imb_get_version_str_t.descriptor(), 2),
            Arguments.of(imb_get_errno_t.descriptor(), 2),
            Arguments.of(alloc_mb_mgr_t.descriptor(), 2),
            Arguments.of(init_mb_mgr_auto_t.descriptor(), 2),
            Arguments.of(free_mb_mgr_t.descriptor(), 2),
            Arguments.of(aes_gcm_pre_t.descriptor(), 5),
            Arguments.of(aes_gcm_enc_dec_t.descriptor(), 10),
            Arguments.of(chacha_poly_init_t.descriptor(), 5),
            Arguments.of(chacha_poly_enc_dec_update_t.descriptor(), 5),
            Arguments.of(chacha_poly_finalize_t.descriptor(), 5));
    }

    @ParameterizedTest
    @MethodSource("functions")
    void canBeCalledWithWordsByWhatTheBindingsHave(final FunctionDescriptor descriptor, final int words)
    {
        assertTrue(descriptor.argumentLayouts().size() <= words, descriptor::toString);
        descriptor.argumentLayouts().forEach(argument -> assertEquals(Long.BYTES, argument.byteSize()));
        descriptor.returnLayout().ifPresent(result ->
            assertTrue(result instanceof AddressLayout || result instanceof ValueLayout.OfInt, descriptor::toString));
    }

    @Test
    void givesAlignedMemoryThatIsZero()
    {
        assumeTrue(LibIpsecMb.isAvailable(), LibIpsecMb::unavailability);
        final long address = LibIpsecMb.allocate(4096);
        assertEquals(0, address % 64);
        assertEquals(-1, NativeMemory.at(address, 4096).mismatch(MemorySegment.ofArray(new byte[4096])));
        LibIpsecMb.eraseAndFree(address, 4096);
        LibIpsecMb.eraseAndFree(0, 0);
    }

    /** Test case 14 of the GCM specification. */
    @Test
    void sealsOneBlockOfZeros()
    {
        assumeTrue(LibIpsecMb.isAvailable(), LibIpsecMb::unavailability);
        final long key = LibIpsecMb.allocate(LibIpsecMb.GCM_KEY_LENGTH);
        final long context = LibIpsecMb.allocate(LibIpsecMb.CONTEXT_LENGTH);
        try (Arena arena = Arena.ofConfined())
        {
            final long zeros = arena.allocate(32).address();
            final MemorySegment out = arena.allocate(32);
            LibIpsecMb.gcm256Expand(zeros, key);
            LibIpsecMb.gcm256Encrypt(
                key, context, out.address(), zeros, 16, zeros, zeros, 0, out.address() + 16);
            assertEquals("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
                HexFormat.of().formatHex(out.toArray(JAVA_BYTE)));
            LibIpsecMb.gcm256Decrypt(
                key, context, out.address(), out.address(), 16, zeros, zeros, 0, out.address() + 16);
            assertEquals("00".repeat(16) + "d0d1c8a799996bf0265b98b5d48ab919",
                HexFormat.of().formatHex(out.toArray(JAVA_BYTE)));
        }
        finally
        {
            LibIpsecMb.eraseAndFree(key, LibIpsecMb.GCM_KEY_LENGTH);
            LibIpsecMb.eraseAndFree(context, LibIpsecMb.CONTEXT_LENGTH);
        }
    }

    @Test
    void refusesALibraryThatIsNotThereOrIsAnother()
    {
        assumeTrue(IS_X86, "skipped: the library is for x86-64");
        assertRefused("libnowhere.so.1", "libnowhere.so.1 does not load");
        assertRefused("libc.so.6", "libc.so.6 has no imb_get_version");
    }

    @Test
    void refusesAReleaseThatItDoesNotKnow() throws IOException
    {
        final String name = library("""
            unsigned imb_get_version(void) { return 0x20000; }
            const char *imb_get_version_str(void) { return "2.0.0"; }
            """);
        assertRefused(name, name + " is release 2.0.0, and we know 1.x");
    }

    @Test
    void refusesAManagerThatIsLaidOutOtherwise() throws IOException
    {
        final String name = library("""
            static void *manager[1000];
            void aes_gcm_enc_256_sse(void) { }
            void aes_gcm_dec_256_sse(void) { }
            unsigned imb_get_version(void) { return 0x10900; }
            const char *imb_get_version_str(void) { return "1.9.0"; }
            int imb_get_errno(void *m) { return 0; }
            void *alloc_mb_mgr(unsigned long flags) { return manager; }
            void init_mb_mgr_auto(void *m, void *a) { manager[34] = aes_gcm_dec_256_sse; manager[37] = aes_gcm_enc_256_sse; }
            void free_mb_mgr(void *m) { }
            """);
        assertRefused(name, name + " 1.9.0 is laid out in a way that we cannot vouch for");
    }

    @Test
    void refusesALibraryThatReportsAnError() throws IOException
    {
        final String name = library("""
            static void *manager[1000];
            unsigned imb_get_version(void) { return 0x10300; }
            const char *imb_get_version_str(void) { return "1.3.0"; }
            int imb_get_errno(void *m) { return 2051; }
            void *alloc_mb_mgr(unsigned long flags) { return manager; }
            void init_mb_mgr_auto(void *m, void *a) { }
            void free_mb_mgr(void *m) { }
            """);
        assertRefused(name, name + " cannot use this processor or fails its self-test: error 2051");
    }

    private static void assertRefused(final String name, final String reason)
    {
        assertEquals(reason,
            assertThrows(IpsecMbLibrary.Unusable.class, () -> IpsecMbLibrary.open(name)).getMessage());
    }

    /** A library made of some C, by its path. */
    private String library(final String c) throws IOException
    {
        assumeTrue(IS_X86, "skipped: the library is for x86-64");
        final Path source = Files.writeString(folder.resolve("library.c"), c);
        final Path made = folder.resolve("library.so");
        try
        {
            final Process compiler = new ProcessBuilder(
                "cc", "-shared", "-fPIC", "-o", made.toString(), source.toString()).inheritIO().start();
            assertEquals(0, compiler.waitFor());
        }
        catch (final IOException ex)
        {
            assumeTrue(IS_CI, "skipped: there is no cc here");
            throw ex;
        }
        catch (final InterruptedException ex)
        {
            throw new AssertionError(ex);
        }
        return made.toString();
    }
}
