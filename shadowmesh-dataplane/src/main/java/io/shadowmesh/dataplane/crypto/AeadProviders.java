package io.shadowmesh.dataplane.crypto;

/** The providers that there are, the fastest first. */
final class AeadProviders
{
    private AeadProviders()
    {
    }

    static Aead best()
    {
        return LibCryptoAead.isUsable() ? LibCryptoAead.INSTANCE : JdkAead.INSTANCE;
    }

    static Aead named(final String name)
    {
        switch (name)
        {
            case "auto":
                return best();

            case LibCryptoAead.NAME:
                if (!LibCryptoAead.isUsable())
                {
                    throw new IllegalArgumentException(
                        "AEAD provider libcrypto: " + LibCryptoAead.problem() +
                        "; install OpenSSL 1.1.0 or newer, or choose auto or jdk");
                }
                return LibCryptoAead.INSTANCE;

            case JdkAead.NAME:
                return JdkAead.INSTANCE;

            default:
                throw new IllegalArgumentException(
                    "AEAD provider " + name + " is unknown: choose auto, libcrypto or jdk");
        }
    }
}
