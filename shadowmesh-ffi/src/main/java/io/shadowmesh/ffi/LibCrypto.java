package io.shadowmesh.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;

/**
 * OpenSSL's libcrypto, as much of it as an AEAD per packet needs. All addresses are {@code long}, all results are the
 * function's own: 1 for success, 0 or less for failure, 0 for no pointer.
 *
 * <p>The calls are critical downcalls: they do not leave the Java thread state, so a collection
 * waits for them. They are meant for one packet, or one super-packet of up to 64 KiB, at a time.
 *
 * <p><b>Threading:</b> the class may be used from any thread; one cipher context belongs to one thread at a time.
 * <p><b>Ownership:</b> what {@link #newContext()} and {@link #allocate(long)} give is native and the caller's to free.
 * <p><b>Errors:</b> where {@link #isAvailable()} is false, there is no context and no memory to work with: the calls
 * that would give one throw {@link IllegalStateException}.
 *
 * <p>Source: EVP_EncryptInit(3ssl), EVP_aes_256_gcm(3ssl), EVP_chacha20_poly1305(3ssl), OPENSSL_malloc(3ssl).
 */
public final class LibCrypto
{
    /** EVP_CTRL_AEAD_SET_IVLEN: argument is the iv's length. */
    public static final int CTRL_AEAD_SET_IVLEN = 0x9;

    /** EVP_CTRL_AEAD_GET_TAG: argument is the tag's length, pointer where it goes. */
    public static final int CTRL_AEAD_GET_TAG = 0x10;

    /** EVP_CTRL_AEAD_SET_TAG: argument is the tag's length, pointer where it lies. */
    public static final int CTRL_AEAD_SET_TAG = 0x11;

    private static final String[] NAMES = { "libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so" };

    private LibCrypto()
    {
    }

    /**
     * Whether a libcrypto was found that has every function needed here.
     *
     * @return true when the other calls may be made.
     */
    public static boolean isAvailable()
    {
        return null != Library.LOOKUP;
    }

    /**
     * Why {@link #isAvailable()} is false.
     *
     * @return one line, or null when it is true.
     */
    public static String unavailability()
    {
        return Library.PROBLEM;
    }

    /**
     * The library's own version text.
     *
     * @return such as {@code OpenSSL 3.0.15 3 Sep 2024}.
     */
    public static String version()
    {
        requireAvailable();
        try
        {
            return text(call(Functions.OPENSSL_VERSION, 0L));
        }
        catch (final Throwable t)
        {
            throw wrong("OpenSSL_version", t);
        }
    }

    /**
     * EVP_aes_256_gcm.
     *
     * @return the cipher; it is static.
     */
    public static long aes256Gcm()
    {
        requireAvailable();
        try
        {
            return call(Functions.EVP_AES_256_GCM);
        }
        catch (final Throwable t)
        {
            throw wrong("EVP_aes_256_gcm", t);
        }
    }

    /**
     * EVP_chacha20_poly1305.
     *
     * @return the cipher; it is static.
     */
    public static long chacha20Poly1305()
    {
        requireAvailable();
        try
        {
            return call(Functions.EVP_CHACHA20_POLY1305);
        }
        catch (final Throwable t)
        {
            throw wrong("EVP_chacha20_poly1305", t);
        }
    }

    /**
     * EVP_CIPHER_CTX_new.
     *
     * @return a context, or 0.
     */
    public static long newContext()
    {
        requireAvailable();
        try
        {
            return call(Functions.EVP_CIPHER_CTX_NEW);
        }
        catch (final Throwable t)
        {
            throw wrong("EVP_CIPHER_CTX_new", t);
        }
    }

    /**
     * EVP_CIPHER_CTX_free, which also erases the key in it.
     *
     * @param context to free; 0 is allowed.
     */
    public static void freeContext(final long context)
    {
        try
        {
            call(Functions.EVP_CIPHER_CTX_FREE, context);
        }
        catch (final Throwable t)
        {
            throw wrong("EVP_CIPHER_CTX_free", t);
        }
    }

    /**
     * CRYPTO_zalloc: memory from the library's own allocator, zeroed, aligned as malloc(3) does.
     *
     * @param length in bytes.
     * @return the address, or 0.
     */
    public static long allocate(final long length)
    {
        requireAvailable();
        try
        {
            return call(Functions.CRYPTO_ZALLOC, length, 0L, 0);
        }
        catch (final Throwable t)
        {
            throw wrong("CRYPTO_zalloc", t);
        }
    }

    /**
     * CRYPTO_clear_free: erases memory and gives it back.
     *
     * @param address from {@link #allocate(long)}; 0 is allowed.
     * @param length  in bytes.
     */
    public static void eraseAndFree(final long address, final long length)
    {
        try
        {
            call(Functions.CRYPTO_CLEAR_FREE, address, length, 0L, 0);
        }
        catch (final Throwable t)
        {
            throw wrong("CRYPTO_clear_free", t);
        }
    }

