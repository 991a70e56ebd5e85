package io.shadowmesh.cli.it.relay;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Between two sockets of this machine; each datagram carries its number. */
@Timeout(120)
final class FaultRelayTest
{
    private static final int DATA_TYPE = 0;
    private static final int HANDSHAKE_TYPE = 0x10;
    private static final int LENGTH = 100;
    private static final int NUMBER_OFFSET = 31;
    private final InetAddress here = InetAddress.getLoopbackAddress();
    private DatagramSocket client;
    private DatagramSocket server;
    private FaultRelay relay;

    @BeforeEach
    void twoSocketsAndARelay() throws IOException
    {
        client = new DatagramSocket(0, here);
        server = new DatagramSocket(0, here);
        client.setSoTimeout(30_000);
        server.setSoTimeout(30_000);
        relay = new FaultRelay(new Wiring(new InetSocketAddress(here, 0), List.of(here), 0,
            new InetSocketAddress(here, server.getLocalPort()), null), FaultPlan.NONE);
    }

    @AfterEach
    void close()
    {
        relay.close();
        client.close();
        server.close();
    }

    @Test
    void forwardsBothWays() throws IOException
    {
        toServer(1, DATA_TYPE);
        final DatagramPacket request = receive(server);
        assertEquals(1, number(request));
        server.send(new DatagramPacket(request.getData(), LENGTH, request.getSocketAddress()));
        assertEquals(1, number(receive(client)));
        final long length = LENGTH;
        assertEquals(Map.of(">T0", 1L, ">datagrams", 1L, ">bytes", length, "<T0", 1L, "<datagrams", 1L, "<bytes", length),
            relay.counts());
    }

    @Test
    void forwardsToTheKnownClientBeforeItSends() throws IOException
    {
        try (FaultRelay other = new FaultRelay(new Wiring(new InetSocketAddress(here, 0), List.of(here), 0,
            new InetSocketAddress(here, server.getLocalPort()),
            new InetSocketAddress(here, client.getLocalPort())), FaultPlan.NONE))
        {
            server.send(new DatagramPacket(new byte[LENGTH], LENGTH, other.backAddress()));
            assertEquals(other.frontAddress(), receive(client).getSocketAddress());
        }
    }

    @Test
    void dropsExactlyTheThirdHandshakeDatagram() throws IOException
    {
        relay.plan(FaultPlan.parse("drop:H=3"));
        for (int i = 1; i <= 4; i++)
        {
            toServer(-i, DATA_TYPE);
            toServer(i, HANDSHAKE_TYPE);
        }
        assertEquals(List.of(-1, 1, -2, 2, -3, -4, 4), numbers(7));
        assertEquals(1, relay.counts().get(">ruled"));
    }

