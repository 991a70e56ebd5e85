package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

import io.shadowmesh.cli.it.relay.FaultPlan;
import io.shadowmesh.cli.it.relay.FaultRelay;
import io.shadowmesh.cli.it.relay.Wiring;
import io.shadowmesh.dataplane.Tunnel;
import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.host.NetworkNamespace;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.status.TunnelCounter;

/**
 * Two tunnels of the library in the test's own process, which spares the start of two JVMs: real devices and sockets on
 * the two hosts of a scene, and a fault relay on a's host between them.
 *
 * <pre>
 *   host a: tunnel a 192.0.2.1:P, relay 192.0.2.1:P+1 | 192.0.2.1:P+2      host b: tunnel b 192.0.2.2:P
 *           device 10.N.M.1/24                                                     device 10.N.M.2/24
 * </pre>
 *
 * <p><b>Threading</b>: one thread at a time; pairs with other numbers may run at the same time.
 */
final class TunnelPair implements AutoCloseable
{
    private static final int FIRST_PORT = 10_000;
    private static final int PORTS_EACH = 4;
    private static final int SUBNETS = 200;
    private static final int FIRST_NET = 100;
    private static final int INNER_PORT = 5000;
    private static final int RESEND_MS = 200;

    private final Identity identityA = Identity.generate();
    private final Identity identityB = Identity.generate();
    private final Host hostA;
    private final Host hostB;
    private final int port;
    private final String subnet;
    private final FaultRelay relay;
    private volatile Tunnel a;
    private volatile Tunnel b;

    /**
     * Starts the relay.
     *
     * @param scene  whose hosts it is on.
     * @param number of the pair, from 0 to 9999.
     * @param plan   of the relay.
     */
    TunnelPair(final Scene scene, final int number, final String plan)
    {
        hostA = scene.a();
        hostB = scene.b();
        port = FIRST_PORT + PORTS_EACH * number;
        subnet = "10." + (FIRST_NET + number / SUBNETS) + "." + number % SUBNETS;
        final InetAddress source = address(TwoHosts.A4);
        relay = on(hostA, () -> new FaultRelay(
            new Wiring(new InetSocketAddress(TwoHosts.A4, port + 1), List.of(source), port + 2,
                new InetSocketAddress(TwoHosts.B4, port), new InetSocketAddress(TwoHosts.A4, port)),
            FaultPlan.parse(plan)));
    }

    /**
     * Starts tunnel a.
     *
     * @param initiates whether it connects at once, rather than when there is something to send.
     */
    void startA(final boolean initiates)
    {
        a = start(hostA, TwoHosts.A4, subnet + ".1/24", identityA, peer(identityB, ".2/32", port + 1, initiates));
    }

    /** Starts tunnel b as a listener, which does not know where a is. */
    void listenAtB()
    {
        b = start(hostB, TwoHosts.B4, subnet + ".2/24", identityB,
            TunnelPeer.builder(identityA.peerId()).allowedIp(IpPrefix.parse(subnet + ".1/32")).build());
    }

    /**
     * Starts tunnel b.
     *
     * @param initiates whether it connects at once, rather than when there is something to send.
     */
    void startB(final boolean initiates)
    {
        b = start(hostB, TwoHosts.B4, subnet + ".2/24", identityB, peer(identityA, ".1/32", port + 2, initiates));
    }

    /** @return the relay between them. */
    FaultRelay relay()
    {
        return relay;
    }

    /** @return how many handshake datagrams have come to the relay. */
    long handshakeDatagrams()
    {
        return relay.counts().entrySet().stream().filter(count -> count.getKey().matches("[<>]M\\d"))
            .mapToLong(Map.Entry::getValue).sum();
    }

