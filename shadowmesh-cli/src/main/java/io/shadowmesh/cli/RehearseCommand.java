package io.shadowmesh.cli;

import io.shadowmesh.dataplane.Tunnel;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.host.NetworkNamespace;
import io.shadowmesh.dataplane.host.VethPair;
import io.shadowmesh.dataplane.identity.IdentityFile;
import io.shadowmesh.dataplane.identity.PeerId;
import picocli.CommandLine;
import picocli.CommandLine.Command;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * {@code shadowmesh rehearse}: does once, in this process and on hosts of its own, what a node does from its start to
 * its end, so that the JVM can note the classes that this takes. The launcher keeps them in an archive, and every later
 * start is faster. Where it may not make hosts it does what it may.
 */
@Command(name = "rehearse", hidden = true, description = "Go through a node's life once, for the launcher's archive.")
final class RehearseCommand implements Callable<Integer>
{
    private static final String UNDERLAY_A = "192.0.2.1";
    private static final String UNDERLAY_B = "192.0.2.2";
    private static final String INSIDE_A = "10.10.10.3";
    private static final String INSIDE_B = "10.10.10.4";
    private static final String LENGTH = "/24";
    private static final int DATAGRAMS = 200;
    private static final int ECHO_PORT = 7;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1);

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
            new PeerFolder(keysA).add(new PeerEntry("b", idB, HostPort.parse(UNDERLAY_B), List.of(), 0));
            final List<Tunnel> tunnels = new ArrayList<>();
            try (NetworkNamespace a = NetworkNamespace.create(); NetworkNamespace b = NetworkNamespace.create())
            {
                VethPair.create(end(a, UNDERLAY_A), end(b, UNDERLAY_B));
                tunnels.add(start(b, keysB, UNDERLAY_B, INSIDE_B, "-allow", idA.toString()));
                tunnels.add(start(a, keysA, UNDERLAY_A, INSIDE_A, "-connect", "b"));
                exchange(a, b);
            }
            finally
            {
                tunnels.forEach(Tunnel::close);
            }
        }
        catch (final IOException | CommandException e)
        {
            System.err.println("rehearsed without a tunnel: " + Diagnosis.oneLine(e));
        }
        finally
        {
            delete(folder);
        }
        return 0;
    }

    private static VethPair.End end(final NetworkNamespace host, final String address)
    {
        return new VethPair.End(host, "eth0", 1500, List.of(IpPrefix.parse(address + LENGTH)));
    }

    private static Tunnel start(final NetworkNamespace host, final Path keys, final String underlay,
        final String inside, final String role, final String peer) throws IOException
    {
        final String[] words = {"up", "-keydir", keys.toString(), "-ip", underlay, "-tun", "chr001", "-tun-ip", inside,
            role, peer, "-counters", keys.resolve("counters").toString()};
        final CommandLine line = Main.parser(words);
        line.parseArgs(words);
        final UpCommand up = line.getSubcommands().get("up").getCommand();
        return host.<Tunnel, IOException>call(() -> up.start(new NodeShutdown()));
    }

    /** Sends datagrams from a until b has had enough of them. */
    private static void exchange(final NetworkNamespace a, final NetworkNamespace b) throws IOException
    {
        final InetAddress insideB = IpPrefix.parse(INSIDE_B).address();
        final ByteBuffer bytes = ByteBuffer.allocateDirect(1200);
        try (DatagramChannel receiver = b.call(
                () -> DatagramChannel.open().bind(new InetSocketAddress(insideB, ECHO_PORT)));
            DatagramChannel sender = a.call(
                () -> DatagramChannel.open().connect(new InetSocketAddress(insideB, ECHO_PORT))))
        {
            receiver.configureBlocking(false);
            int received = 0;
            for (final long start = System.nanoTime();
                received < DATAGRAMS && System.nanoTime() - start < PATIENCE_NS;)
            {
                sender.write(bytes.clear());
                LockSupport.parkNanos(PAUSE_NS);
                if (receiver.receive(bytes.clear()) != null)
                {
                    received++;
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
