package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.host.Namespaces;
import io.shadowmesh.dataplane.host.NetworkNamespace;
import io.shadowmesh.ffi.Errno;
import io.shadowmesh.ffi.linux.Linux;
import io.shadowmesh.ffi.linux.ifreq;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TunDeviceIT
{
    private static final IpPrefix IPV4 = IpPrefix.parse("10.98.0.1/24");
    private static final IpPrefix IPV6 = IpPrefix.parse("fd98::1/64");
    private static final IpPrefix SECOND_IPV6 = IpPrefix.parse("fd99::1/48");
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int UDP_HEADER = 8;
    private static final int ICMP = 1;
    private static final int UDP = 17;
    private static final int ICMPV6 = 58;
    private static final int ECHO_REQUEST = 8;
    private static final int ECHO_REPLY = 0;
    private static final int ECHO_REQUEST_V6 = 128;
    private static final int ECHO_REPLY_V6 = 129;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    private NetworkNamespace namespace;

    @BeforeEach
    void enter()
    {
        namespace = Namespaces.createForTun();
    }

    @AfterEach
    void leave()
    {
        if (namespace != null)
        {
            namespace.close();
        }
    }

    private static TunConfig.Builder config(final String name)
    {
        return TunConfig.builder().name(name).address(IPV4).address(IPV6).address(SECOND_IPV6).mtu(1380);
    }

    @Test
    void setsAddressesOfBothFamiliesMtuAndQueueAndIsUp() throws Exception
    {
        namespace.run(
            () ->
            {
                try (TunDevice device = TunDevice.open(config("devit0").transmitQueueLength(321).build());
                    NetworkLink link = NetworkLink.open("devit0"))
                {
                    assertEquals("devit0", device.name());
                    assertEquals(1380, device.mtu());
                    assertFalse(device.isPersistent());
                    assertEquals(link.index(), device.interfaceIndex());
                    assertEquals(1380, link.mtu());
                    assertEquals(321, link.transmitQueueLength());
                    assertTrue(link.isUp());
                    assertEquals(IPV4, link.ipv4());
                    final List<IpPrefix> ipv6 = link.ipv6();
                    assertTrue(ipv6.contains(IPV6) && ipv6.contains(SECOND_IPV6), ipv6.toString());
                    final NetworkInterface seen = NetworkInterface.getByName("devit0");
                    assertEquals(1380, seen.getMTU());
                    assertTrue(seen.isUp());
                    assertTrue(seen.inetAddresses().anyMatch((a) -> a.equals(IPV4.address())));
                }
                assertNull(NetworkInterface.getByName("devit0"), "the device is gone once it is closed");
            });
    }

    @Test
    void letsTheKernelChooseAName() throws Exception
    {
        namespace.run(
            () ->
            {
                try (TunDevice first = TunDevice.open(TunConfig.builder().name("chr%d").build());
                    TunDevice second = TunDevice.open(TunConfig.builder().name("chr%d").build());
                    TunDevice any = TunDevice.open(TunConfig.builder().build()))
                {
                    assertEquals("chr0", first.name());
                    assertEquals("chr1", second.name());
                    assertEquals("tun0", any.name());
                    assertNotEquals(first.interfaceIndex(), second.interfaceIndex());
                }
            });
    }

    @Test
    void saysThatAnotherHoldsTheName() throws Exception
    {
        namespace.run(
            () ->
            {
                try (TunDevice first = TunDevice.open(config("devit0").build()))
                {
                    final DeviceException busy =
                        assertThrows(DeviceException.class, () -> TunDevice.open(config("devit0").build()));
                    assertEquals(Errno.EBUSY, busy.errno());
                    final DeviceException other =
                        assertThrows(DeviceException.class, () -> TunDevice.open(config("lo").build()));
                    assertEquals(Errno.EINVAL, other.errno());
                    assertEquals("devit0", first.name());
                }
            });
    }

    @Test
    void leavesNothingBehindWhenAnAddressIsRefused() throws Exception
    {
        namespace.run(
            () ->
            {
                Files.writeString(Path.of("/proc/sys/net/ipv6/conf/default/disable_ipv6"), "1");
                final DeviceException e =
                    assertThrows(DeviceException.class, () -> TunDevice.open(config("devit0").build()));
                assertEquals(Errno.EACCES, e.errno());
                assertTrue(e.getMessage().contains("net.ipv6.conf.devit0.disable_ipv6=0"), e.getMessage());
                assertNull(NetworkInterface.getByName("devit0"));
            });
    }

    @Test
    void attachesToAPersistentDeviceAndLeavesItThere() throws Exception
    {
        namespace.run(
            () ->
            {
                makePersistent("devit0");
                try (TunDevice device = TunDevice.open(config("devit0").build()))
                {
                    assertTrue(device.isPersistent());
                }
                try (TunDevice again = TunDevice.open(config("devit0").build());
                    NetworkLink link = NetworkLink.open("devit0"))
                {
                    assertTrue(again.isPersistent(), "its addresses are there already, and that is no error");
                    assertEquals(IPV4, link.ipv4());
                    final IpPrefix moved = IpPrefix.parse("10.97.0.9/16");
                    link.ipv4(moved);
                    assertEquals(moved, link.ipv4());
                }
                assertEquals("devit0", NetworkInterface.getByName("devit0").getName());
            });
    }

    private static void makePersistent(final String name) throws DeviceException
    {
        try (Loopback own = new Loopback(); TunDevice device = TunDevice.open(TunConfig.builder().name(name).build()))
        {
            assertEquals(0, own.calls.ioctl(device.fileDescriptor(), Linux.TUNSETPERSIST(), 1));
            final MemorySegment request = ifreq.allocate(own.arena);
            assertEquals(0, own.calls.ioctl(device.fileDescriptor(), Linux.TUNGETIFF(), request.address()));
            assertTrue((NetworkLink.flagsIn(request) & Linux.IFF_PERSIST()) != 0);
        }
    }

    @Test
    void theKernelAnswersAnIpv4PingThatIsWrittenToIt() throws Exception
    {
        namespace.run(
            () ->
            {
                try (Loopback own = new Loopback(); TunDevice device = TunDevice.open(config("devit0").build()))
                {
                    final UnsafeBuffer packet = new UnsafeBuffer(own.arena.allocate(2048).address(), 2048);
                    final int length = IPV4_HEADER + 16;
                    ipv4Header(packet, length, ICMP, 0x0A620002, 0x0A620001);
                    packet.putByte(IPV4_HEADER, (byte)ECHO_REQUEST);
                    packet.putInt(IPV4_HEADER + 4, 0x12340001, ByteOrder.BIG_ENDIAN);
                    packet.putShort(IPV4_HEADER + 2, checksum(packet, IPV4_HEADER, 16, 0), ByteOrder.BIG_ENDIAN);
                    assertEquals(length, device.write(own.calls, packet.addressOffset(), length));

                    assertEquals(length, read(own, device, packet, 4));
                    assertEquals(ICMP, packet.getByte(9));
                    assertEquals(0x0A620001, packet.getInt(12, ByteOrder.BIG_ENDIAN));
                    assertEquals(0x0A620002, packet.getInt(16, ByteOrder.BIG_ENDIAN));
                    assertEquals(ECHO_REPLY, packet.getByte(IPV4_HEADER));
                    assertEquals(0x12340001, packet.getInt(IPV4_HEADER + 4, ByteOrder.BIG_ENDIAN));
                    final long nonsense = device.write(own.calls, own.text("xyz").address(), 3);
                    assertEquals(-Errno.EINVAL, nonsense);
                }
            });
    }

    @Test
    void theKernelAnswersAnIpv6PingThatIsWrittenToIt() throws Exception
    {
        namespace.run(
            () ->
            {
                try (Loopback own = new Loopback(); TunDevice device = TunDevice.open(config("devit0").build()))
                {
                    final UnsafeBuffer question = new UnsafeBuffer(own.arena.allocate(56).address(), 56);
                    question.putInt(0, 0x60000000, ByteOrder.BIG_ENDIAN);
                    question.putShort(4, (short)16, ByteOrder.BIG_ENDIAN);
                    question.putByte(6, (byte)ICMPV6);
                    question.putByte(7, (byte)64);
                    question.putBytes(8, InetAddress.getByName("fd98::2").getAddress());
                    question.putBytes(24, InetAddress.getByName("fd98::1").getAddress());
                    question.putByte(IPV6_HEADER, (byte)ECHO_REQUEST_V6);
                    question.putInt(IPV6_HEADER + 4, 0x12340001, ByteOrder.BIG_ENDIAN);
                    question.putShort(
                        IPV6_HEADER + 2, checksum(question, 8, 32 + 16, 16 + ICMPV6), ByteOrder.BIG_ENDIAN);
                    final UnsafeBuffer packet = new UnsafeBuffer(own.arena.allocate(2048).address(), 2048);
                    // The kernel puts a new IPv6 address into its routes a little later, and is silent till then.
                    int tries = 0;
                    do
                    {
                        assertEquals(56, device.write(own.calls, question.addressOffset(), 56));
                        assertTrue(tries++ < 1000, "no answer to " + tries + " pings");
                    }
                    while (!answered(own, device, packet));
                    assertEquals(0x12340001, packet.getInt(IPV6_HEADER + 4, ByteOrder.BIG_ENDIAN));
                }
            });
    }

    private static boolean answered(final Loopback own, final TunDevice device, final UnsafeBuffer packet)
    {
        final Poller poller = new Poller(own.arena, 1);
        poller.add(device.fileDescriptor(), Poller.READABLE);
        while (poller.poll(own.calls, TimeUnit.MILLISECONDS.toNanos(10)) > 0)
        {
            device.read(own.calls, packet.addressOffset(), packet.capacity());
            if (packet.getByte(6) == ICMPV6 && (packet.getByte(IPV6_HEADER) & 0xFF) == ECHO_REPLY_V6)
            {
                return true;
            }
        }
        return false;
    }

    @Test
    void carriesADatagramOutAndAnotherIn() throws Exception
    {
        namespace.run(
            () ->
            {
                final InetSocketAddress local = new InetSocketAddress(IPV4.address(), 0);
                try (Loopback own = new Loopback();
                    TunDevice device = TunDevice.open(config("devit0").build());
                    UdpSocket socket = UdpSocket.bind(local, UdpOptions.defaults()))
                {
                    final SendBatch batch = new SendBatch(own.arena, 1, false);
                    own.add(batch, "question", Endpoint.ofIpv4(0x0A620007, 4711));
                    assertEquals(1, batch.flush(own.calls, socket.fileDescriptor()));
                    final UnsafeBuffer packet = new UnsafeBuffer(own.arena.allocate(2048).address(), 2048);
                    final int length = IPV4_HEADER + UDP_HEADER + 8;
                    assertEquals(length, read(own, device, packet, 4));
                    assertEquals(UDP, packet.getByte(9));
                    assertTrue((packet.getByte(6) & 0x40) != 0, "DF is set");
                    assertEquals(4711, packet.getShort(22, ByteOrder.BIG_ENDIAN));
                    assertEquals("question", packet.getStringWithoutLengthAscii(28, 8));

                    ipv4Header(packet, length, UDP, 0x0A620007, 0x0A620001);
                    packet.putShort(20, (short)4711, ByteOrder.BIG_ENDIAN);
                    packet.putShort(22, (short)socket.localAddress().getPort(), ByteOrder.BIG_ENDIAN);
                    packet.putShort(26, (short)0);
                    packet.putStringWithoutLengthAscii(28, "answer!!");
                    assertEquals(length, device.write(own.calls, packet.addressOffset(), length));
                    final ReceiveBatch received = new ReceiveBatch(own.arena, 4, 100, 0);
                    assertEquals(1, own.receive(received, socket.fileDescriptor()));
                    assertEquals("answer!!", Loopback.text(received, 0));
                    assertTrue(received.sourceIs(0, Endpoint.ofIpv4(0x0A620007, 4711)));
                }
            });
    }

    @Test
    void countsWhatIsLongerThanThePathWithDontFragmentAndSendsItWithout() throws Exception
    {
        namespace.run(
            () ->
            {
                final InetSocketAddress local = new InetSocketAddress(IPV4.address(), 0);
                final int longer = 3000;
                try (Loopback own = new Loopback();
                    TunDevice device = TunDevice.open(config("devit0").build());
                    UdpSocket socket = UdpSocket.bind(local, UdpOptions.defaults()))
                {
                    final Endpoint to = Endpoint.ofIpv4(0x0A620007, 4711);
                    final long payload = own.arena.allocate(longer).address();
                    final SendBatch batch = new SendBatch(own.arena, 2, false);
                    batch.add(payload, longer, to);
                    own.add(batch, "short", to);
                    assertEquals(1, batch.flush(own.calls, socket.fileDescriptor()));
                    assertEquals(1, batch.failed());
                    assertEquals(Errno.EMSGSIZE, batch.lastError());
                    batch.add(payload, longer, to);
                    assertEquals(1, socket.flushOversized(own.calls, batch));

                    final UnsafeBuffer packet = new UnsafeBuffer(own.arena.allocate(2048).address(), 2048);
                    assertEquals(IPV4_HEADER + UDP_HEADER + 5, read(own, device, packet, 4));
                    int bytes = 0;
                    for (int fragment = 0; bytes < UDP_HEADER + longer; fragment++)
                    {
                        assertTrue(fragment < 3, "three fragments carry it all");
                        bytes += read(own, device, packet, 4) - IPV4_HEADER;
                        assertEquals(0, packet.getByte(6) & 0x40, "DF is clear");
                    }
                    assertEquals(UDP_HEADER + longer, bytes);
                }
            });
    }

    /** Reads the next packet of an IP version; the kernel's own multicast reports are passed over. */
    private static int read(final Loopback own, final TunDevice device, final UnsafeBuffer packet, final int version)
    {
        final Poller poller = new Poller(own.arena, 1);
        poller.add(device.fileDescriptor(), Poller.READABLE);
        while (true)
        {
            assertEquals(1, poller.poll(own.calls, PATIENCE_NS), "no packet within 10 s");
            final long length = device.read(own.calls, packet.addressOffset(), packet.capacity());
            assertTrue(length > 0, "read: " + length);
            final boolean multicast = version == 4 && (packet.getByte(16) & 0xF0) == 0xE0;
            if ((packet.getByte(0) & 0xFF) >>> 4 == version && !multicast)
            {
                return (int)length;
            }
        }
    }

    private static void ipv4Header(
        final UnsafeBuffer packet, final int length, final int protocol, final int from, final int to)
    {
        packet.setMemory(0, IPV4_HEADER, (byte)0);
        packet.putByte(0, (byte)0x45);
        packet.putShort(2, (short)length, ByteOrder.BIG_ENDIAN);
        packet.putByte(8, (byte)64);
        packet.putByte(9, (byte)protocol);
        packet.putInt(12, from, ByteOrder.BIG_ENDIAN);
        packet.putInt(16, to, ByteOrder.BIG_ENDIAN);
        packet.putShort(10, checksum(packet, 0, IPV4_HEADER, 0), ByteOrder.BIG_ENDIAN);
    }

    private static short checksum(final UnsafeBuffer packet, final int offset, final int length, final int start)
    {
        int sum = start;
        for (int i = 0; i < length; i += 2)
        {
            sum += packet.getShort(offset + i, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        return (short)~(sum + (sum >>> 16));
    }
}