    /** @return the lines of the relay's ledger. */
    List<String> ledger()
    {
        try
        {
            final Path file = Files.createTempFile("shadowmesh-it-ledger-", "");
            try
            {
                relay.writeLedger(file);
                return Files.readAllLines(file);
            }
            finally
            {
                Files.delete(file);
            }
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /** @return whether either tunnel has a session that the other has confirmed. */
    boolean isConnected()
    {
        return sessionsOfA() > 0 && sessionsOfB() > 0;
    }

    /** @return how many sessions a has had. */
    long sessionsOfA()
    {
        return a.status().get(TunnelCounter.SESSIONS_ESTABLISHED);
    }

    /** @return how many sessions b has had. */
    long sessionsOfB()
    {
        return b.status().get(TunnelCounter.SESSIONS_ESTABLISHED);
    }

    /**
     * Starts both tunnels, each of which connects to the other at once.
     *
     * @param firstA  whether a is first.
     * @param apartNs how much later the other is.
     */
    void startBoth(final boolean firstA, final long apartNs)
    {
        final long endNs = System.nanoTime() + apartNs;
        final Thread first = Thread.ofPlatform().start(() -> start(firstA));
        for (long leftNs = apartNs; leftNs > 0; leftNs = endNs - System.nanoTime())
        {
            LockSupport.parkNanos(leftNs);
        }
        start(!firstA);
        try
        {
            first.join();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while a tunnel started", e);
        }
    }

    private void start(final boolean atA)
    {
        if (atA)
        {
            startA(true);
        }
        else
        {
            startB(true);
        }
    }

    /**
     * Sends datagrams through the tunnel from a to b and back until one has made the way, which proves that the sessions
     * that either side sends on are held by the other.
     *
     * @param deadline after which the test fails.
     */
    void exchange(final Duration deadline)
    {
        try (DatagramSocket atA = on(hostA, () -> new DatagramSocket(INNER_PORT, address(subnet + ".1")));
            DatagramSocket atB = on(hostB, () -> new DatagramSocket(INNER_PORT, address(subnet + ".2"))))
        {
            final long end = System.nanoTime() + deadline.toNanos();
            atA.setSoTimeout(RESEND_MS);
            atB.setSoTimeout(RESEND_MS);
            for (int i = 0; !hasCrossed(atA, atB, i) || !hasCrossed(atB, atA, i); i++)
            {
                if (System.nanoTime() - end > 0)
                {
                    throw new AssertionError("nothing goes through " + this);
                }
            }
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean hasCrossed(final DatagramSocket from, final DatagramSocket to, final int number)
        throws IOException
    {
        final byte[] bytes = ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
        from.send(new DatagramPacket(bytes, bytes.length, to.getLocalSocketAddress()));
        final DatagramPacket packet = new DatagramPacket(new byte[bytes.length], bytes.length);
        try
        {
            to.receive(packet);
            return true;
        }
        catch (final SocketTimeoutException e)
        {
            return false;
        }
    }

    @Override
    public void close()
    {
        if (null != a)
        {
            a.close();
        }
        if (null != b)
        {
            b.close();
        }
        relay.close();
    }

    @Override
    public String toString()
    {
        return "pair at port " + port + ", a has had " + (null == a ? 0 : sessionsOfA()) + " sessions, b " +
            (null == b ? 0 : sessionsOfB()) + ", relay " + relay.counts();
    }

    private TunnelPeer peer(final Identity identity, final String inside, final int relayPort, final boolean initiates)
    {
        return TunnelPeer.builder(identity.peerId()).endpoint(TwoHosts.A4, relayPort)
            .allowedIp(IpPrefix.parse(subnet + inside)).initiate(initiates).build();
    }

    private Tunnel start(
        final Host host, final String outside, final String inside, final Identity identity, final TunnelPeer peer)
    {
        return on(host, () -> Tunnel.builder()
            .identity(identity)
            .address(IpPrefix.parse(inside))
            .bind(new InetSocketAddress(outside, port))
            .peer(peer)
            .start());
    }

    private static <T> T on(final Host host, final NetworkNamespace.Work<T, IOException> work)
    {
        try (NetworkNamespace namespace = NetworkNamespace.open(Path.of("/run/netns", host.namespace())))
        {
            return namespace.call(work);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static InetAddress address(final String text)
    {
        try
        {
            return InetAddress.getByName(text);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }
}