    @Test
    void losesWhatThePlanSaysAndNothingElse() throws IOException
    {
        relay.plan(FaultPlan.parse("seed=4 loss=50%"));
        final Fates same = new Fates(FaultPlan.parse("seed=4 loss=50%"), 0);
        final List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < 100; i++)
        {
            if (same.next(Direction.TO_SERVER, DatagramKind.COUNT - 1, LENGTH, 0).isForwarded())
            {
                expected.add(i);
            }
            toServer(i, DATA_TYPE);
        }
        assertEquals(expected, numbers(expected.size()));
        assertEquals(100 - expected.size(), relay.counts().get(">lost"));
    }

    @Test
    void sendsCopiesAndFlipsOneBit() throws IOException
    {
        relay.plan(FaultPlan.parse("duplicate=100% corrupt=100%"));
        toServer(5, DATA_TYPE);
        final byte[] sent = datagram(5, DATA_TYPE);
        int flipped = 0;
        for (int copy = 0; copy < 2; copy++)
        {
            final byte[] got = receive(server).getData();
            for (int i = 0; i < LENGTH; i++)
            {
                flipped += Integer.bitCount((got[i] ^ sent[i]) & 0xFF);
            }
        }
        assertEquals(1, flipped);
        assertEquals(1, relay.counts().get(">corrupted"));
        assertEquals(1, relay.counts().get(">duplicated"));
    }

    @Test
    void letsLaterDatagramsOvertakeOneThatIsHeldBack() throws IOException
    {
        relay.plan(FaultPlan.parse("hold:>T0=1/200ms"));
        toServer(1, DATA_TYPE);
        toServer(2, DATA_TYPE);
        assertEquals(List.of(2, 1), numbers(2));
    }

    @Test
    void keepsTheOrderOfWhatIsEquallyLate() throws IOException
    {
        relay.plan(FaultPlan.parse("delay=20ms"));
        final List<Integer> sent = new ArrayList<>();
        for (int i = 0; i < 200; i++)
        {
            sent.add(i);
            toServer(i, DATA_TYPE);
        }
        assertEquals(sent, numbers(200));
    }

    @Test
    void appearsAtOtherPortsByItsPlanAndIsReachedAtTheNewest() throws IOException
    {
        relay.plan(FaultPlan.parse("rebind=100ms"));
        final Set<Integer> ports = new HashSet<>();
        for (int i = 0; ports.size() < 4; i++)
        {
            toServer(i, DATA_TYPE);
            ports.add(receive(server).getPort());
        }
        relay.plan(FaultPlan.NONE);
        assertTrue(relay.counts().get("rebinds") >= 3);
        toServer(77, DATA_TYPE);
        DatagramPacket last = receive(server);
        while (number(last) != 77)
        {
            last = receive(server);
        }
        server.send(new DatagramPacket(last.getData(), LENGTH, last.getSocketAddress()));
        assertEquals(77, number(receive(client)));
    }

    @Test
    void rebindsWhenItIsToldTo() throws IOException
    {
        final InetSocketAddress before = relay.backAddress();
        final int port = relay.rebind(here);
        assertNotEquals(before.getPort(), port);
        toServer(1, DATA_TYPE);
        assertEquals(port, receive(server).getPort());
    }

    @Test
    void forwardsNothingWhileBlockedOrDark() throws IOException
    {
        relay.block(true);
        toServer(1, DATA_TYPE);
        awaitCount(">blackholed", 1);
        relay.block(false);
        relay.plan(FaultPlan.parse("blackhole=1000s/0s"));
        toServer(2, DATA_TYPE);
        awaitCount(">blackholed", 2);
        relay.plan(FaultPlan.NONE);
        toServer(3, DATA_TYPE);
        assertEquals(3, number(receive(server)));
    }

    @Test
    void losesTheNextOfAKindWhenItIsToldTo() throws IOException
    {
        relay.lose(">T0", 2);
        for (int i = 1; i <= 3; i++)
        {
            toServer(i, DATA_TYPE);
        }
        assertEquals(3, number(receive(server)));
    }

    @Test
    void replaysWhatItHasSeen() throws IOException
    {
        toServer(1, DATA_TYPE);
        toServer(2, DATA_TYPE);
        assertEquals(List.of(1, 2), numbers(2));
        assertEquals(2, relay.replay());
        assertEquals(List.of(1, 2), numbers(2));
    }

    @Test
    void writesDownWhatBecameOfEach(@TempDir final Path folder) throws IOException
    {
        relay.plan(FaultPlan.parse("drop:>M1=2 duplicate:>T0=1"));
        toServer(1, HANDSHAKE_TYPE);
        toServer(2, HANDSHAKE_TYPE);
        toServer(3, DATA_TYPE);
        assertEquals(List.of(1, 3, 3), numbers(3));
        final Path file = folder.resolve("ledger");
        assertEquals(3, relay.writeLedger(file));
        final List<String> lines = Files.readAllLines(file);
        assertTrue(lines.get(0).endsWith(" > 1 M1 100 0000a0a0 00000001 forwarded"), lines::toString);
        assertTrue(lines.get(1).endsWith(" > 2 M1 100 0000a0a0 00000002 ruled"), lines::toString);
        assertTrue(lines.get(2).endsWith(" > 3 T0 100 00000000 0000b0b0 forwarded duplicated"), lines::toString);
    }

    @Test
    void deliversNothingThatWasNotSent() throws IOException
    {
        relay.plan(FaultPlan.parse("drop:*=1-5"));
        for (int i = 0; i < 5; i++)
        {
            toServer(i, DATA_TYPE);
        }
        awaitCount(">ruled", 5);
        server.setSoTimeout(1);
        assertThrows(SocketTimeoutException.class, () -> receive(server));
    }

    private void awaitCount(final String name, final long count)
    {
        while (relay.counts().getOrDefault(name, 0L) < count)
        {
            Thread.onSpinWait();
        }
    }

    private List<Integer> numbers(final int count) throws IOException
    {
        final List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            numbers.add(number(receive(server)));
        }
        return numbers;
    }

    private void toServer(final int number, final int type) throws IOException
    {
        client.send(new DatagramPacket(datagram(number, type), LENGTH, relay.frontAddress()));
    }

    private static byte[] datagram(final int number, final int type)
    {
        final ByteBuffer datagram = ByteBuffer.allocate(LENGTH).putInt(19, 0xB0B0).put(8, (byte)type);
        return (HANDSHAKE_TYPE == type ? datagram.put(21, (byte)1).putInt(27, 0xA0A0) : datagram)
            .putInt(NUMBER_OFFSET, number).array();
    }

    private static int number(final DatagramPacket packet)
    {
        return ByteBuffer.wrap(packet.getData()).getInt(NUMBER_OFFSET);
    }

    private static DatagramPacket receive(final DatagramSocket socket) throws IOException
    {
        final DatagramPacket packet = new DatagramPacket(new byte[LENGTH], LENGTH);
        socket.receive(packet);
        return packet;
    }
}
