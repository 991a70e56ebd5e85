package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.SuperPackets;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.status.TimeDistribution;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetSocketAddress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Two nodes in one process: what their agents allocate while they cut, seal, open and join super-packets. The warm-up
 * ends once some rounds in a row have allocated nothing; then one measurement counts. All that is timed was timed meanwhile.
 */
class SuperPacketAllocationTest
{
    private static final int MTU = 1400;
    private static final int HEADERS = 40;
    private static final int PAYLOAD = 65_535 - HEADERS;
    private static final int SEGMENT = MTU - HEADERS;
    private static final int SEGMENTS = (PAYLOAD + SEGMENT - 1) / SEGMENT;
    private static final int VIRTIO_HEADER = 10;
    private static final int ROUND = 1_000;
    private static final int QUIET_ROUNDS = 8;
    private static final int LONGEST_WARM_UP = 100;
    private static final int MEASURED = 200_000 / SEGMENTS + 1;

    /** At least one in 1 ms, of much that takes seconds. */
    private static final int LEAST_SAMPLES = 100;

    /** More would not fit the local socket that is the device, and be lost there. */
    private static final int WINDOW = 2;
    private static final long PATIENCE_NS = 30_000_000_000L;

    private final byte[] forth = SuperPackets.of(false, SuperPackets.TCP, PAYLOAD, SEGMENT, 1);
    private final byte[] back = SuperPackets.back(SuperPackets.of(false, SuperPackets.TCP, PAYLOAD, SEGMENT, 2));

    @Test
    @Timeout(300)
    void theAgentsAllocateNothingForSuperPacketsOfTwoHundredThousandSegmentsEachWay() throws IOException
    {
        final Identity identityA = Identity.generate();
        final Identity identityB = Identity.generate();
        try (Wire wireA = new Wire("memA", MTU, TunOffloads.TCP_AND_UDP);
            Wire wireB = new Wire("memB", MTU, TunOffloads.TCP_AND_UDP);
            Tunnel b = builder(identityB, wireB)
                .peer(TunnelPeer.builder(identityA.peerId()).allowedIp(IpPrefix.parse("10.10.10.3/32")).build())
                .start();
            Tunnel a = builder(identityA, wireA)
                .peer(TunnelPeer.builder(identityB.peerId())
                    .allowedIp(IpPrefix.parse("10.10.10.4/32"))
                    .endpoint("127.0.0.1", b.localAddress().getPort())
                    .initiate(true)
                    .build())
                .start())
        {
            // B cannot begin: it does not know where A is before a first packet has come.
            exchange(wireA, wireB, 1, 0);
            int quiet = 0;
            for (int round = 0; quiet < QUIET_ROUNDS && round < LONGEST_WARM_UP; round++)
            {
                final long heapBefore = heapBytes(a) + heapBytes(b);
                exchange(wireA, wireB, ROUND, ROUND);
                quiet = heapBytes(a) + heapBytes(b) == heapBefore ? quiet + 1 : 0;
            }
            final long before = heapBytes(a) + heapBytes(b);
            final long packetsBefore = a.status().get(TunnelCounter.TUN_PACKETS_WRITTEN);
            exchange(wireA, wireB, MEASURED, MEASURED);
            final long heapBytes = heapBytes(a) + heapBytes(b) - before;

            final long packets = a.status().get(TunnelCounter.TUN_PACKETS_WRITTEN) - packetsBefore;
            assertEquals((long)MEASURED * SEGMENTS, packets);
            assertTrue(a.status().get(TunnelCounter.TUN_WRITE_CALLS) < packets / 4, "joined");
            assertEquals(0, heapBytes, "heap bytes of the agents of both nodes");
            for (final TunnelTime time : TunnelTime.values())
            {
                final TimeDistribution times = a.status().times(time);
                assertTrue(times.count() >= LEAST_SAMPLES, () -> time + ": " + times.count());
                assertTrue(times.percentileNs(50) > 0 && times.percentileNs(50) <= times.greatestNs(), time::text);
            }
        }
    }

    private static TunnelBuilder builder(final Identity identity, final Wire wire)
    {
        return Tunnel.builder().identity(identity).device(wire.device()).suite(Suite.AES_256_GCM)
            .bind(new InetSocketAddress("127.0.0.1", 0));
    }

    private static long heapBytes(final Tunnel tunnel)
    {
        return tunnel.status().get(TunnelCounter.AGENT_HEAP_BYTES);
    }

    /** Carries super-packets both ways at once, a window of them at a time, until all their payload has come. */
    private void exchange(final Wire wireA, final Wire wireB, final int countA, final int countB)
    {
        int sentA = 0;
        int sentB = 0;
        long receivedA = 0;
        long receivedB = 0;
        long lastNs = System.nanoTime();
        while (receivedA < (long)countB * PAYLOAD || receivedB < (long)countA * PAYLOAD)
        {
            if (sentA < countA && sentA - receivedB / PAYLOAD < WINDOW && wireA.send(forth))
            {
                sentA++;
            }
            if (sentB < countB && sentB - receivedA / PAYLOAD < WINDOW && wireB.send(back))
            {
                sentB++;
            }
            final long newA = payload(wireA);
            final long newB = payload(wireB);
            receivedA += newA;
            receivedB += newB;
            if (newA + newB > 0)
            {
                lastNs = System.nanoTime();
            }
            else
            {
                assertTrue(System.nanoTime() - lastNs < PATIENCE_NS, "a packet was lost");
                Thread.yield();
            }
        }
    }

    private static long payload(final Wire wire)
    {
        long payload = 0;
        for (int length = wire.receive(); length > 0; length = wire.receive())
        {
            payload += length - VIRTIO_HEADER - HEADERS;
        }
        return payload;
    }
}
