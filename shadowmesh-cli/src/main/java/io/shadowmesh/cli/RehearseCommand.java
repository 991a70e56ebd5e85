package io.shadowmesh.cli;

import io.shadowmesh.dataplane.Tunnel;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.crypto.Aead;
import io.shadowmesh.dataplane.crypto.Suite;
import io.shadowmesh.dataplane.device.TunDevice;
import io.shadowmesh.dataplane.host.NetworkNamespace;
import io.shadowmesh.dataplane.host.VethPair;
import io.shadowmesh.dataplane.identity.IdentityFile;
import io.shadowmesh.dataplane.identity.PeerId;
import picocli.CommandLine;
import picocli.CommandLine.Command;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * {@code shadowmesh rehearse}: does once, in this process, what a node does from its start to its end, and forwards
 * traffic for a few seconds, so that the JVM can note the classes that this takes and how their code behaves. The
 * launcher keeps both in a file, and every later start is faster.
 *
 * <p>With the right to make hosts, it runs two nodes on hosts of their own. Without, it runs them on this one, over
 * loopback, with {@link RehearsalWire}s in the place of their devices.
 */
@Command(name = "rehearse", hidden = true, description = "Go through a node's life once, for the launcher's cache.")
final class RehearseCommand implements Callable<Integer>
{
    private static final String UNDERLAY_A = "192.0.2.1";
    private static final String UNDERLAY_B = "192.0.2.2";
    private static final String LENGTH = "/24";
    private static final int ECHO_PORT = 7;
    private static final int PACKET_LENGTH = 1200;
    private static final int LARGEST_BURST = 32;
    private static final long TRAFFIC_NS = TimeUnit.SECONDS.toNanos(1);
    private static final Duration WARM_UP = Duration.ofMillis(100);
    private static final long PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long PAUSE_NS = TimeUnit.MICROSECONDS.toNanos(50);

    /** Sends a packet from a to b or back, or takes one that has arrived. */
    private interface Ends
    {
        void send(boolean fromA) throws IOException;

        boolean receive(boolean atA) throws IOException;
    }

    @Override
    public Integer call() throws IOException
    {
        final Path folder = Files.createTempDirectory("shadowmesh-rehearsal-");
        try
        {
            final Path keysA = folder.resolve("a");
            final Path keysB = folder.resolve("b");
            final PeerId idA = IdentityFile.create(keysA).peerId();
            final PeerId idB = IdentityFile.create(keysB).peerId();
            try
            {
                rehearseOnOwnHosts(keysA, idA, keysB, idB);
            }
            catch (final IOException | CommandException e)
            {
                System.err.println("rehearsing over loopback: " + Diagnosis.oneLine(e));
                rehearseOverLoopback(keysA, idA, keysB, idB);
            }
            WarmUp.attempt(Aead.best(), Suite.AES_256_GCM, null, WARM_UP);
        }
        finally
        {
            delete(folder);
        }
        return 0;
    }

    private static void rehearseOnOwnHosts(final Path keysA, final PeerId idA, final Path keysB, final PeerId idB)
        throws IOException
    {
        final List<Tunnel> tunnels = new ArrayList<>();
        try (NetworkNamespace a = NetworkNamespace.create(); NetworkNamespace b = NetworkNamespace.create())
        {
            VethPair.create(end(a, UNDERLAY_A), end(b, UNDERLAY_B));
            final UpCommand upB = parsed(keysB, UNDERLAY_B, RehearsalWire.INSIDE_B, "-allow", idA.toString());
            tunnels.add(b.<Tunnel, IOException>call(() -> upB.start(new NodeShutdown())));
            final UpCommand upA = parsed(keysA, UNDERLAY_A, RehearsalWire.INSIDE_A, "-connect", idB + "@" + UNDERLAY_B);
            tunnels.add(a.<Tunnel, IOException>call(() -> upA.start(new NodeShutdown())));
            upA.watchPeers(tunnels.getLast());
            exchange(a, b);
        }
        finally
        {
            tunnels.forEach(Tunnel::close);
        }
    }

