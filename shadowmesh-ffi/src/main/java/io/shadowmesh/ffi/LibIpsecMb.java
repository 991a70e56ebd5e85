package io.shadowmesh.ffi;

import io.shadowmesh.ffi.ipsecmb.IpsecMb;

import java.lang.foreign.MemorySegment;

/**
 * Intel's Multi-Buffer Crypto for IPsec Library, as much of it as an AEAD per packet needs: its direct calls, which work
 * on one text and are done when they return. All addresses are {@code long}, nothing allocates, and none of the calls
 * per packet can block: they are linked as critical.
 *
 * <p><b>Security:</b> the calls return nothing. A build of the library that checks its arguments does <em>nothing</em>
 * where it refuses them, and leaves plaintext where ciphertext should be: the caller must pass no null address and no
 * negative length. Decryption computes the tag; comparing it is the caller's part.
 *
 * <p><b>Threading:</b> the class may be used from any thread; one context belongs to one thread at a time, and an
 * expanded key may be shared.
 * <p><b>Ownership:</b> what {@link #allocate(long)} gives is native and the caller's to free.
 * <p><b>Errors:</b> where {@link #isAvailable()} is false, {@link #allocate(long)} throws
 * {@link IllegalStateException}, so that there is no memory to call the others with.
 *
 * <p>Source: intel-ipsec-mb.h.
 */
public final class LibIpsecMb
{
    /** Bytes that are enough for an expanded key of AES-256-GCM. */
    public static final int GCM_KEY_LENGTH = IpsecMb.GCM_KEY_ROOM();

    /** Bytes that are enough for a context of either cipher. */
    public static final int CONTEXT_LENGTH =
        Math.max(IpsecMb.GCM_CONTEXT_ROOM(), IpsecMb.CHACHA20_POLY1305_CONTEXT_ROOM());

    private LibIpsecMb()
    {
    }

    /**
     * Whether a library was found whose functions are where we look for them.
     *
     * @return true when the other calls may be made.
     */
    public static boolean isAvailable()
    {
        return null != Loaded.LIBRARY;
    }

    /**
     * Why {@link #isAvailable()} is false.
     *
     * @return one clause, or null when it is true.
     */
    public static String unavailability()
    {
        return Loaded.PROBLEM;
    }

    /**
     * The library's own version text.
     *
     * @return such as {@code 1.3.0}.
     */
    public static String version()
    {
        requireAvailable();
        return Loaded.LIBRARY.version();
    }

    /**
     * Which implementation of AES-GCM the library has chosen for this processor.
     *
     * @return such as {@code VAES AVX512}.
     */
    public static String implementation()
    {
        requireAvailable();
        return Loaded.LIBRARY.implementation();
    }

    /**
     * aligned_alloc: memory for keys and contexts, aligned to 64 bytes and zeroed.
     *
     * @param length in bytes, a multiple of 64.
     * @return the address, or 0.
     */
    public static long allocate(final long length)
    {
        requireAvailable();
        final long address = Downcalls.call(
            SystemCallAddresses.AlignedAlloc.FUNCTION, IpsecMb.GCM_KEY_ALIGNMENT(), length);
        if (0 != address)
        {
            NativeMemory.at(address, length).fill((byte)0);
        }
        return address;
    }

    /**
     * Erases memory and gives it back.
     *
     * @param address from {@link #allocate(long)}; 0 is allowed.
     * @param length  in bytes.
     */
    public static void eraseAndFree(final long address, final long length)
    {
        if (0 != address)
        {
            NativeMemory.at(address, length).fill((byte)0);
            Downcalls.call(SystemCallAddresses.Free.FUNCTION, address, 0);
        }
    }

    /**
     * Expands a key of AES-256-GCM.
     *
     * @param key32    address of 32 bytes.
     * @param expanded address of {@link #GCM_KEY_LENGTH} bytes, aligned to 64.
     */
    public static void gcm256Expand(final long key32, final long expanded)
    {
        try
        {
            Downcalls.critical(Functions.GCM_PRE, key32, expanded, 0, 0, 0);
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("aes_gcm_pre_256", t);
        }
    }

    /**
     * AES-256-GCM, sealing.
     *
     * @param key       expanded.
     * @param context   address of {@link #CONTEXT_LENGTH} bytes.
     * @param out       address of the ciphertext; may be {@code in}.
     * @param in        address of the plaintext.
     * @param length    of either in bytes.
     * @param iv12      address of 12 bytes.
     * @param aad       address of the additional data.
     * @param aadLength in bytes.
     * @param tag16     address that the tag goes to.
     */
    public static void gcm256Encrypt(
        final long key, final long context, final long out, final long in, final long length,
        final long iv12, final long aad, final long aadLength, final long tag16)
    {
        try
        {
            gcm(Functions.GCM_ENCRYPT, key, context, out, in, length, iv12, aad, aadLength, tag16, 16);
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("aes_gcm_enc_256", t);
        }
    }

