package io.shadowmesh.ffi;

import io.shadowmesh.ffi.ipsecmb.IpsecMb;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;

/**
 * A libIPSec_MB that was opened, and the functions that it has chosen for this processor.
 *
 * <p>Those lie in a structure, the manager, whose layout is no promise: releases have moved it. So it is trusted only
 * where each pointer that is read from it is the address of a function that the library also exports under the name it
 * should have. A library that exports none of these names, or has other functions there, is refused. The manager is
 * freed again: the functions do not use it.
 *
 * @param version        as the library words it.
 * @param implementation which of its implementations it has chosen: {@code VAES AVX512}.
 * @param gcmPre         expands an AES-256 key for GCM.
 * @param gcmEncrypt     AES-256-GCM in one call.
 * @param gcmDecrypt     AES-256-GCM in one call.
 * @param chachaInit     ChaCha20-Poly1305's begin.
 * @param chachaEncrypt  ChaCha20-Poly1305's text.
 * @param chachaDecrypt  ChaCha20-Poly1305's text.
 * @param chachaFinalize ChaCha20-Poly1305's tag.
 */
record IpsecMbLibrary(
    String version,
    String implementation,
    MemorySegment gcmPre,
    MemorySegment gcmEncrypt,
    MemorySegment gcmDecrypt,
    MemorySegment chachaInit,
    MemorySegment chachaEncrypt,
    MemorySegment chachaDecrypt,
    MemorySegment chachaFinalize)
{
    /** The library's name; its number changes with what old programs cannot take. */
    static final String NAME = "libIPSec_MB.so.1";

    private static final long LONGEST_VERSION = Long.MAX_VALUE;
    private static final int FIRST_VERSION = 0x1_00_00;
    private static final int NEXT_VERSION = 0x2_00_00;
    private static final long MANAGER_READ = IpsecMb.MANAGER_CHACHA20_POLY1305_FINALIZE() + Long.BYTES;
    private static final List<String> GCM_KINDS =
        List.of("vaes_avx512", "avx512", "vaes_avx2", "avx_gen4", "avx_gen2", "sse");
    private static final List<String> CHACHA_KINDS = List.of("fma_avx512", "avx512", "fma_avx2", "avx2", "avx", "sse");

    /** Why a library is not used, in one clause. */
    static final class Unusable extends Exception
    {
        private static final long serialVersionUID = 1;

        Unusable(final String message)
        {
            super(message);
        }
    }

    /**
     * Opens the library and has it choose.
     *
     * @param name as dlopen(3) takes it.
     * @return the library; it stays for as long as the JVM.
     * @throws Unusable when it is not there, or not as we know it.
     */
    @SuppressWarnings("restricted")
    static IpsecMbLibrary open(final String name) throws Unusable
    {
        if (!System.getProperty("os.arch").equals("amd64"))
        {
            throw new Unusable("the library exists for x86-64 only");
        }
        final SymbolLookup symbols;
        try
        {
            symbols = SymbolLookup.libraryLookup(name, Arena.global());
        }
        catch (final IllegalArgumentException ex)
        {
            throw new Unusable(name + " does not load");
        }

        final int number = (int)Downcalls.call(find(symbols, name, "imb_get_version"), 0, 0);
        final String version = NativeMemory.at(
            Downcalls.call(find(symbols, name, "imb_get_version_str"), 0, 0), LONGEST_VERSION).getString(0);
        if (number < FIRST_VERSION || number >= NEXT_VERSION)
        {
            throw new Unusable(name + " is release " + version + ", and we know 1.x");
        }
        return choose(symbols, name, version);
    }

    private static IpsecMbLibrary choose(final SymbolLookup symbols, final String name, final String version)
        throws Unusable
    {
        final MemorySegment init = find(symbols, name, "init_mb_mgr_auto");
        final MemorySegment free = find(symbols, name, "free_mb_mgr");
        final MemorySegment error = find(symbols, name, "imb_get_errno");
        final long manager = Downcalls.call(find(symbols, name, "alloc_mb_mgr"), 0, 0);
        if (0 == manager)
        {
            throw new Unusable(name + " has no memory for a manager");
        }
        try
        {
            Downcalls.call(init, manager, 0);
            final int errno = (int)Downcalls.call(error, manager, 0);
            if (0 != errno)
            {
                throw new Unusable(name + " cannot use this processor or fails its self-test: error " + errno);
            }
            return read(
                NativeMemory.at(manager, MANAGER_READ).asByteBuffer().order(ByteOrder.nativeOrder()),
                symbols, name, version);
        }
        finally
        {
            Downcalls.call(free, manager, 0);
        }
    }

    private static IpsecMbLibrary read(
        final ByteBuffer manager, final SymbolLookup symbols, final String name, final String version)
        throws Unusable
    {
        final MemorySegment gcmPre = pointer(manager, IpsecMb.MANAGER_GCM256_PRE());
        final MemorySegment gcmEncrypt = pointer(manager, IpsecMb.MANAGER_GCM256_ENC());
        final MemorySegment gcmDecrypt = pointer(manager, IpsecMb.MANAGER_GCM256_DEC());
        final MemorySegment chachaInit = pointer(manager, IpsecMb.MANAGER_CHACHA20_POLY1305_INIT());
        final MemorySegment chachaEncrypt = pointer(manager, IpsecMb.MANAGER_CHACHA20_POLY1305_ENC_UPDATE());
        final MemorySegment chachaDecrypt = pointer(manager, IpsecMb.MANAGER_CHACHA20_POLY1305_DEC_UPDATE());
        final MemorySegment chachaFinalize = pointer(manager, IpsecMb.MANAGER_CHACHA20_POLY1305_FINALIZE());

        final String kind = kind(symbols, "aes_gcm_enc_256_", gcmEncrypt, GCM_KINDS);
        // The init function has no name outside; its neighbour on either side does, or the offsets are not ours.
        final boolean isKnown =
            null != kind &&
            null != kind(symbols, "aes_gcm_dec_256_", gcmDecrypt, List.of(kind)) &&
            null != kind(symbols, "aes_gcm_pre_256_", gcmPre, GCM_KINDS) &&
            0 != chachaInit.address() &&
            null != kind(symbols, "update_enc_chacha20_poly1305_", chachaEncrypt, CHACHA_KINDS) &&
            null != kind(symbols, "update_dec_chacha20_poly1305_", chachaDecrypt, CHACHA_KINDS) &&
            null != kind(symbols, "finalize_chacha20_poly1305_", chachaFinalize, CHACHA_KINDS);
        if (!isKnown)
        {
            throw new Unusable(name + " " + version + " is laid out in a way that we cannot vouch for");
        }
        return new IpsecMbLibrary(
            version, kind.replace('_', ' ').toUpperCase(Locale.ROOT), gcmPre, gcmEncrypt, gcmDecrypt,
            chachaInit, chachaEncrypt, chachaDecrypt, chachaFinalize);
    }

    private static MemorySegment pointer(final ByteBuffer manager, final int offset)
    {
        return MemorySegment.ofAddress(manager.getLong(offset));
    }

    /** Which of the exported functions of a family it is, or null. */
    private static String kind(
        final SymbolLookup symbols, final String family, final MemorySegment function, final List<String> kinds)
    {
        for (final String kind : kinds)
        {
            final boolean is = symbols.find(family + kind)
                .map(symbol -> symbol.address() == function.address()).orElse(false);
            if (is)
            {
                return kind;
            }
        }
        return null;
    }

    private static MemorySegment find(final SymbolLookup symbols, final String name, final String symbol)
        throws Unusable
    {
        return symbols.find(symbol).orElseThrow(() -> new Unusable(name + " has no " + symbol));
    }
}