    /**
     * EVP_EncryptInit_ex without an engine.
     *
     * @param context to set up.
     * @param cipher  or 0 to keep it.
     * @param key     address, or 0 to keep it.
     * @param iv      address, or 0 to leave it.
     * @return 1 for success.
     */
    public static int encryptInit(final long context, final long cipher, final long key, final long iv)
    {
        try
        {
            return (int)Downcalls.critical(Functions.EVP_ENCRYPT_INIT_EX, context, cipher, 0L, key, iv);
        }
        catch (final Throwable t)
        {
            throw wrong("EVP_EncryptInit_ex", t);
        }
    }

    /**
     * EVP_EncryptUpdate.
     *
     * @param context   that was set up.
     * @param out       address of the ciphertext, or 0 when the input is additional data.
     * @param outLength address of the int that receives the bytes written.
     * @param in        address of the input.
     * @param inLength  of the input in bytes.
     * @return 1 for success.
     */
    public static int encryptUpdate(
        final long context, final long out, final long outLength, final long in, final int inLength)
    {
        try
        {
            return (int)Downcalls.critical(Functions.EVP_ENCRYPT_UPDATE, context, out, outLength, in, inLength);
        }
        catch (final Throwable t)
        {
            throw wrong("EVP_EncryptUpdate", t);
        }
    }

    /**
     * EVP_EncryptFinal_ex.
     *
     * @param context   that was fed.
     * @param out       address where an AEAD writes nothing.
     * @param outLength address of the int that receives 0.
     * @return 1 for success.
     */
    public static int encryptFinal(final long context, final long out, final long outLength)
    {
        try
        {
            return (int)call(Functions.EVP_ENCRYPT_FINAL_EX, context, out, outLength);
        }
        catch (final Throwable t)
        {
            throw wrong("EVP_EncryptFinal_ex", t);
        }
    }

    /**
     * EVP_DecryptInit_ex without an engine.
     *
     * @param context to set up.
     * @param cipher  or 0 to keep it.
     * @param key     address, or 0 to keep it.
     * @param iv      address, or 0 to leave it.
     * @return 1 for success.
     */
    public static int decryptInit(final long context, final long cipher, final long key, final long iv)
    {
        try
        {
            return (int)Downcalls.critical(Functions.EVP_DECRYPT_INIT_EX, context, cipher, 0L, key, iv);
        }
        catch (final Throwable t)
        {
            throw wrong("EVP_DecryptInit_ex", t);
        }
    }

    /**
     * EVP_DecryptUpdate.
     *
     * @param context   that was set up.
     * @param out       address of the plaintext, or 0 when the input is additional data.
     * @param outLength address of the int that receives the bytes written.
     * @param in        address of the input.
     * @param inLength  of the input in bytes.
     * @return 1 for success.
     */
    public static int decryptUpdate(
        final long context, final long out, final long outLength, final long in, final int inLength)
    {
        try
        {
            return (int)Downcalls.critical(Functions.EVP_DECRYPT_UPDATE, context, out, outLength, in, inLength);
        }
        catch (final Throwable t)
        {
            throw wrong("EVP_DecryptUpdate", t);
        }
    }

    /**
     * EVP_DecryptFinal_ex, which gives an AEAD's verdict.
     *
     * @param context   that was fed, and given the tag.
     * @param out       address where an AEAD writes nothing.
     * @param outLength address of the int that receives 0.
     * @return 1 when the tag matches, 0 or less when it does not.
     */
    public static int decryptFinal(final long context, final long out, final long outLength)
    {
        try
        {
            return (int)call(Functions.EVP_DECRYPT_FINAL_EX, context, out, outLength);
        }
        catch (final Throwable t)
        {
            throw wrong("EVP_DecryptFinal_ex", t);
        }
    }

    /**
     * EVP_CIPHER_CTX_ctrl.
     *
     * @param context  to control.
     * @param type     of the control.
     * @param argument of the control.
     * @param pointer  of the control.
     * @return 1 for success.
     */
    public static int control(final long context, final int type, final int argument, final long pointer)
    {
        try
        {
            return (int)call(Functions.EVP_CIPHER_CTX_CTRL, context, type, argument, pointer);
        }
        catch (final Throwable t)
        {
            throw wrong("EVP_CIPHER_CTX_ctrl", t);
        }
    }

    /** ERR_clear_error: empties this thread's error queue, which each failed call adds to. */
    public static void clearErrors()
    {
        try
        {
            call(Functions.ERR_CLEAR_ERROR);
        }
        catch (final Throwable t)
        {
            throw wrong("ERR_clear_error", t);
        }
    }

