package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.linux.Linux;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class UdpSocketTest
{
    private final Loopback loopback = new Loopback();

    @AfterEach
    void close()
    {
        loopback.close();
    }

    private int option(final UdpSocket socket, final int level, final int name)
    {
        final MemorySegment value = loopback.arena.allocate(ValueLayout.JAVA_INT);
        final MemorySegment length = loopback.arena.allocate(ValueLayout.JAVA_INT);
        length.set(ValueLayout.JAVA_INT, 0, Integer.BYTES);
        assertEquals(0, loopback.calls.getsockopt(
            socket.fileDescriptor(), level, name, value.address(), length.address()));
        return value.get(ValueLayout.JAVA_INT, 0);
    }

    @Test
    void bindsBothFamiliesAndTellsThePort() throws DeviceException
    {
        try (UdpSocket ipv4 = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults());
            UdpSocket ipv6 = UdpSocket.bind(Loopback.ipv6(0), UdpOptions.defaults()))
        {
            assertFalse(ipv4.isIpv6());
            assertTrue(ipv6.isIpv6());
            assertEquals("127.0.0.1", ipv4.localAddress().getAddress().getHostAddress());
            assertEquals(Loopback.address("::1"), ipv6.localAddress().getAddress());
            assertNotEquals(0, ipv4.localAddress().getPort());
            assertNotEquals(0, ipv6.localAddress().getPort());
            assertEquals(1, option(ipv6, Linux.IPPROTO_IPV6(), Linux.IPV6_V6ONLY()));
            assertFalse(ipv4.serves(Endpoint.of(Loopback.ipv6(1))));
            assertFalse(ipv6.serves(Endpoint.of(Loopback.ipv4(1))));
        }
    }

    @Test
    void bindsTheWildcardsOfBothFamiliesToOnePort() throws DeviceException
    {
        final InetSocketAddress any4 = new InetSocketAddress(Loopback.address("0.0.0.0"), 0);
        try (UdpSocket ipv4 = UdpSocket.bind(any4, UdpOptions.defaults()))
        {
            final int port = ipv4.localAddress().getPort();
            final InetSocketAddress any6 = new InetSocketAddress(Loopback.address("::"), port);
            try (UdpSocket ipv6 = UdpSocket.bind(any6, UdpOptions.defaults()))
            {
                assertTrue(ipv6.localAddress().getAddress().isAnyLocalAddress());
                assertTrue(ipv4.localAddress().getAddress().isAnyLocalAddress());
            }
        }
    }

    @Test
    void saysWhichPortIsTaken() throws DeviceException
    {
        try (UdpSocket first = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults()))
        {
            final InetSocketAddress taken = first.localAddress();
            final DeviceException e =
                assertThrows(DeviceException.class, () -> UdpSocket.bind(taken, UdpOptions.defaults()));
            assertEquals(Errno.EADDRINUSE, e.errno());
            assertEquals("UDP port " + taken.getPort() + " of 127.0.0.1 is taken by another program: stop it" +
                " (ss -lunp 'sport = :" + taken.getPort() + "' shows which), or choose another port", e.getMessage());
        }
    }

    @Test
    void tellsAnAddressOfAnotherMachineApart()
    {
        final DeviceException e = assertThrows(DeviceException.class, () -> UdpSocket.bind(
            new InetSocketAddress(Loopback.address("192.0.2.77"), 0), UdpOptions.defaults()));
        assertEquals(Errno.EADDRNOTAVAIL, e.errno());
        assertTrue(e.getMessage().startsWith("this machine does not hold the address 192.0.2.77"), e.getMessage());
    }

    @Test
    void saysThatAHostNameIsUnknown()
    {
        final DeviceException e = assertThrows(DeviceException.class, () -> UdpSocket.bind(
            InetSocketAddress.createUnresolved("nowhere.invalid", 1), UdpOptions.defaults()));
        assertTrue(e.getMessage().contains("nowhere.invalid"), e.getMessage());
    }

    @Test
    void saysWhatToDoAboutAPrivilegedPort()
    {
        assertTrue(UdpSocket.bindFailure(Loopback.ipv4(53), Errno.EACCES).getMessage().contains("above 1023"));
        assertTrue(UdpSocket.socketFailure(true, Errno.EAFNOSUPPORT).getMessage().contains("use an IPv4 address"));
    }

    @Test
    void leavesNoDescriptorBehindWhenTheBindFails() throws DeviceException
    {
        final InetSocketAddress foreign = new InetSocketAddress(Loopback.address("192.0.2.77"), 0);
        assertThrows(DeviceException.class, () -> UdpSocket.bind(foreign, UdpOptions.defaults()));
        final int before = nextDescriptor();
        for (int i = 0; i < 3; i++)
        {
            assertThrows(DeviceException.class, () -> UdpSocket.bind(foreign, UdpOptions.defaults()));
        }
        assertEquals(before, nextDescriptor());
    }

    private static int nextDescriptor() throws DeviceException
    {
        try (EventFd probe = EventFd.open())
        {
            return probe.fileDescriptor();
        }
    }

    @Test
    void reportsTheBuffersGranted() throws DeviceException
    {
        final UdpOptions options = UdpOptions.defaults().receiveBuffer(300_000).sendBuffer(200_000);
        try (UdpSocket socket = UdpSocket.bind(Loopback.ipv4(0), options))
        {
            assertTrue(socket.receiveBufferGranted() > 0 && socket.receiveBufferGranted() <= 300_000);
            assertTrue(socket.sendBufferGranted() > 0 && socket.sendBufferGranted() <= 200_000);
            assertEquals(option(socket, Linux.SOL_SOCKET(), Linux.SO_RCVBUF()) / 2, socket.receiveBufferGranted());
        }
        try (UdpSocket socket = UdpSocket.bind(Loopback.ipv4(0), options.receiveBuffer(0).sendBuffer(0)))
        {
            assertTrue(socket.receiveBufferGranted() > 0 && socket.sendBufferGranted() > 0);
        }
    }

    @Test
    void setsEachPathMtuMode() throws DeviceException
    {
        for (final PathMtuDiscovery mode : PathMtuDiscovery.values())
        {
            final UdpOptions options = UdpOptions.defaults().pathMtuDiscovery(mode);
            try (UdpSocket ipv4 = UdpSocket.bind(Loopback.ipv4(0), options);
                UdpSocket ipv6 = UdpSocket.bind(Loopback.ipv6(0), options))
            {
                assertEquals(mode.value(), option(ipv4, Linux.IPPROTO_IP(), Linux.IP_MTU_DISCOVER()));
                assertEquals(mode.value(), option(ipv6, Linux.IPPROTO_IPV6(), Linux.IPV6_MTU_DISCOVER()));
            }
        }
    }

    @Test
    void clearsAndSetsDontFragmentInBothFamilies() throws DeviceException
    {
        final InetSocketAddress any = new InetSocketAddress(Loopback.address("::"), 0);
        try (UdpSocket socket = UdpSocket.bind(any, UdpOptions.defaults().dualStack(true)))
        {
            assertEquals(0, option(socket, Linux.IPPROTO_IPV6(), Linux.IPV6_V6ONLY()));
            assertEquals(0, socket.dontFragment(loopback.calls, false));
            assertEquals(PathMtuDiscovery.DONT.value(), option(socket, Linux.IPPROTO_IP(), Linux.IP_MTU_DISCOVER()));
            assertEquals(
                PathMtuDiscovery.DONT.value(), option(socket, Linux.IPPROTO_IPV6(), Linux.IPV6_MTU_DISCOVER()));
            assertEquals(0, socket.dontFragment(loopback.calls, true));
            assertEquals(PathMtuDiscovery.DO.value(), option(socket, Linux.IPPROTO_IP(), Linux.IP_MTU_DISCOVER()));
            assertEquals(PathMtuDiscovery.DO.value(), option(socket, Linux.IPPROTO_IPV6(), Linux.IPV6_MTU_DISCOVER()));
        }
    }

    @Test
    void hasTheOffloadsThatAreAskedFor() throws DeviceException
    {
        final UdpOptions none = UdpOptions.defaults();
        for (final InetSocketAddress local : new InetSocketAddress[]{ Loopback.ipv4(0), Loopback.ipv6(0) })
        {
            try (UdpSocket neither = UdpSocket.bind(local, none);
                UdpSocket segments = UdpSocket.bind(local, none.segmentation(true));
                UdpSocket coalesces = UdpSocket.bind(local, none.coalescing(true));
                UdpSocket both = UdpSocket.bind(local, none.coalescing(true).segmentation(true).sendBuffer(9000)))
            {
                assertEquals(1, neither.maxSegments());
                assertFalse(neither.coalesces());
                assertEquals(64, segments.maxSegments());
                assertFalse(segments.coalesces());
                assertEquals(1, coalesces.maxSegments());
                assertTrue(coalesces.coalesces());
                assertEquals(64, both.maxSegments());
                assertTrue(both.coalesces());
                assertEquals(0, option(segments, Linux.SOL_UDP(), Linux.UDP_GRO()));
                assertEquals(1, option(both, Linux.SOL_UDP(), Linux.UDP_GRO()));
                assertEquals(0, option(both, Linux.SOL_UDP(), Linux.UDP_SEGMENT()), "each run tells its own length");
            }
        }
    }

    @Test
    void setsDontFragmentOnASocketBoundWithoutIt() throws DeviceException
    {
        final UdpOptions options = UdpOptions.defaults().pathMtuDiscovery(PathMtuDiscovery.WANT);
        try (UdpSocket socket = UdpSocket.bind(Loopback.ipv4(0), options))
        {
            assertEquals(0, socket.dontFragment(loopback.calls, true));
            assertEquals(PathMtuDiscovery.DO.value(), option(socket, Linux.IPPROTO_IP(), Linux.IP_MTU_DISCOVER()));
        }
    }

    @Test
    void sendsAnOversizedDatagramAndGoesBackToItsMode() throws DeviceException
    {
        final int length = 65_000;
        try (UdpSocket from = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults());
            UdpSocket to = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults()))
        {
            final SendBatch batch = new SendBatch(loopback.arena, 1, false);
            batch.add(loopback.arena.allocate(length).address(), length, Loopback.endpoint(to));
            assertEquals(1, from.flushOversized(loopback.calls, batch));
            final ReceiveBatch received = new ReceiveBatch(loopback.arena, 1, length, 0);
            assertEquals(1, loopback.receive(received, to.fileDescriptor()));
            assertEquals(length, received.length(0));
            assertFalse(received.truncated(0));
            assertEquals(PathMtuDiscovery.DO.value(), option(from, Linux.IPPROTO_IP(), Linux.IP_MTU_DISCOVER()));
        }
    }

    @Test
    void outlivesAPeerWhosePortIsClosed() throws DeviceException
    {
        try (UdpSocket from = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults());
            UdpSocket to = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults()))
        {
            final UdpSocket gone = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults());
            final Endpoint closed = Loopback.endpoint(gone);
            gone.close();
            final SendBatch batch = new SendBatch(loopback.arena, 4, false);
            final ReceiveBatch received = new ReceiveBatch(loopback.arena, 4, 100, 0);
            for (int i = 0; i < 10; i++)
            {
                loopback.add(batch, "nobody", closed);
                assertEquals(1, batch.flush(loopback.calls, from.fileDescriptor()));
                assertEquals(0, received.receive(loopback.calls, from.fileDescriptor()));
                assertEquals(0, received.errors());
            }
            loopback.add(batch, "somebody", Loopback.endpoint(to));
            assertEquals(1, batch.flush(loopback.calls, from.fileDescriptor()));
            assertEquals(1, loopback.receive(received, to.fileDescriptor()));
        }
    }

    @Test
    void closesTwiceWithoutHarm() throws DeviceException
    {
        final UdpSocket socket = UdpSocket.bind(Loopback.ipv4(0), UdpOptions.defaults());
        socket.close();
        try (EventFd other = EventFd.open())
        {
            socket.close();
            assertEquals(0, other.signal(loopback.calls), "its number may be another's by now");
        }
    }
}
