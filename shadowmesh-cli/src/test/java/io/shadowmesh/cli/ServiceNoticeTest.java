package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class ServiceNoticeTest
{
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tellsTheManagerByPathAndByAbstractName(final boolean isAbstract)
    {
        final String name = isAbstract ? "@shadowmesh-test-" + ProcessHandle.current().pid() : folder.resolve("notify") + "";
        try (ServiceManager manager = new ServiceManager(name))
        {
            final ServiceNotice notice = ServiceNotice.of(Map.of("NOTIFY_SOCKET", name), 1);
            notice.ready("sm0");
            assertEquals("READY=1\nSTATUS=sm0", manager.next());
            notice.reloading();
            final String reloading = manager.next();
            assertTrue(reloading.matches("RELOADING=1\nMONOTONIC_USEC=\\d+"), reloading);
            notice.ready();
            assertEquals("READY=1", manager.next());
            notice.stopping();
            assertEquals("STOPPING=1", manager.next());
            assertNull(manager.next());
        }
    }

    @Test
    void saysNothingWithoutAManagerOrWithOneThatCannotBe()
    {
        ServiceNotice.of(Map.of(), 1).ready();
        ServiceNotice.of(Map.of("NOTIFY_SOCKET", "relative"), 1).ready();
        ServiceNotice.of(Map.of("NOTIFY_SOCKET", "/" + "x".repeat(200)), 1).ready();
        ServiceNotice.of(Map.of("NOTIFY_SOCKET", folder.resolve("nobody") + ""), 1).ready();
        ServiceNotice.of(Map.of("NOTIFY_SOCKET", folder.resolve("nobody") + "", "WATCHDOG_USEC", "soon"), 1).ready();
    }
}
