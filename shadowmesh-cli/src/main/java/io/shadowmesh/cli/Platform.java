package io.shadowmesh.cli;

import javax.crypto.KEM;
import java.security.NoSuchAlgorithmException;

/** What the JDK must have. */
final class Platform
{
    private Platform()
    {
    }

    /** Ends the command where no provider has ML-KEM, which the JDK's own has from 24 on. */
    static void requireMlKem()
    {
        requireKem("ML-KEM");
    }

    static void requireKem(final String algorithm)
    {
        try
        {
            KEM.getInstance(algorithm);
        }
        catch (final NoSuchAlgorithmException e)
        {
            throw CommandException.failure("this JDK (" + System.getProperty("java.version") + ") has no " +
                algorithm + ": run on JDK 24 or newer (set JAVA_HOME), or add a security provider with " + algorithm,
                e);
        }
    }
}
