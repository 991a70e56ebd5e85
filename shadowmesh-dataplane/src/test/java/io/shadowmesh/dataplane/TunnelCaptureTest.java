package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.capture.CaptureLimits;
import io.shadowmesh.dataplane.capture.RecordedFile;
import io.shadowmesh.dataplane.device.TunOffloads;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.request.RequestClient;
import io.shadowmesh.dataplane.request.RequestSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Two whole nodes in one process, of which one is asked to record, the way another process would ask it. */
@Timeout(120)
class TunnelCaptureTest
{
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int ADDRESS_A = 0x0A0A0A03;
    private static final int ADDRESS_B = 0x0A0A0A04;
    private static final int PACKETS = 500;

    @TempDir
    private Path folder;

    private final Wire wireA = new Wire("memA", 1400, TunOffloads.NONE);
    private final Wire wireB = new Wire("memB", 1400, TunOffloads.NONE);
    private final Identity identityA = Identity.generate();
    private final Identity identityB = Identity.generate();
    private Tunnel a;
    private Tunnel b;

    @AfterEach
    void close()
    {
        for (final Tunnel tunnel : new Tunnel[] {a, b})
        {
            if (tunnel != null)
            {
                tunnel.close();
            }
        }
        wireA.close();
        wireB.close();
    }

    @Test
    void recordsWhatGoesToAndComesFromAPeerInClearText() throws IOException
    {
        start();
        final RequestSocket socket = a.answerRequests(folder.resolve("memA.sock"));
        deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, 0);
        final RecordedFile file;
        try (RequestClient client =
            RequestClient.ask(socket.path(), Request.parse("capture packets=" + 2 * PACKETS), PATIENCE))
        {
            assertNull(client.next());
            for (int i = 1; i <= PACKETS; i++)
            {
                deliver(wireA, ADDRESS_A, ADDRESS_B, wireB, i);
                deliver(wireB, ADDRESS_B, ADDRESS_A, wireA, -i);
            }
            file = RecordedFile.parse(rest(client));
        }

        assertEquals("memA", file.device());
        assertEquals(0, file.missed());
        final List<Long> out = numbers(file, true);
        final List<Long> in = numbers(file, false);
        assertEquals(IntStream.rangeClosed(1, PACKETS).mapToObj(i -> (long)i).toList(), out);
        assertEquals(IntStream.rangeClosed(1, PACKETS).mapToObj(i -> (long)-i).toList(), in);
    }

    @Test
    void endsTheRecordingWhenTheTunnelDoes() throws IOException
    {
        start();
        final RequestSocket socket = a.answerRequests(folder.resolve("memA.sock"));
        try (RequestClient client = RequestClient.ask(socket.path(), Request.of("capture"), PATIENCE))
        {
            assertNull(client.next());
            a.close();
            rest(client);
        }
        assertFalse(java.nio.file.Files.exists(socket.path()));
        assertThrows(IllegalStateException.class, () -> a.capture(CaptureLimits.USUAL, null, () -> true));
    }

    @Test
    void tellsASecondClientThatOneRecordingGoesOn() throws IOException
    {
        start();
        final RequestSocket socket = a.answerRequests(folder.resolve("memA.sock"));
        try (RequestClient first = RequestClient.ask(socket.path(), Request.of("capture"), PATIENCE);
            RequestClient second = RequestClient.ask(socket.path(), Request.of("capture"), PATIENCE))
        {
            final RequestClient refused = oneOf(first, second);
            assertTrue(refused == first || refused == second);
        }
    }

    @Test
    void namesTheLimitThatIsOutOfRange() throws IOException
    {
        start();
        final RequestSocket socket = a.answerRequests(folder.resolve("memA.sock"));
        try (RequestClient client =
            RequestClient.ask(socket.path(), Request.parse("capture seconds=0"), PATIENCE))
        {
            final IOException e = assertThrows(IOException.class, client::next);
            assertEquals("capture: seconds=0: give a whole number from 1 to 86400", e.getMessage());
        }
    }

    /** Exactly one of the two is refused; which, depends on their threads. */
    private static RequestClient oneOf(final RequestClient first, final RequestClient second)
    {
        RequestClient refused = null;
        for (final RequestClient client : List.of(first, second))
        {
            try
            {
                assertNull(client.next());
            }
            catch (final IOException e)
            {
                assertTrue(e.getMessage().contains("goes on already"), e.getMessage());
                assertNull(refused, "both were refused");
                refused = client;
            }
        }
        return refused;
    }

    private static byte[] rest(final RequestClient client) throws IOException
    {
        final ByteArrayOutputStream all = new ByteArrayOutputStream();
        final ByteBuffer piece = ByteBuffer.allocate(8192);
        while (client.read(piece) >= 0)
        {
            all.write(piece.array(), 0, piece.position());
            piece.clear();
        }
        return all.toByteArray();
    }

    private static List<Long> numbers(final RecordedFile file, final boolean outbound)
    {
        return file.packets().stream().filter(packet -> packet.outbound() == outbound)
            .map(packet -> ByteBuffer.wrap(Arrays.copyOfRange(packet.bytes(), 20, 28))
                .order(java.nio.ByteOrder.nativeOrder()).getLong()).toList();
    }

    private void start() throws IOException
    {
        b = Tunnel.builder().identity(identityB).device(wireB.device()).bind(new InetSocketAddress("127.0.0.1", 0))
            .peer(TunnelPeer.builder(identityA.peerId()).allowedIp(IpPrefix.parse("10.10.10.3/32")).build()).start();
        a = Tunnel.builder().identity(identityA).device(wireA.device()).bind(new InetSocketAddress("127.0.0.1", 0))
            .peer(TunnelPeer.builder(identityB.peerId()).allowedIp(IpPrefix.parse("10.10.10.4/32"))
                .endpoint("127.0.0.1", b.localAddress().getPort()).initiate(true).build()).start();
    }

    private static void deliver(final Wire from, final int source, final int destination, final Wire to, final long number)
    {
        assertTrue(from.send(source, destination, 60, number));
        final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (to.receive() == 0)
        {
            assertTrue(System.nanoTime() < deadlineNs, "a packet was lost");
            Thread.yield();
        }
        assertEquals(number, to.number());
    }
}
