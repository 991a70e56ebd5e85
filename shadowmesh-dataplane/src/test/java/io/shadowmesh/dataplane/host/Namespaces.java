package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.device.DeviceException;
import org.junit.jupiter.api.Assumptions;

import java.nio.file.Files;
import java.nio.file.Path;

/** Namespaces for tests that need them; a test that may not have one is skipped, and says why. */
public final class Namespaces
{
    private Namespaces()
    {
    }

    /**
     * A namespace of its own for a test.
     *
     * @return the namespace, to be closed by the test.
     */
    public static NetworkNamespace create()
    {
        try
        {
            return NetworkNamespace.create();
        }
        catch (final DeviceException e)
        {
            return skip(e.getMessage());
        }
    }

    /**
     * A namespace for a test that also needs TUN devices.
     *
     * @return the namespace, to be closed by the test.
     */
    public static NetworkNamespace createForTun()
    {
        return Files.exists(Path.of("/dev/net/tun")) ? create() : skip("there is no /dev/net/tun");
    }

    private static NetworkNamespace skip(final String reason)
    {
        if ("true".equals(System.getenv("CI")))
        {
            throw new AssertionError("CI must run this test: " + reason);
        }
        System.out.println("skipped: " + reason);
        return Assumptions.abort(reason);
    }
}
