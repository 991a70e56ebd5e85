package io.shadowmesh.dataplane;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.request.RequestClient;
import io.shadowmesh.dataplane.request.RequestSocket;
import io.shadowmesh.dataplane.status.EchoReply;
import io.shadowmesh.dataplane.status.TunnelCounter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Two whole nodes in one process, of which one sends echoes to the other. */
@Timeout(120)
class TunnelPingTest
{
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private final Wire wireA = new Wire("memA", 1400);
    private final Wire wireB = new Wire("memB", 1400);
    private final Wire wireLater = new Wire("memC", 1400);
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
        wireLater.close();
    }

    /** A does not begin by itself: that somebody asks is reason enough. */
    @Test
    void makesASessionAndCountsEachEcho() throws IOException
    {
        start(false);
        final List<String> names = new ArrayList<>();
        try (RequestClient client = ask("ping beta count=5 interval_ns=100000000 timeout_ns=30000000000"))
        {
            for (Request line = client.next(); line != null; line = client.next())
            {
                names.add(line.name());
                if (line.name().equals("reply"))
                {
                    assertTrue(line.number("rtt_ns") > 0, line.toString());
                }
            }
            assertEquals(List.of("waiting", "peer", "reply", "reply", "reply", "reply", "reply"), names);
            assertEquals(5, client.result().number("sent"));
            assertEquals(5, client.result().number("received"));
        }
    }

    @Test
    void tellsWhatThePeerHasReceived() throws Exception
    {
        start(true);
        try (RequestClient client = ask("ping count=1"))
        {
            while (client.next() != null)
            {
                continue;
            }
        }
        final EchoReply before = a.ping(identityB.peerId()).get(30, TimeUnit.SECONDS);
        for (int i = 0; i < 10; i++)
        {
            assertTrue(wireA.send(0x0A0A0A03, 0x0A0A0A04, 100, i));
        }
        final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        for (int received = 0; received < 10; received += wireB.receive() > 0 ? 1 : 0)
        {
            assertTrue(System.nanoTime() < deadlineNs, "a packet was lost");
            Thread.yield();
        }
        final EchoReply after = a.ping(identityB.peerId()).get(30, TimeUnit.SECONDS);
        assertEquals(before.session(), after.session());
        assertTrue(after.packetsReceived() - before.packetsReceived() >= 11, before + " then " + after);
        assertTrue(after.bytesReceived() - before.bytesReceived() >= 1000, before + " then " + after);
        assertEquals(0, after.packetsLost());
    }

    @Test
    void saysThatThereIsNoSessionAnyMore() throws Exception
    {
        start(true);
        askOnce();
        b.close();
        awaitEndOfSession();
        assertEquals(1, a.status().get(TunnelCounter.CLOSES_RECEIVED));
        try (RequestClient client = ask("ping count=1 wait_ns=100000000 timeout_ns=100000000"))
        {
            assertEquals("waiting", client.next().name());
            final IOException e = assertThrows(IOException.class, client::next);
            assertTrue(e.getMessage().contains("no session with beta"), e.getMessage());
        }
    }

    /** The counter of CLOSE is ahead of the control thread, which ends the session. */
    private void awaitEndOfSession() throws Exception
    {
        final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (true)
        {
            try
            {
                a.ping(identityB.peerId()).get(10, TimeUnit.MILLISECONDS);
            }
            catch (final TimeoutException e)
            {
                assertTrue(System.nanoTime() < deadlineNs, "B did not say good-bye");
            }
            catch (final ExecutionException e)
            {
                return;
            }
        }
    }

    @Test
    void saysThatAnEchoWasNotAnswered() throws IOException
    {
        b = beta(wireB, 0);
        try (LoopbackRelay relay = new LoopbackRelay(b.localAddress().getPort()))
        {
            a = alphaTo(relay.port(), true);
            askOnce();
            relay.block(true);
            try (RequestClient client = ask("ping count=2 interval_ns=100000000 timeout_ns=100000000"))
            {
                assertEquals("peer", client.next().name());
                assertEquals("lost", client.next().name());
                assertEquals("lost", client.next().name());
                assertNull(client.next());
                assertEquals(2, client.result().number("sent"));
                assertEquals(0, client.result().number("received"));
            }
        }
    }

    /** More than a peer answers in a second, and then it is no peer any more. */
    @Test
    void tellsWhoWaitsForAPeerThatLeaves() throws Exception
    {
        start(true);
        try (RequestClient client = ask("ping count=1"))
        {
            while (client.next() != null)
            {
                continue;
            }
        }
        final List<CompletableFuture<EchoReply>> echoes = new ArrayList<>();
        for (int i = 0; i < 100; i++)
        {
            echoes.add(a.ping(identityB.peerId()));
        }
        a.replacePeers(List.of());
        int failed = 0;
        for (final CompletableFuture<EchoReply> echo : echoes)
        {
            failed += echo.handle((reply, failure) -> null == reply ? 1 : 0).get(30, TimeUnit.SECONDS);
        }
        // A reply goes to the echo that was asked for nearest to when it was sealed: any ten at most get one.
        assertTrue(failed >= 90, failed + " of 100");
    }

    @Test
    void refusesAtOnceWhatCanComeToNothing() throws Exception
    {
        start(false);
        assertThrows(IllegalArgumentException.class, () -> a.ping(identityA.peerId()));
        final ExecutionException e = assertThrows(
            ExecutionException.class, () -> a.ping(identityB.peerId()).get(30, TimeUnit.SECONDS));
        assertTrue(e.getCause().getMessage().contains("there is no session with beta"), e.getMessage());
        // B cannot call A: it knows no address of it.
        final RequestSocket socket = b.answerRequests(folder.resolve("memB.sock"));
        try (RequestClient client = RequestClient.ask(socket.path(), Request.parse("ping count=1"), PATIENCE))
        {
            final IOException refused = assertThrows(IOException.class, client::next);
            assertTrue(refused.getMessage().contains("no address of it is known"), refused.getMessage());
        }
        a.close();
        assertThrows(IllegalStateException.class, () -> a.ping(identityB.peerId()));
    }

    @Test
    void endsWhenItsClientHasHadEnough() throws IOException
    {
        start(true);
        try (RequestClient client = ask("ping interval_ns=100000000"))
        {
            for (Request line = client.next(); !line.name().equals("reply"); line = client.next())
            {
                continue;
            }
            client.enough();
            while (client.next() != null)
            {
                continue;
            }
            assertTrue(client.result().number("received") >= 1);
            assertNull(client.next());
        }
    }

    /** Nobody else wants a session: B does not call, and A calls nobody by itself. */
    @Test
    void asksForAnotherSessionWhenTheOneItHadHasEnded() throws IOException
    {
        start(false);
        try (RequestClient client = ask("ping interval_ns=100000000 timeout_ns=100000000000"))
        {
            for (Request line = client.next(); !line.name().equals("reply"); line = client.next())
            {
                continue;
            }
            final int port = b.localAddress().getPort();
            b.close();
            b = beta(wireLater, port);
            final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
            while (b.status().get(TunnelCounter.SESSIONS_ESTABLISHED) == 0)
            {
                assertTrue(System.nanoTime() < deadlineNs, "nobody asked for a session");
                Thread.yield();
            }
            while (b.status().get(TunnelCounter.ECHOES_SENT) < 5)
            {
                assertTrue(System.nanoTime() < deadlineNs, "no echo was answered");
                assertEquals("reply", client.next().name());
            }
        }
    }

    /** Another preshared key makes another peer of it, with sessions of its own. */
    @Test
    void goesOnWithAPeerThatHasAnotherPresharedKey() throws IOException
    {
        start(true);
        try (RequestClient client = ask("ping interval_ns=100000000 timeout_ns=3000000000"))
        {
            awaitReply(client);
            b.replacePeers(List.of(alpha().presharedKey(new byte[32]).build()));
            a.replacePeers(List.of(betaAt(b.localAddress().getPort()).presharedKey(new byte[32]).build()));
            final long before = b.status().get(TunnelCounter.ECHOES_SENT);
            final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
            while (b.status().get(TunnelCounter.ECHOES_SENT) < before + 5)
            {
                assertTrue(System.nanoTime() < deadlineNs, "no echo is answered any more");
                client.next();
            }
        }
    }

    @Test
    void countsWhatIsLostOnceItsPeerIsNoneAnyMore() throws IOException
    {
        start(true);
        try (RequestClient client = ask("ping count=20 interval_ns=100000000 timeout_ns=1000000000"))
        {
            awaitReply(client);
            a.replacePeers(List.of());
            while (client.next() != null)
            {
                continue;
            }
            assertEquals(20, client.result().number("sent"));
            assertTrue(client.result().number("received") < 20, client.result().toString());
        }
    }

    private static void awaitReply(final RequestClient client) throws IOException
    {
        for (Request line = client.next(); !line.name().equals("reply"); line = client.next())
        {
            continue;
        }
    }

    private void askOnce() throws IOException
    {
        try (RequestClient client = ask("ping count=1"))
        {
            while (client.next() != null)
            {
                continue;
            }
        }
    }

    private RequestClient ask(final String line) throws IOException
    {
        return RequestClient.ask(folder.resolve("memA.sock"), Request.parse(line), PATIENCE);
    }

    private void start(final boolean initiate) throws IOException
    {
        b = beta(wireB, 0);
        a = alphaTo(b.localAddress().getPort(), initiate);
    }

    private Tunnel alphaTo(final int port, final boolean initiate) throws IOException
    {
        final Tunnel alpha = Tunnel.builder().identity(identityA).device(wireA.device())
            .bind(new InetSocketAddress("127.0.0.1", 0)).peer(betaAt(port).initiate(initiate).build()).start();
        alpha.answerRequests(folder.resolve("memA.sock"));
        return alpha;
    }

    private Tunnel beta(final Wire wire, final int port) throws IOException
    {
        return Tunnel.builder().identity(identityB).device(wire.device()).bind(new InetSocketAddress("127.0.0.1", port))
            .peer(alpha().build()).start();
    }

    private TunnelPeer.Builder alpha()
    {
        return TunnelPeer.builder(identityA.peerId()).name("alpha").allowedIp(IpPrefix.parse("10.10.10.3/32"));
    }

    private TunnelPeer.Builder betaAt(final int port)
    {
        return TunnelPeer.builder(identityB.peerId()).name("beta").allowedIp(IpPrefix.parse("10.10.10.4/32"))
            .endpoint("127.0.0.1", port).initiate(true);
    }
}
