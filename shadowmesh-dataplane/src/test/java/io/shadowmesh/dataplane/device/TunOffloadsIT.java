package io.shadowmesh.dataplane.device;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.host.Namespaces;
import io.shadowmesh.dataplane.host.NetworkNamespace;
import io.shadowmesh.dataplane.memory.GuardedMemory;
import io.shadowmesh.ffi.linux.Linux;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Real devices that carry super-packets. */
class TunOffloadsIT
{
    private static final int MTU = 1380;
    private static final int IPV4_HEADER = 20;
    private static final int UDP_HEADER = 8;
    private static final int TRANSFERRED = 4 << 20;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    private NetworkNamespace here;
    private NetworkNamespace there;

    @BeforeEach
    void enter()
    {
        here = Namespaces.createForTun();
        there = Namespaces.createForTun();
    }

    @AfterEach
    void leave()
    {
        if (here != null)
        {
            here.close();
        }
        if (there != null)
        {
            there.close();
        }
    }

    private static TunConfig.Builder config(final String address4, final String address6)
    {
        return TunConfig.builder().name("devit0").mtu(MTU)
            .address(IpPrefix.parse(address4)).address(IpPrefix.parse(address6));
    }

    /** Two devices whose packets are carried over by hand, headers and all. */
    @ParameterizedTest
    @CsvSource({"10.98.0.1,10.98.0.2", "fd98::1,fd98::2"})
    void bringTcpSuperPacketsAndTakeThem(final String from, final String to) throws Exception
    {
        final byte[] data = PacketBuilder.bytes(new Random(7), TRANSFERRED);
        try (Loopback own = new Loopback();
            TunDevice near =
                here.call(() -> TunDevice.open(config("10.98.0.1/24", "fd98::1/64").offloads(true).build()));
            TunDevice far =
                there.call(() -> TunDevice.open(config("10.98.0.2/24", "fd98::2/64").offloads(true).build()));
            ServerSocket server = there.call(TunOffloadsIT::listen))
        {
            assertTrue(near.offloads().joins(), near.offloads().text());
            assertEquals(VirtioNetHeader.LENGTH, near.headerLength());
            assertEquals(65_535, near.maxPacketLength());

            final CompletableFuture<byte[]> received =
                CompletableFuture.supplyAsync(() -> receive(server), TunOffloadsIT::startThread);
            final CompletableFuture<Void> sent = CompletableFuture.runAsync(
                () -> send(from, to, server.getLocalPort(), data), TunOffloadsIT::startThread);
            final long memory = own.arena.allocate(VirtioNetHeader.LENGTH + 65_535).address();
            final Poller poller = new Poller(own.arena, 2);
            poller.add(near.fileDescriptor(), Poller.READABLE);
            poller.add(far.fileDescriptor(), Poller.READABLE);
            int superPackets = 0;
            final long deadlineNs = System.nanoTime() + 6 * PATIENCE_NS;
            while (!(sent.isDone() && received.isDone()))
            {
                assertTrue(System.nanoTime() < deadlineNs, "the transfer did not end within 60 s");
                poller.poll(own.calls, TimeUnit.MILLISECONDS.toNanos(10));
                superPackets += carry(own, near, far, memory);
                superPackets += carry(own, far, near, memory);
            }
            assertArrayEquals(data, received.get());
            sent.get();
            assertTrue(superPackets > 10, superPackets + " super-packets");
        }
    }

    private static void startThread(final Runnable work)
    {
        Thread.ofPlatform().daemon().start(work);
    }

    private static ServerSocket listen() throws IOException
    {
        return new ServerSocket(0);
    }

    private static byte[] receive(final ServerSocket server)
    {
        try (Socket socket = server.accept(); InputStream in = socket.getInputStream())
        {
            return in.readAllBytes();
        }
        catch (final IOException e)
        {
            throw new AssertionError(e);
        }
    }

    private void send(final String from, final String to, final int port, final byte[] data)
    {
        try
        {
            here.run(
                () ->
                {
                    try (Socket socket = new Socket())
                    {
                        socket.bind(new InetSocketAddress(Loopback.address(from), 0));
                        socket.connect(new InetSocketAddress(Loopback.address(to), port));
                        socket.getOutputStream().write(data);
                    }
                });
        }
        catch (final IOException e)
        {
            throw new AssertionError(e);
        }
    }

