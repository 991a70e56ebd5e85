package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetSocketAddress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Two nodes in one process, joined by real sockets: what their agents allocate while they carry sealed packets. System
 * calls allocate nothing, compiled or not, so whatever the compiler does meanwhile, the measurement is 0.
 */
class TunnelAllocationTest
{
    private static final int ADDRESS_A = 0x0A0A0A03;
    private static final int ADDRESS_B = 0x0A0A0A04;
    private static final int WARM_UP = 300_000;
    private static final int MEASURED = 1_000_000;

    /**
     * One must bring exactly 0. Before the JVM compiles a class's first method it makes the strings that the class
     * names, on the thread that asked: some tens of bytes, once for each class.
     */
    private static final int MEASUREMENTS = 5;

    /**
     * After the one that brought 0, and so against what allocates now and then; a measurement takes too long for every
     * build to make them.
     */
    private static final int FURTHER = Integer.getInteger("shadowmesh.test.furtherMeasurements", 0);

    /** What all further ones together may bring, for such strings: less than one object in 50,000 packets. */
    private static final long FURTHER_BYTES = 4096;
    private static final int WINDOW = 24;
    private static final int MAX_IDLE = 20_000_000;

    @Test
    @Timeout(900)
    void theAgentsAllocateNothingForAMillionPacketsEachWay() throws IOException
    {
        try (Wire wireA = new Wire("memA", 1400);
            Wire wireB = new Wire("memB", 1400))
        {
            final Identity identityA = Identity.generate();
            final Identity identityB = Identity.generate();
            try (Tunnel b = Tunnel.builder()
                .identity(identityB)
                .device(wireB.device())
                .bind(new InetSocketAddress("127.0.0.1", 0))
                .suite(Suite.AES_256_GCM)
                .peer(TunnelPeer.builder(identityA.peerId()).allowedIp(IpPrefix.parse("10.10.10.3/32")).build())
                .start();
                Tunnel a = Tunnel.builder()
                    .identity(identityA)
                    .device(wireA.device())
                    .bind(new InetSocketAddress("127.0.0.1", 0))
                    .suite(Suite.AES_256_GCM)
                    .peer(TunnelPeer.builder(identityB.peerId())
                        .allowedIp(IpPrefix.parse("10.10.10.4/32"))
                        .endpoint("127.0.0.1", b.localAddress().getPort())
                        .initiate(true)
                        .build())
                    .start())
            {
                awaitSession(wireA, wireB);
                exchange(wireA, wireB, WARM_UP);
                long heapBytes = -1;
                for (int measurement = 1; heapBytes != 0 && measurement <= MEASUREMENTS; measurement++)
                {
                    heapBytes = measure(a, b, wireA, wireB);
                }
                assertEquals(0, heapBytes, "heap bytes of the agents of both nodes");

                long furtherBytes = 0;
                for (int further = 1; further <= FURTHER; further++)
                {
                    furtherBytes += measure(a, b, wireA, wireB);
                }
                assertTrue(furtherBytes <= FURTHER_BYTES, "heap bytes of " + FURTHER + " further measurements: " +
                    furtherBytes);
            }
        }
    }

    /** What the agents of both nodes allocate meanwhile. */
    private static long measure(final Tunnel a, final Tunnel b, final Wire wireA, final Wire wireB)
    {
        final long before = heapBytes(a) + heapBytes(b);
        final long readBefore = a.status().get(TunnelCounter.TUN_PACKETS_READ);
        exchange(wireA, wireB, MEASURED);
        final long heapBytes = heapBytes(a) + heapBytes(b) - before;
        System.out.println("measurement: " + heapBytes + " bytes");
        assertTrue(a.status().get(TunnelCounter.TUN_PACKETS_READ) - readBefore >= MEASURED);
        return heapBytes;
    }

    private static long heapBytes(final Tunnel tunnel)
    {
        return tunnel.status().get(TunnelCounter.AGENT_HEAP_BYTES);
    }

    /** B cannot begin: it does not know where A is before a first packet has come. */
    private static void awaitSession(final Wire wireA, final Wire wireB)
    {
        assertTrue(wireA.send(ADDRESS_A, ADDRESS_B, 60, 0));
        while (0 == wireB.receive())
        {
            Thread.yield();
        }
    }

    /** Carries packets both ways at once, a window of them at a time, and checks that each arrives, in order. */
    private static void exchange(final Wire wireA, final Wire wireB, final int packets)
    {
        int sentA = 0;
        int sentB = 0;
        int receivedA = 0;
        int receivedB = 0;
        int idle = 0;
        while (receivedA < packets || receivedB < packets)
        {
            if (sentA < packets && sentA - receivedB < WINDOW && wireA.send(ADDRESS_A, ADDRESS_B, 60 + sentA % 1340, sentA))
            {
                sentA++;
            }
            if (sentB < packets && sentB - receivedA < WINDOW && wireB.send(ADDRESS_B, ADDRESS_A, 60 + sentB % 1340, sentB))
            {
                sentB++;
            }
            idle++;
            while (wireB.receive() > 0)
            {
                assertEquals(receivedB++, wireB.number());
                idle = 0;
            }
            while (wireA.receive() > 0)
            {
                assertEquals(receivedA++, wireA.number());
                idle = 0;
            }
            assertTrue(idle < MAX_IDLE, () -> "a packet was lost");
            if (idle > WINDOW)
            {
                Thread.yield();
            }
        }
    }
}
