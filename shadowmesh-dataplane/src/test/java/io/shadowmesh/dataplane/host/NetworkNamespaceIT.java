package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.device.NetworkLink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class NetworkNamespaceIT
{
    private NetworkNamespace namespace;

    @BeforeEach
    void create()
    {
        namespace = Namespaces.create();
    }

    @AfterEach
    void close()
    {
        if (namespace != null)
        {
            namespace.close();
        }
    }

    private static String identity() throws IOException
    {
        return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
    }

    @Test
    void runsWorkInsideAndLeavesTheCallerOutside() throws Exception
    {
        final String outside = identity();
        final String inside = namespace.call(NetworkNamespaceIT::identity);
        assertNotEquals(outside, inside);
        assertEquals(outside, identity());
        assertEquals(inside, namespace.call(NetworkNamespaceIT::identity));
        assertFalse(namespace.call(() -> linkUp("lo")), "a new namespace has a loopback interface that is down");
    }

    private static boolean linkUp(final String name) throws IOException
    {
        try (NetworkLink link = NetworkLink.open(name))
        {
            return link.isUp();
        }
    }

    @Test
    void threadsAndProcessesThatTheWorkStartsAreInside() throws Exception
    {
        final String inside = namespace.call(NetworkNamespaceIT::identity);
        final AtomicReference<String> seen = new AtomicReference<>();
        final Thread child = namespace.call(
            () ->
            {
                final Thread thread = new Thread(
                    () ->
                    {
                        try
                        {
                            seen.set(identity());
                        }
                        catch (final IOException e)
                        {
                            seen.set(e.toString());
                        }
                    });
                thread.start();
                return thread;
            });
        child.join();
        assertEquals(inside, seen.get());

        final Process process = namespace.start(new ProcessBuilder("readlink", "/proc/self/ns/net"));
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim();
        assertEquals(0, process.waitFor());
        assertEquals(inside, output);
    }

    @Test
    void passesOnWhatTheWorkThrows()
    {
        assertThrows(IOException.class, () -> namespace.run(
            () ->
            {
                throw new IOException("on purpose");
            }));
        assertThrows(AssertionError.class, () -> namespace.run(
            () ->
            {
                throw new AssertionError("on purpose");
            }));
    }

    @Test
    void workMayAskForMoreWork() throws Exception
    {
        final String inside = namespace.call(() -> namespace.call(NetworkNamespaceIT::identity));
        assertEquals(namespace.call(NetworkNamespaceIT::identity), inside);
    }

    @Test
    void anotherThreadEntersByTheDescriptor() throws Exception
    {
        final AtomicReference<String> seen = new AtomicReference<>();
        final Thread visitor = new Thread(
            () ->
            {
                try
                {
                    namespace.enter();
                    seen.set(identity());
                }
                catch (final IOException e)
                {
                    seen.set(e.toString());
                }
            });
        visitor.start();
        visitor.join();
        assertEquals(namespace.call(NetworkNamespaceIT::identity), seen.get());
    }

    @Test
    void opensTheNamespaceOfAnotherThreadByItsFile() throws Exception
    {
        final String inside = namespace.call(NetworkNamespaceIT::identity);
        try (NetworkNamespace same = namespace.call(NetworkNamespace::current))
        {
            assertEquals(inside, same.call(NetworkNamespaceIT::identity));
        }
    }
}