    /** Carries what waits from one device to the other. Returns how many super-packets of TCP that were. */
    private static int carry(final Loopback own, final TunDevice from, final TunDevice to, final long memory)
    {
        int superPackets = 0;
        final int room = VirtioNetHeader.LENGTH + from.maxPacketLength();
        long read = from.read(own.calls, memory, room);
        while (read > 0)
        {
            final int type = VirtioNetHeader.gsoType(memory) & ~VirtioNetHeader.GSO_ECN;
            final boolean tcp = type == VirtioNetHeader.GSO_TCPV4 || type == VirtioNetHeader.GSO_TCPV6;
            superPackets += tcp && read > VirtioNetHeader.LENGTH + MTU ? 1 : 0;
            assertEquals(read, to.write(own.calls, memory, (int)read));
            read = from.read(own.calls, memory, room);
        }
        return superPackets;
    }

    @Test
    void aPersistentDeviceHasThemOffOnceItIsClosed() throws Exception
    {
        here.run(
            () ->
            {
                try (Loopback own = new Loopback())
                {
                    final TunDevice first = openPersistent(own);
                    first.close();
                    assertSendsCompleteChecksums(own);
                }
            });
    }

    /** As it is when a node was killed: nobody has switched them off. */
    @Test
    void aPersistentDeviceHasThemOffForWhoeverAttachesWithoutThem() throws Exception
    {
        here.run(
            () ->
            {
                try (Loopback own = new Loopback())
                {
                    final TunDevice first = openPersistent(own);
                    TunDevice.closeDescriptor(first.fileDescriptor());
                    assertSendsCompleteChecksums(own);
                }
            });
    }

    private static TunDevice openPersistent(final Loopback own) throws IOException
    {
        final TunDevice made = TunDevice.open(config("10.98.0.1/24", "fd98::1/64").offloads(true).build());
        assertEquals(0, own.calls.ioctl(made.fileDescriptor(), Linux.TUNSETPERSIST(), 1));
        made.close();
        final TunDevice device = TunDevice.open(config("10.98.0.1/24", "fd98::1/64").offloads(true).build());
        assertTrue(device.isPersistent());
        return device;
    }

    private static void assertSendsCompleteChecksums(final Loopback own) throws IOException
    {
        final InetSocketAddress local = new InetSocketAddress(Loopback.address("10.98.0.1"), 0);
        try (TunDevice device = TunDevice.open(config("10.98.0.1/24", "fd98::1/64").build());
            UdpSocket socket = UdpSocket.bind(local, UdpOptions.defaults()))
        {
            final SendBatch batch = new SendBatch(own.arena, 1, false);
            own.add(batch, "question", Endpoint.ofIpv4(0x0A620007, 4711));
            assertEquals(1, batch.flush(own.calls, socket.fileDescriptor()));
            final byte[] packet = readUdp(own, device);
            final int pseudo = PlainSegmenter.pseudo(packet, IPV4_HEADER, PacketBuilder.UDP);
            assertEquals(0xFFFF, PlainSegmenter.sum(packet, IPV4_HEADER, packet.length, pseudo),
                "the checksum of " + Arrays.toString(packet));
        }
    }

    /** The next packet of that length; the kernel's own multicast reports are passed over. */
    private static byte[] readUdp(final Loopback own, final TunDevice device)
    {
        final Poller poller = new Poller(own.arena, 1);
        poller.add(device.fileDescriptor(), Poller.READABLE);
        final long memory = own.arena.allocate(2048).address();
        while (true)
        {
            assertEquals(1, poller.poll(own.calls, PATIENCE_NS), "no packet within 10 s");
            final byte[] packet = GuardedMemory.get(memory, (int)device.read(own.calls, memory, 2048));
            if (packet.length == IPV4_HEADER + UDP_HEADER + 8 && packet[9] == PacketBuilder.UDP)
            {
                return packet;
            }
        }
    }
}
