package io.shadowmesh.dataplane.device;

import com.sun.management.ThreadMXBean;
import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.ffi.SystemCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Asks for paths over loopback, which every machine has. */
class PathMtuProbeTest
{
    private static final Endpoint HERE = Endpoint.ofIpv4(0x7F000001, 9443);
    private static final ThreadMXBean THREADS = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private static final int WARM_UP = 20_000;
    private static final int ROUNDS = 3;

    private final Arena arena = Arena.ofConfined();
    private final SystemCalls calls = new SystemCalls(arena);

    @AfterEach
    void free()
    {
        arena.close();
    }

    private PathMtuProbe probe(final String local)
    {
        return new PathMtuProbe(arena, new InetSocketAddress(local, 0));
    }

    private static int loopbackMtu() throws Exception
    {
        return Integer.parseInt(Files.readString(Path.of("/sys/class/net/lo/mtu")).trim());
    }

    @Test
    void tellsTheMtuOfALocalPathFromAnyOrOneAddress() throws Exception
    {
        for (final String local : new String[]{"127.0.0.1", "0.0.0.0", "::"})
        {
            final int mtu = probe(local).pathMtu(calls, HERE);
            assertTrue(mtu == loopbackMtu() || mtu == 65_535, local + ": " + mtu);
        }
    }

    @Test
    void returnsTheErrorWhereThereIsNoPath()
    {
        final Endpoint nowhere = Endpoint.ofIpv4(0xFFFF_FFFF, 9443);
        final int result = probe("0.0.0.0").pathMtu(calls, nowhere);
        assertTrue(result < 0, "broadcast is not allowed: " + result);
        assertTrue(probe("192.0.2.77").pathMtu(calls, HERE) < 0, "not one of this machine's addresses");
    }

    @Test
    void leavesNoDescriptorBehind() throws Exception
    {
        final PathMtuProbe probe = probe("127.0.0.1");
        probe.pathMtu(calls, HERE);
        final long before = descriptors();
        for (int i = 0; i < 100; i++)
        {
            probe.pathMtu(calls, HERE);
            probe("192.0.2.77").pathMtu(calls, HERE);
        }
        assertTrue(descriptors() <= before + 10, before + " became " + descriptors());
    }

    private static long descriptors() throws Exception
    {
        try (var files = Files.list(Path.of("/proc/self/fd")))
        {
            return files.count();
        }
    }

    @Test
    void asksWithoutAllocation()
    {
        final PathMtuProbe probe = probe("127.0.0.1");
        THREADS.getCurrentThreadAllocatedBytes();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++)
        {
            for (int i = 0; i < WARM_UP; i++)
            {
                probe.pathMtu(calls, HERE);
            }
            final long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1_000; i++)
            {
                probe.pathMtu(calls, HERE);
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least);
    }
}
