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
        return AeadProviders.best();
    }

    /**
     * Finds a provider by name.
     *
     * @param name {@code libcrypto}, {@code jdk}, or {@code auto} for the {@link #best()}.
     * @return the provider.
     * @throws IllegalArgumentException when there is none of that name or it does not work on this machine; the message
     *                                  says what to do.
     */
    static Aead named(final String name)
    {
        return AeadProviders.named(name);
    }
}