    private static void requireAvailable()
    {
        if (!isAvailable())
        {
            throw new IllegalStateException("no libcrypto: " + unavailability());
        }
    }

    @SuppressWarnings("restricted")
    private static String text(final long address)
    {
        return MemorySegment.ofAddress(address).reinterpret(256).getString(0, StandardCharsets.UTF_8);
    }

    private static Error wrong(final String function, final Throwable t)
    {
        return t instanceof final Error error ? error : new AssertionError(function + " is linked wrongly", t);
    }

    /** The loaded library, or why there is none. */
    private static final class Library
    {
        static final SymbolLookup LOOKUP;
        static final String PROBLEM;

        static
        {
            SymbolLookup found = null;
            String problem = null;
            for (final String name : NAMES)
            {
                final SymbolLookup candidate = open(name);
                if (null == candidate)
                {
                    continue;
                }
                final String missing = firstMissing(candidate);
                if (null == missing)
                {
                    found = candidate;
                    break;
                }
                problem = name + " has no " + missing;
            }
            LOOKUP = found;
            PROBLEM = null != found ? null :
                null != problem ? problem : "none of " + String.join(", ", NAMES) + " loads";
        }

        /** Global arena: the library stays for as long as the JVM. */
        @SuppressWarnings("restricted")
        private static SymbolLookup open(final String name)
        {
            try
            {
                return SymbolLookup.libraryLookup(name, Arena.global());
            }
            catch (final IllegalArgumentException ex)
            {
                return null;
            }
        }

        private static String firstMissing(final SymbolLookup lookup)
        {
            for (final String symbol : SYMBOLS)
            {
                if (lookup.find(symbol).isEmpty())
                {
                    return symbol;
                }
            }
            return null;
        }
    }

    private static final String[] SYMBOLS = {
        "OpenSSL_version", "EVP_aes_256_gcm", "EVP_chacha20_poly1305", "EVP_CIPHER_CTX_new", "EVP_CIPHER_CTX_free",
        "CRYPTO_zalloc", "CRYPTO_clear_free", "EVP_EncryptInit_ex", "EVP_EncryptUpdate", "EVP_EncryptFinal_ex",
        "EVP_DecryptInit_ex", "EVP_DecryptUpdate", "EVP_DecryptFinal_ex", "EVP_CIPHER_CTX_ctrl", "ERR_clear_error" };

    /** Addresses of the functions. All are brief, and none blocks. */
    private static final class Functions
    {
        static final MemorySegment OPENSSL_VERSION = find("OpenSSL_version");
        static final MemorySegment EVP_AES_256_GCM = find("EVP_aes_256_gcm");
        static final MemorySegment EVP_CHACHA20_POLY1305 = find("EVP_chacha20_poly1305");
        static final MemorySegment EVP_CIPHER_CTX_NEW = find("EVP_CIPHER_CTX_new");
        static final MemorySegment EVP_CIPHER_CTX_FREE = find("EVP_CIPHER_CTX_free");
        static final MemorySegment CRYPTO_ZALLOC = find("CRYPTO_zalloc");
        static final MemorySegment CRYPTO_CLEAR_FREE = find("CRYPTO_clear_free");
        static final MemorySegment EVP_ENCRYPT_INIT_EX = find("EVP_EncryptInit_ex");
        static final MemorySegment EVP_ENCRYPT_UPDATE = find("EVP_EncryptUpdate");
        static final MemorySegment EVP_ENCRYPT_FINAL_EX = find("EVP_EncryptFinal_ex");
        static final MemorySegment EVP_DECRYPT_INIT_EX = find("EVP_DecryptInit_ex");
        static final MemorySegment EVP_DECRYPT_UPDATE = find("EVP_DecryptUpdate");
        static final MemorySegment EVP_DECRYPT_FINAL_EX = find("EVP_DecryptFinal_ex");
        static final MemorySegment EVP_CIPHER_CTX_CTRL = find("EVP_CIPHER_CTX_ctrl");
        static final MemorySegment ERR_CLEAR_ERROR = find("ERR_clear_error");

        private static MemorySegment find(final String symbol)
        {
            return Library.LOOKUP.find(symbol).orElseThrow();
        }
    }

    private static long call(final MemorySegment function) throws Throwable
    {
        return Downcalls.critical(function, 0, 0, 0, 0, 0);
    }

    private static long call(final MemorySegment function, final long first) throws Throwable
    {
        return Downcalls.critical(function, first, 0, 0, 0, 0);
    }

    private static long call(final MemorySegment function, final long first, final long second, final long third)
        throws Throwable
    {
        return Downcalls.critical(function, first, second, third, 0, 0);
    }

    private static long call(
        final MemorySegment function,
        final long first,
        final long second,
        final long third,
        final long fourth) throws Throwable
    {
        return Downcalls.critical(function, first, second, third, fourth, 0);
    }
}
