package io.shadowmesh.dataplane.agent;

import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.capture.CaptureRing;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.EventFd;
import io.shadowmesh.dataplane.device.SegmentSplitter;
import io.shadowmesh.dataplane.device.SuperPackets;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.device.UdpOptions;
import io.shadowmesh.dataplane.device.UdpSocket;
import io.shadowmesh.dataplane.device.VirtioNetHeader;
import io.shadowmesh.dataplane.frame.SealedFrame;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.ring.CoDel;
import io.shadowmesh.dataplane.ring.PacketRing;
import io.shadowmesh.dataplane.ring.WaitingPackets;
import io.shadowmesh.dataplane.session.AllowedIps;
import io.shadowmesh.dataplane.session.Lifetimes;
import io.shadowmesh.dataplane.session.Peer;
import io.shadowmesh.dataplane.session.PeerActions;
import io.shadowmesh.dataplane.session.PeerSettings;
import io.shadowmesh.dataplane.session.PeerTimers;
import io.shadowmesh.dataplane.session.Session;
import io.shadowmesh.dataplane.session.SessionTable;
import io.shadowmesh.dataplane.session.SessionTerms;
import io.shadowmesh.dataplane.status.Counters;
import io.shadowmesh.ffi.SystemCalls;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.reflect.Proxy;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Packets are told apart by their lengths. */
class SendAgentTest
{
    private static final int MTU = 1400;
    private static final int ADDRESS = 0x0A0A0A04;
    private static final int QUIET_MS = 100;
    private static final long START_NS = 7_000_000_000_000L;

