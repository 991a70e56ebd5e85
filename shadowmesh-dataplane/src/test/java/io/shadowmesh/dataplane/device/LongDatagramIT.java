package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.host.Namespaces;
import io.shadowmesh.dataplane.host.NetworkNamespace;
import io.shadowmesh.dataplane.host.VethPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Datagrams longer than the path takes, among others, on a socket with segmentation offload. */
class LongDatagramIT
{
    private static final int PATH_MTU = 1500;
    private static final int TOO_LONG = 3000;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);
    private static final UdpOptions OPTIONS = UdpOptions.defaults().segmentation(true);

    private NetworkNamespace namespace;

    @BeforeEach
    void enter()
    {
        namespace = Namespaces.create();
    }

    @AfterEach
    void leave()
    {
        if (namespace != null)
        {
            namespace.close();
        }
    }

    @Test
    void aRunOfThemGoesInFragmentsAndTheOthersStayRuns() throws Exception
    {
        namespace.run(
            () ->
            {
                try (NetworkLink lo = NetworkLink.open("lo"))
                {
                    lo.mtu(PATH_MTU);
                    lo.up();
                }
                try (Loopback loopback = new Loopback();
                    UdpSocket from = UdpSocket.bind(Loopback.ipv4(0), OPTIONS);
                    UdpSocket to = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults().coalescing(true)))
                {
                    final Datagrams datagrams = new Datagrams(loopback);
                    final SendBatch batch = new SendBatch(loopback.arena, 64, false, from.maxSegments());
                    datagrams.add(batch, Loopback.endpoint(to), 1000, 1000, 1000);
                    datagrams.add(batch, Loopback.endpoint(to), TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, 200);
                    datagrams.add(batch, Loopback.endpoint(to), 900, 900);
                    assertEquals(10, from.flush(loopback.calls, batch));
                    assertEquals(0, batch.failed());
                    assertEquals(4, batch.fragmented());
                    assertEquals(0, batch.segmentationRefusal(), "the path is short; the offload is not refused");
                    assertEquals(List.of(3, 1, 1, 1, 1, 1, 2), datagrams.assertArrive(loopback, to));

                    datagrams.clear();
                    datagrams.add(batch, Loopback.endpoint(to), 1000, 1000, 1000);
                    assertEquals(3, from.flush(loopback.calls, batch));
                    assertEquals(List.of(3), datagrams.assertArrive(loopback, to));
                }
            });
    }

    /** Packets for a neighbour that does not answer wait in the kernel, and fill the socket's buffer. */
    @Test
    void oneStaysInTheBatchWhileTheSocketIsFull() throws Exception
    {
        try (NetworkNamespace neighbour = NetworkNamespace.create();
            VethPair cable = VethPair.create(
                new VethPair.End(namespace, "near", PATH_MTU, List.of(IpPrefix.parse("10.97.0.1/24"))),
                new VethPair.End(neighbour, "far", PATH_MTU, List.of())))
        {
            cable.first().namespace().run(
                () ->
                {
                    final InetSocketAddress local = new InetSocketAddress(Loopback.address("10.97.0.1"), 0);
                    final Endpoint absent = Endpoint.ofIpv4(0x0A610009, 9443);
                    try (Loopback loopback = new Loopback();
                        UdpSocket from = UdpSocket.bind(local, OPTIONS.sendBuffer(10_000)))
                    {
                        final Datagrams datagrams = new Datagrams(loopback);
                        final SendBatch batch = new SendBatch(loopback.arena, 64, false, from.maxSegments());
                        do
                        {
                            datagrams.clear();
                            datagrams.add(batch, absent, 1000);
                            from.flush(loopback.calls, batch);
                        }
                        while (batch.clear() == 0);

                        datagrams.add(batch, absent, TOO_LONG, TOO_LONG + 1, 500);
                        assertEquals(0, from.flush(loopback.calls, batch));
                        assertEquals(0, batch.failed(), "a full buffer is no reason to lose a datagram");
                        assertEquals(3, batch.size());

                        final Poller poller = new Poller(loopback.arena, 1);
                        poller.add(from.fileDescriptor(), Poller.WRITABLE);
                        int sent = 0;
                        while (batch.size() > 0)
                        {
                            assertTrue(poller.poll(loopback.calls, PATIENCE_NS) > 0, "the neighbour was not given up");
                            sent += from.flush(loopback.calls, batch);
                            assertEquals(0, batch.failed());
                        }
                        assertEquals(3, sent);
                    }
                });
        }
    }
}
