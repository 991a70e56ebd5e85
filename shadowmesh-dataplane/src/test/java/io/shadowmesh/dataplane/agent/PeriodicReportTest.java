package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.LogLines;
import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.status.Counters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PeriodicReportTest
{
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long START_NS = 7_000 * SECOND_NS;

    private final LogLines log = new LogLines(PeriodicReport.class.getName());
    private final Counters counters = Counters.inMemory();
    private final OversizeNotice notice = new OversizeNotice();
    private final RoutingLoop loop = new RoutingLoop(9443);
    private final UdpSocket socket;
    private final PeriodicReport report;

    PeriodicReportTest() throws IOException
    {
        socket = UdpSocket.bind(new InetSocketAddress("127.0.0.1", 0), UdpOptions.defaults());
        report = new PeriodicReport(
            counters, notice, loop, new OffloadStates(TunDevice.ofDescriptor(-1, "none", 1400), socket), 1400);
    }

    @AfterEach
    void free()
    {
        log.close();
        socket.close();
        counters.close();
    }

    @Test
    void warnsOfOversizedFrameWithItsPayloadsLength()
    {
        report.onTick(START_NS);
        assertEquals(List.of(), log.all());
        notice.onOversized(1501);
        report.onTick(START_NS + 1);
        assertEquals(List.of("WARNING [UDP-SEND-WARNING] Oversized frame: 1501 bytes"), log.all());
    }

    /** Digits are not grouped, as a message format would. */
    @Test
    void warnsOfTheLongestFrame()
    {
        notice.onOversized(65_000);
        report.onTick(START_NS);
        assertEquals(List.of("WARNING [UDP-SEND-WARNING] Oversized frame: 65000 bytes"), log.all());
    }

    @Test
    void warnsOnceForOneFrame()
    {
        notice.onOversized(1501);
        for (int second = 0; second < 300; second++)
        {
            report.onTick(START_NS + second * SECOND_NS);
        }
        assertEquals(1, log.all().size());
    }

    @Test
    void warnsOnceAMinuteHoweverManyFrames()
    {
        for (int second = 0; second < 60; second++)
        {
            notice.onOversized(2000 + second);
            report.onTick(START_NS + second * SECOND_NS);
        }
        notice.onOversized(3000);
        report.onTick(START_NS + 60 * SECOND_NS - 1);
        assertEquals(List.of("WARNING [UDP-SEND-WARNING] Oversized frame: 2000 bytes"), log.all());

        report.onTick(START_NS + 60 * SECOND_NS);
        assertEquals(2, log.all().size());
        assertEquals("WARNING [UDP-SEND-WARNING] Oversized frame: 3000 bytes", log.all().getLast());

        notice.onOversized(4000);
        report.onTick(START_NS + 120 * SECOND_NS - 1);
        assertEquals(2, log.all().size());
        report.onTick(START_NS + 120 * SECOND_NS);
        assertEquals("WARNING [UDP-SEND-WARNING] Oversized frame: 4000 bytes", log.all().getLast());
    }

    @Test
    void warnsOfARoutingLoopOnceAMinute()
    {
        final Peer peer = RoutingLoopTest.peer("beta");
        peer.endpoint(Endpoint.ofIpv4(0xC0000202, 9443));
        for (int second = 0; second < 60; second++)
        {
            assertTrue(RoutingLoopTest.sees(loop, peer));
            report.onTick(START_NS + second * SECOND_NS);
        }
        assertEquals(List.of("WARNING routing loop: the route to 192.0.2.2:9443, where beta is, leads into this tunnel; " +
            "such datagrams are dropped: add a route to it past the tunnel (ip route add)"), log.all());
        report.onTick(START_NS + 60 * SECOND_NS);
        assertEquals(2, log.all().size());
    }
}