    private final Arena arena = Arena.ofConfined();
    private final Counters counters = Counters.inMemory();
    private final Wakeup control = new Wakeup(EventFd.open());
    private final SystemCalls calls = new SystemCalls(arena);
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final PacketRing ring = new PacketRing(arena, 1 << 20, 65_535);
    private final SendRing commands = new SendRing(arena, control);
    private final DatagramSocket receiver = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final UdpSocket socket = UdpSocket.bind(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), UdpOptions.defaults());
    private final Peer peer = new Peer(
        new PeerSettings(PeerId.ofHash(new byte[PeerId.LENGTH]), "alice", null, 0, List.of(IpPrefix.parse("10.10.10.4/32")),
            false, 0, null),
        other(),
        0);
    private final PeerTimers timers = new PeerTimers(nothing(), new SplittableRandom(1));
    private final SendAgent agent;
    private long nowNs = START_NS;
    private int sessions;

    SendAgentTest() throws IOException
    {
        receiver.setSoTimeout(QUIET_MS);
        peer.endpoint(Endpoint.of(InetAddress.getLoopbackAddress(), receiver.getLocalPort()));
        final TunDevice device = TunDevice.ofDescriptor(-1, "none", MTU);
        final ForwardingState state =
            new ForwardingState(new Peer[]{peer}, AllowedIps.of(List.of(peer)), SessionTable.EMPTY);
        final PathMtus paths = new PathMtus(endpoint -> 1500, state, MTU);
        final Outbox outbox = new Outbox(arena, socket, calls, counters, new OffloadStates(device, socket), paths);
        final WaitingPackets waiting = new WaitingPackets(arena, WaitingPackets.PACKETS_PER_PEER, MTU, 1);
        final Pacer pacer = new Pacer();
        final QueueDiscipline discipline = new QueueDiscipline(ring, pacer, new CoDel(), counters, true);
        agent = new SendAgent(
            arena, ring, commands, waiting, socket, state, calls, () -> nowNs, counters, outbox,
            new PacketSealer(
                new SegmentSplitter(arena), outbox, waiting,
                new ControlProxy(new ControlRing(arena, control), calls, counters), calls, counters,
                new OversizeSender(arena, socket, new OversizeNotice(), counters),
                new RoutingLoop(socket.localAddress().getPort()), paths,
                new TooBigAnswers(arena, device, calls, counters), discipline, new CaptureRing(arena).outboundTap(), 1),
            pacer, discipline, null);
    }

    @AfterEach
    void close()
    {
        if (null != peer.current())
        {
            peer.current().destroy();
        }
        receiver.close();
        socket.close();
        control.close();
        counters.close();
        arena.close();
    }

    @Test
    void packetsWaitForASessionAndGoWhenTheControlAgentSaysSo() throws IOException
    {
        send(100, 101);
        assertEquals(List.of(), received());
        confirmSession();
        commands.command(calls, SendRing.FLUSH, 0);
        run();
        assertEquals(List.of(100, 101), received());
    }

    /** Between a session's confirmation and the word of it there is time for packets. */
    @Test
    void noPacketOvertakesThoseThatWaited() throws IOException
    {
        send(100, 101);
        confirmSession();
        send(102, 103);
        assertEquals(List.of(100, 101, 102, 103), received());
        commands.command(calls, SendRing.FLUSH, 0);
        send(104);
        assertEquals(List.of(104), received());
    }

    /** As many wait as may, and what comes then is more than may wait. */
    @Test
    void noneIsLostBehindThoseThatWaited() throws IOException
    {
        final List<Integer> expected = new ArrayList<>();
        for (int length = 100; length < 100 + WaitingPackets.PACKETS_PER_PEER; length++)
        {
            send(length);
            expected.add(length);
        }
        confirmSession();
        final byte[] superPacket = SuperPackets.of(false, SuperPackets.TCP, 60_000, 1300, 1);
        put(superPacket);
        run();
        SuperPackets.split(superPacket).forEach(segment -> expected.add(segment.length));
        assertEquals(expected, received());
    }

    @Test
    void packetsWaitForANewKeyTooAndInOrder() throws IOException
    {
        confirmSession();
        send(100);
        nowNs += Lifetimes.REFUSE_NS;
        send(101, 102);
        assertEquals(List.of(100), received());
        final Session expired = peer.current();
        confirmSession();
        expired.destroy();
        send(103);
        assertEquals(List.of(101, 102, 103), received());
    }

    private void send(final int... lengths)
    {
        for (final int length : lengths)
        {
            final byte[] packet = new byte[VirtioNetHeader.LENGTH + length];
            view.wrap(packet, VirtioNetHeader.LENGTH, length);
            view.putByte(0, (byte)0x45);
            view.putShort(2, (short)length, ByteOrder.BIG_ENDIAN);
            view.putByte(8, (byte)64);
            view.putByte(9, (byte)253);
            view.putInt(16, ADDRESS, ByteOrder.BIG_ENDIAN);
            put(packet);
        }
        run();
    }

    /** Puts a packet into the ring, its virtio-net header before it. */
    private void put(final byte[] packet)
    {
        view.wrap(ring.claim() - VirtioNetHeader.LENGTH, packet.length);
        view.putBytes(0, packet);
        ring.commit(packet.length - VirtioNetHeader.LENGTH);
    }

    private void run()
    {
        int work;
        do
        {
            work = agent.doWork();
        }
        while (work > 0);
    }

    private List<Integer> received() throws IOException
    {
        final List<Integer> lengths = new ArrayList<>();
        final DatagramPacket datagram = new DatagramPacket(new byte[2048], 2048);
        while (true)
        {
            try
            {
                receiver.receive(datagram);
                lengths.add(datagram.getLength() - SealedFrame.OVERHEAD);
            }
            catch (final SocketTimeoutException none)
            {
                return lengths;
            }
        }
    }

    private void confirmSession()
    {
        final SessionTerms terms = new SessionTerms(
            ++sessions, 7, true, Suite.AES_256_GCM, new byte[32], new byte[12], new byte[32], new byte[12], 0, MTU, nowNs);
        assertTrue(timers.onConfirmed(new Session(terms, Aead.named("jdk"), peer, true), nowNs));
    }

    private static PeerId other()
    {
        final byte[] hash = new byte[PeerId.LENGTH];
        hash[0] = 1;
        return PeerId.ofHash(hash);
    }

    private static PeerActions nothing()
    {
        return (PeerActions)Proxy.newProxyInstance(
            PeerActions.class.getClassLoader(), new Class<?>[]{PeerActions.class}, (proxy, method, arguments) -> null);
    }
}
