package io.shadowmesh.dataplane.crypto;

/**
 * A provider of the two AEADs that frames are sealed with. Every provider makes the same bytes.
 *
 * <p><b>Threading:</b> providers hold no state and may be shared; what they make may not.
 */
public interface Aead
{
    /**
     * The provider's name, as {@link #named} takes it.
     *
     * @return such as {@code libcrypto}.
     */
    String name();

    /**
     * The provider and the library behind it, for people to read.
     *
     * @return such as {@code libipsec-mb 1.3.0 (VAES AVX512)}.
     */
    String description();

    /**
     * Makes a sealer.
     *
     * @param suite of the session.
     * @param key32 32 bytes; copied, and the caller's to erase.
     * @param iv12  12 bytes; copied.
     * @return the sealer, for the caller to close.
     * @throws IllegalArgumentException when a length is wrong.
     */
    AeadSealer sealer(Suite suite, byte[] key32, byte[] iv12);

    /**
     * Makes an opener.
     *
     * @param suite of the session.
     * @param key32 32 bytes; copied, and the caller's to erase.
     * @param iv12  12 bytes; copied.
     * @return the opener, for the caller to close.
     * @throws IllegalArgumentException when a length is wrong.
     */
    AeadOpener opener(Suite suite, byte[] key32, byte[] iv12);

    /**
     * The fastest provider that works on this machine.
     *
     * @return the provider.
     */
    static Aead best()
    {
        return AeadProviders.ofThisMachine().best();
    }

    /**
     * Finds a provider by name.
     *
     * @param name {@code libipsec-mb}, {@code libcrypto}, {@code jdk}, or {@code auto} for the {@link #best()}.
     * @return the provider.
     * @throws IllegalArgumentException when there is none of that name or it does not work on this machine; the message
     *                                  says what to do.
     */
    static Aead named(final String name)
    {
        return AeadProviders.ofThisMachine().named(name);
    }

    /**
     * What would be faster on this machine than a provider.
     *
     * @param used the provider.
     * @return one clause that names the package to install, or null when there is nothing faster.
     */
    static String advice(final Aead used)
    {
        return AeadProviders.ofThisMachine().advice(used);
    }
}
