package io.shadowmesh.dataplane.host;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.device.DeviceException;
import io.shadowmesh.dataplane.device.NetworkLink;
import io.shadowmesh.dataplane.device.Poller;
import io.shadowmesh.dataplane.device.ReceiveBatch;
import io.shadowmesh.dataplane.device.SendBatch;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.SystemCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class VethPairIT
{
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    private NetworkNamespace left;
    private NetworkNamespace right;

    @BeforeEach
    void create()
    {
        left = Namespaces.create();
        right = Namespaces.create();
    }

    @AfterEach
    void close()
    {
        if (left != null)
        {
            left.close();
        }
        if (right != null)
        {
            right.close();
        }
    }

    private VethPair pair() throws IOException
    {
        return VethPair.create(
            new VethPair.End(left, "devit-l", 1500, prefixes("192.0.2.1/24", "2001:db8::1/64")),
            new VethPair.End(right, "devit-r", 1500, prefixes("192.0.2.2/24", "2001:db8::2/64")));
    }

    private static List<IpPrefix> prefixes(final String ipv4, final String ipv6)
    {
        return List.of(IpPrefix.parse(ipv4), IpPrefix.parse(ipv6));
    }

    @Test
    void carriesDatagramsOfBothFamiliesBetweenTwoNamespaces() throws Exception
    {
        try (VethPair pair = pair())
        {
            assertEquals("devit-l", pair.first().name());
            carriesADatagram("192.0.2.1", "192.0.2.2");
            carriesADatagram("2001:db8::1", "2001:db8::2");
        }
    }

    private void carriesADatagram(final String from, final String to) throws Exception
    {
        try (Arena arena = Arena.ofConfined();
            UdpSocket sender = left.call(() -> bind(from));
            UdpSocket receiver = right.call(() -> bind(to)))
        {
            final SystemCalls calls = new SystemCalls(arena);
            final SendBatch batch = new SendBatch(arena, 1, sender.isIpv6());
            batch.add(arena.allocate(1000).address(), 1000, Endpoint.of(receiver.localAddress()));
            assertEquals(1, batch.flush(calls, sender.fileDescriptor()));
            final Poller poller = new Poller(arena, 1);
            poller.add(receiver.fileDescriptor(), Poller.READABLE);
            assertEquals(1, poller.poll(calls, PATIENCE_NS), "the datagram did not arrive within 10 s");
            final ReceiveBatch received = new ReceiveBatch(arena, 4, 2000, 0);
            assertEquals(1, received.receive(calls, receiver.fileDescriptor()));
            assertEquals(1000, received.length(0));
            assertTrue(received.sourceIs(0, Endpoint.of(sender.localAddress())));
        }
    }

    private static UdpSocket bind(final String address) throws IOException
    {
        return UdpSocket.bind(new InetSocketAddress(InetAddress.getByName(address), 0), UdpOptions.defaults());
    }

    @Test
    void bothEndsAreGoneOnceItIsClosed() throws Exception
    {
        pair().close();
        assertEquals(Errno.ENODEV, missing(left, "devit-l"));
        assertEquals(Errno.ENODEV, missing(right, "devit-r"));
        final VethPair again = pair();
        again.close();
        again.close();
    }

    private static int missing(final NetworkNamespace namespace, final String name) throws IOException
    {
        return namespace.call(
            () -> assertThrows(DeviceException.class, () -> NetworkLink.open(name).close())).errno();
    }

    @Test
    void saysThatANameIsTaken() throws Exception
    {
        try (VethPair first = pair())
        {
            final DeviceException e = assertThrows(DeviceException.class, this::pair);
            assertEquals(Errno.EEXIST, e.errno());
            assertTrue(e.getMessage().contains("devit-l"), e.getMessage());
            assertEquals(1500, first.first().mtu());
        }
    }

    @Test
    void leavesNothingBehindWhenAnEndCannotBeConfigured() throws Exception
    {
        final VethPair.End wrong = new VethPair.End(right, "devit-r", 1, List.of());
        final VethPair.End fine = new VethPair.End(left, "devit-l", 1500, List.of());
        assertThrows(DeviceException.class, () -> VethPair.create(fine, wrong));
        assertEquals(Errno.ENODEV, missing(left, "devit-l"));
    }
}
