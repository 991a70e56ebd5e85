package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.ffi.Errno;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class NetworkNamespaceTest
{
    @Test
    void saysWhichPrivilegeIsMissing()
    {
        assertTrue(NetworkNamespace.createFailure(Errno.EPERM).getMessage().contains("run as root"));
    }

    @Test
    void namesAFileThatIsNoNamespace()
    {
        final DeviceException e =
            assertThrows(DeviceException.class, () -> NetworkNamespace.open(Path.of("/nowhere/netns")));
        assertEquals(Errno.ENOENT, e.errno());
        assertTrue(e.getMessage().contains("/nowhere/netns"), e.getMessage());
    }

    @Test
    void refusesAVirtualThread() throws Exception
    {
        final AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread.ofVirtual().start(
            () ->
            {
                try
                {
                    NetworkNamespace.enterNew();
                }
                catch (final DeviceException | IllegalStateException e)
                {
                    thrown.set(e);
                }
            }).join();
        assertInstanceOf(IllegalStateException.class, thrown.get());
    }

    @Test
    void doesNothingMoreOnceItIsClosed() throws Exception
    {
        final NetworkNamespace here = NetworkNamespace.current();
        here.close();
        here.close();
        assertThrows(IllegalStateException.class, () -> here.run(() -> assertTrue(false, "never runs")));
    }
}
