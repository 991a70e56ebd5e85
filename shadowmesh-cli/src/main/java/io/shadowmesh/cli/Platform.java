package io.shadowmesh.cli;

import io.shadowmesh.dataplane.crypto.MlKem768;
import io.shadowmesh.dataplane.crypto.MlKemMissingException;

/** What the JDK must have. */
final class Platform
{
    private Platform()
    {
    }

    /** Ends the command where no provider has ML-KEM, which the JDK's own has from 24 on. */
    static void requireMlKem()
    {
        try
        {
            MlKem768.requireAvailable();
        }
        catch (final MlKemMissingException e)
        {
            throw CommandException.failure("this JDK (" + System.getProperty("java.version") + ") has no ML-KEM: " +
                "run on JDK 24 or newer (set JAVA_HOME), or add a security provider with ML-KEM", e);
        }
    }
}