    private static void rehearseOverLoopback(final Path keysA, final PeerId idA, final Path keysB, final PeerId idB)
        throws IOException
    {
        final List<Tunnel> tunnels = new ArrayList<>();
        try (RehearsalWire a = new RehearsalWire(RehearsalWire.INSIDE_A, RehearsalWire.INSIDE_B);
            RehearsalWire b = new RehearsalWire(RehearsalWire.INSIDE_B, RehearsalWire.INSIDE_A))
        {
            final Tunnel tunnelB = start(b.device(), keysB, RehearsalWire.INSIDE_B, "-allow", idA.toString());
            tunnels.add(tunnelB);
            tunnels.add(start(a.device(), keysA, RehearsalWire.INSIDE_A, "-connect",
                idB + "@" + RehearsalWire.LOOPBACK + ":" + tunnelB.localAddress().getPort()));
            exchange(new Ends()
            {
                @Override
                public void send(final boolean fromA)
                {
                    (fromA ? a : b).ping();
                }

                @Override
                public boolean receive(final boolean atA)
                {
                    return (atA ? a : b).receive() > 0;
                }
            });
        }
        finally
        {
            tunnels.forEach(Tunnel::close);
        }
    }

    private static Tunnel start(final TunDevice device, final Path keys, final String inside, final String role,
        final String peer) throws IOException
    {
        final UpCommand up = parsed(keys, RehearsalWire.LOOPBACK, inside, role, peer, "-port", "0");
        final Tunnel tunnel = up.start(new NodeShutdown(), device);
        up.watchPeers(tunnel);
        return tunnel;
    }

    private static VethPair.End end(final NetworkNamespace host, final String address)
    {
        return new VethPair.End(host, "eth0", 1500, List.of(IpPrefix.parse(address + LENGTH)));
    }

    private static UpCommand parsed(final Path keys, final String underlay, final String inside, final String... more)
    {
        final List<String> words = new ArrayList<>(List.of(
            "up", "-keydir", keys.toString(), "-ip", underlay, "-tun", "chr001", "-tun-ip", inside,
            "-status-dir", keys.resolve("status").toString()));
        words.addAll(List.of(more));
        final String[] all = words.toArray(String[]::new);
        final CommandLine line = Main.parser(all);
        line.parseArgs(all);
        final UpCommand up = line.getSubcommands().get("up").getCommand();
        up.configure();
        return up;
    }

    private static void exchange(final NetworkNamespace a, final NetworkNamespace b) throws IOException
    {
        final InetSocketAddress atA = new InetSocketAddress(IpPrefix.parse(RehearsalWire.INSIDE_A).address(), ECHO_PORT);
        final InetSocketAddress atB = new InetSocketAddress(IpPrefix.parse(RehearsalWire.INSIDE_B).address(), ECHO_PORT);
        final ByteBuffer bytes = ByteBuffer.allocateDirect(PACKET_LENGTH);
        try (DatagramChannel channelA = a.call(() -> DatagramChannel.open().bind(atA));
            DatagramChannel channelB = b.call(() -> DatagramChannel.open().bind(atB)))
        {
            channelA.configureBlocking(false);
            channelB.configureBlocking(false);
            exchange(new Ends()
            {
                @Override
                public void send(final boolean fromA) throws IOException
                {
                    (fromA ? channelA : channelB).send(bytes.clear(), fromA ? atB : atA);
                }

                @Override
                public boolean receive(final boolean isA) throws IOException
                {
                    return (isA ? channelA : channelB).receive(bytes.clear()) != null;
                }
            });
        }
    }

    /** Bursts of 1, 2, ... packets both ways, each awaited before the next, for a while. */
    private static void exchange(final Ends ends) throws IOException
    {
        int burst = 0;
        for (final long start = System.nanoTime(); System.nanoTime() - start < TRAFFIC_NS;)
        {
            burst = burst % LARGEST_BURST + 1;
            for (int i = 0; i < burst; i++)
            {
                ends.send(true);
                ends.send(false);
            }
            int awaited = 2 * burst;
            for (final long sent = System.nanoTime(); awaited > 0 && System.nanoTime() - sent < PATIENCE_NS;)
            {
                final int before = awaited;
                awaited -= ends.receive(true) ? 1 : 0;
                awaited -= ends.receive(false) ? 1 : 0;
                if (awaited == before)
                {
                    LockSupport.parkNanos(PAUSE_NS);
                }
            }
        }
    }

    private static void delete(final Path folder) throws IOException
    {
        try (Stream<Path> files = Files.walk(folder))
        {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList())
            {
                Files.delete(file);
            }
        }
    }
}