    /**
     * AES-256-GCM, opening without a verdict.
     *
     * @param key       expanded.
     * @param context   address of {@link #CONTEXT_LENGTH} bytes.
     * @param out       address of the plaintext; may be {@code in}.
     * @param in        address of the ciphertext.
     * @param length    of either in bytes.
     * @param iv12      address of 12 bytes.
     * @param aad       address of the additional data.
     * @param aadLength in bytes.
     * @param tag16     address that the tag goes to which the ciphertext should have.
     */
    public static void gcm256Decrypt(
        final long key, final long context, final long out, final long in, final long length,
        final long iv12, final long aad, final long aadLength, final long tag16)
    {
        try
        {
            gcm(Functions.GCM_DECRYPT, key, context, out, in, length, iv12, aad, aadLength, tag16, 16);
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("aes_gcm_dec_256", t);
        }
    }

    /**
     * ChaCha20-Poly1305's begin.
     *
     * @param key32     address of 32 bytes.
     * @param context   address of {@link #CONTEXT_LENGTH} bytes.
     * @param iv12      address of 12 bytes.
     * @param aad       address of the additional data.
     * @param aadLength in bytes.
     */
    public static void chacha20Poly1305Init(
        final long key32, final long context, final long iv12, final long aad, final long aadLength)
    {
        try
        {
            Downcalls.critical(Functions.CHACHA_INIT, key32, context, iv12, aad, aadLength);
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("chacha20_poly1305_init", t);
        }
    }

    /**
     * ChaCha20-Poly1305, sealing.
     *
     * @param key32   address of 32 bytes.
     * @param context that was begun.
     * @param out     address of the ciphertext; may be {@code in}.
     * @param in      address of the plaintext.
     * @param length  of either in bytes.
     */
    public static void chacha20Poly1305Encrypt(
        final long key32, final long context, final long out, final long in, final long length)
    {
        try
        {
            Downcalls.critical(Functions.CHACHA_ENCRYPT, key32, context, out, in, length);
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("chacha20_poly1305_enc_update", t);
        }
    }

    /**
     * ChaCha20-Poly1305, opening without a verdict.
     *
     * @param key32   address of 32 bytes.
     * @param context that was begun.
     * @param out     address of the plaintext; may be {@code in}.
     * @param in      address of the ciphertext.
     * @param length  of either in bytes.
     */
    public static void chacha20Poly1305Decrypt(
        final long key32, final long context, final long out, final long in, final long length)
    {
        try
        {
            Downcalls.critical(Functions.CHACHA_DECRYPT, key32, context, out, in, length);
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("chacha20_poly1305_dec_update", t);
        }
    }

    /**
     * ChaCha20-Poly1305's tag.
     *
     * @param context that was fed.
     * @param tag16   address that the tag goes to.
     */
    public static void chacha20Poly1305Finish(final long context, final long tag16)
    {
        try
        {
            Downcalls.critical(Functions.CHACHA_FINALIZE, context, tag16, 16, 0, 0);
        }
        catch (final Throwable t)
        {
            throw Downcalls.failure("chacha20_poly1305_finalize", t);
        }
    }

    private static void requireAvailable()
    {
        if (!isAvailable())
        {
            throw new IllegalStateException("no libipsec-mb: " + unavailability());
        }
    }

    /** The loaded library, or why there is none. */
    private static final class Loaded
    {
        static final IpsecMbLibrary LIBRARY;
        static final String PROBLEM;

        static
        {
            IpsecMbLibrary library = null;
            String problem = null;
            try
            {
                library = IpsecMbLibrary.open(IpsecMbLibrary.NAME);
            }
            catch (final IpsecMbLibrary.Unusable ex)
            {
                problem = ex.getMessage();
            }
            LIBRARY = library;
            PROBLEM = problem;
        }
    }

    /** Addresses of the calls per packet: constants, which the compiler sees through. */
    private static final class Functions
    {
        static final MemorySegment GCM_PRE = Loaded.LIBRARY.gcmPre();
        static final MemorySegment GCM_ENCRYPT = Loaded.LIBRARY.gcmEncrypt();
        static final MemorySegment GCM_DECRYPT = Loaded.LIBRARY.gcmDecrypt();
        static final MemorySegment CHACHA_INIT = Loaded.LIBRARY.chachaInit();
        static final MemorySegment CHACHA_ENCRYPT = Loaded.LIBRARY.chachaEncrypt();
        static final MemorySegment CHACHA_DECRYPT = Loaded.LIBRARY.chachaDecrypt();
        static final MemorySegment CHACHA_FINALIZE = Loaded.LIBRARY.chachaFinalize();
    }

    private static void gcm(
        final MemorySegment function,
        final long first,
        final long second,
        final long third,
        final long fourth,
        final long fifth,
        final long sixth,
        final long seventh,
        final long eighth,
        final long ninth,
        final long tenth) throws Throwable
    {
        final long ignored = (long)Downcalls.Critical.CALL.invokeExact(
            function, first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth);
    }
}
