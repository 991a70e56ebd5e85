package io.shadowmesh.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

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

    @Test
    @Timeout(60)
    void probesAgainSoonWhenTheThreadsHaveNotAnsweredInTime() throws InterruptedException
    {
        final String name = folder.resolve("notify") + "";
        try (ServiceManager manager = new ServiceManager(name))
        {
            final ServiceNotice notice = ServiceNotice.of(
                Map.of("NOTIFY_SOCKET", name, "WATCHDOG_USEC", "240000000", "WATCHDOG_PID", "1"), 1);
            final AtomicInteger stalls = new AtomicInteger(2);
            final Thread watchdog = new Thread(() -> notice.tellAlive(patience -> stalls.getAndDecrement() <= 0));
            watchdog.start();
            String message = manager.next();
            while (message == null)
            {
                Thread.onSpinWait();
                message = manager.next();
            }
            assertEquals("WATCHDOG=1", message);
            assertEquals(-1, stalls.get(), "two were missed, and the third was told of");
            watchdog.interrupt();
            watchdog.join();
        }
    }

    @Test
    void tellsSoOftenThatAProbeMayBeMissed()
    {
        final ServiceNotice notice = ServiceNotice.of(
            Map.of("NOTIFY_SOCKET", folder.resolve("notify") + "", "WATCHDOG_USEC", "30000000"), 1);
        assertEquals(7_500_000_000L, notice.pauseNs(true));
        assertEquals(1_000_000_000L, notice.pauseNs(false));
    }
}
