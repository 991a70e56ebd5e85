package io.shadowmesh.dataplane.device;

import io.shadowmesh.ffi.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class EventFdTest
{
    private final Loopback loopback = new Loopback();

    @AfterEach
    void close()
    {
        loopback.close();
    }

    @Test
    void isRaisedUntilItIsDrained() throws DeviceException
    {
        try (EventFd event = EventFd.open())
        {
            final Poller poller = new Poller(loopback.arena, 1);
            final int index = poller.add(event.fileDescriptor(), Poller.READABLE);
            assertFalse(event.drain(loopback.calls));
            assertEquals(0, poller.poll(loopback.calls, 0));
            assertEquals(0, event.signal(loopback.calls));
            assertEquals(0, event.signal(loopback.calls));
            assertEquals(1, poller.poll(loopback.calls, Poller.FOR_EVER));
            assertTrue(poller.isReadable(index));
            assertFalse(poller.isBroken(index));
            assertTrue(event.drain(loopback.calls));
            assertFalse(event.drain(loopback.calls));
            assertEquals(0, poller.poll(loopback.calls, 1));
            assertFalse(poller.isReadable(index));
        }
    }

    @Test
    void wakesAThreadThatWaitsForEver() throws Exception
    {
        try (EventFd event = EventFd.open())
        {
            final CountDownLatch waits = new CountDownLatch(1);
            final CountDownLatch woken = new CountDownLatch(1);
            final Thread waiter = new Thread(
                () ->
                {
                    try (Loopback own = new Loopback())
                    {
                        final Poller poller = new Poller(own.arena, 1);
                        poller.add(event.fileDescriptor(), Poller.READABLE);
                        waits.countDown();
                        if (poller.poll(own.calls, Poller.FOR_EVER) == 1 && event.drain(own.calls))
                        {
                            woken.countDown();
                        }
                    }
                });
            waiter.start();
            assertTrue(waits.await(10, TimeUnit.SECONDS));
            event.signal();
            assertTrue(woken.await(10, TimeUnit.SECONDS));
            waiter.join();
        }
    }

    @Test
    void tellsWhichOfSeveralDescriptorsIsReady() throws DeviceException
    {
        try (EventFd first = EventFd.open(); EventFd second = EventFd.open())
        {
            final Poller poller = new Poller(loopback.arena, 3);
            final int one = poller.add(first.fileDescriptor(), Poller.READABLE);
            final int two = poller.add(second.fileDescriptor(), Poller.READABLE);
            final int write = poller.add(second.fileDescriptor(), 0);
            second.signal(loopback.calls);
            assertEquals(1, poller.poll(loopback.calls, 0));
            assertFalse(poller.isReadable(one));
            assertTrue(poller.isReadable(two));
            poller.events(two, 0);
            assertEquals(0, poller.poll(loopback.calls, 0));
            poller.events(write, Poller.WRITABLE);
            assertEquals(1, poller.poll(loopback.calls, 0));
            assertEquals(Poller.WRITABLE, poller.ready(write));
            assertThrows(IllegalStateException.class, () -> poller.add(0, 0));
        }
    }

    @Test
    void tellsADescriptorThatIsNotOpen() throws DeviceException
    {
        final EventFd event = EventFd.open();
        final Poller poller = new Poller(loopback.arena, 1);
        final int index = poller.add(event.fileDescriptor(), Poller.READABLE);
        event.close();
        assertEquals(1, poller.poll(loopback.calls, Poller.FOR_EVER));
        assertTrue(poller.isBroken(index));
        assertEquals(-Errno.EBADF, event.signal(loopback.calls));
    }
}
