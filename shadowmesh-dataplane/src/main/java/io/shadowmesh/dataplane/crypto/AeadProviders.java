package io.shadowmesh.dataplane.crypto;

import java.util.function.Supplier;

/** The providers that there are, the fastest first, and why some of them cannot be used. */
final class AeadProviders
{
    private final Supplier<String> ipsecMbProblem;
    private final Supplier<String> libCryptoProblem;

    /**
     * Takes who finds out about the libraries; asked only when it matters, since that opens and tests them.
     *
     * @param ipsecMbProblem   why libipsec-mb is not usable, or null.
     * @param libCryptoProblem why libcrypto is not usable, or null.
     */
    AeadProviders(final Supplier<String> ipsecMbProblem, final Supplier<String> libCryptoProblem)
    {
        this.ipsecMbProblem = ipsecMbProblem;
        this.libCryptoProblem = libCryptoProblem;
    }

    /** This machine's. */
    static AeadProviders ofThisMachine()
    {
        return new AeadProviders(
            IpsecMbAead::problem, () -> LibCryptoAead.isUsable() ? null : LibCryptoAead.problem());
    }

    Aead best()
    {
        return null == ipsecMbProblem.get() ? IpsecMbAead.INSTANCE :
            null == libCryptoProblem.get() ? LibCryptoAead.INSTANCE : JdkAead.INSTANCE;
    }

    Aead named(final String name)
    {
        switch (name)
        {
            case "auto":
                return best();

            case IpsecMbAead.NAME:
                if (null != ipsecMbProblem.get())
                {
                    throw new IllegalArgumentException(
                        "AEAD provider libipsec-mb: " + ipsecMbProblem.get() +
                        "; install release 1.x of it (Debian: libipsec-mb1) on x86-64, or choose auto, libcrypto or jdk");
                }
                return IpsecMbAead.INSTANCE;

            case LibCryptoAead.NAME:
                if (null != libCryptoProblem.get())
                {
                    throw new IllegalArgumentException(
                        "AEAD provider libcrypto: " + libCryptoProblem.get() +
                        "; install OpenSSL 1.1.0 or newer, or choose auto or jdk");
                }
                return LibCryptoAead.INSTANCE;

            case JdkAead.NAME:
                return JdkAead.INSTANCE;

            default:
                throw new IllegalArgumentException(
                    "AEAD provider " + name + " is unknown: choose auto, libipsec-mb, libcrypto or jdk");
        }
    }

    /** What would be faster than a provider, and why it is not used, or null: a clause for a log line. */
    String advice(final Aead used)
    {
        final boolean isX86 = System.getProperty("os.arch").equals("amd64");
        if (used == IpsecMbAead.INSTANCE || !isX86)
        {
            return used == JdkAead.INSTANCE && null != libCryptoProblem.get() ?
                "OpenSSL's libcrypto would be faster (" + libCryptoProblem.get() + ")" : null;
        }
        return null == ipsecMbProblem.get() ? "libipsec-mb would be faster" :
            "the package libipsec-mb1 would be faster (" + ipsecMbProblem.get() + ")";
    }
}
