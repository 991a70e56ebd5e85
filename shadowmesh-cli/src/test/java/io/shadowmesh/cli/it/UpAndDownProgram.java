package io.shadowmesh.cli.it;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;

import io.shadowmesh.dataplane.Tunnel;
import io.shadowmesh.dataplane.TunnelPeer;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.dataplane.identity.IdentityFile;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.status.RuntimeFolder;

/**
 * Starts and closes tunnels in one process, one after the other, each with some traffic in between.
 *
 * <pre>
 *   KEYDIR PEER-ID HOST PORT DEVICE ADDRESS LOCAL-ADDRESS TARGET-ADDRESS COUNT
 * </pre>
 *
 * prints a line after each: "cycle N fds F threads T rss KB vm KB closed in MS ms", and "done" at the end.
 */
final class UpAndDownProgram
{
    private static final int CLOSED_PORT = 9;
    private static final int ROUND_TRIPS = 5;
    private static final int PATIENCE_MS = 250;
    private static final int ATTEMPTS = 120;

    private UpAndDownProgram()
    {
    }

    /**
     * Runs all cycles.
     *
     * @param arguments as above.
     * @throws IOException if a tunnel cannot be had.
     */
    public static void main(final String[] arguments) throws IOException
    {
        final Identity identity = IdentityFile.loadOrCreate(Path.of(arguments[0]));
        final TunnelPeer peer = TunnelPeer.builder(PeerId.parse(arguments[1]))
            .endpoint(arguments[2], Integer.parseInt(arguments[3]))
            .allowedIp(IpPrefix.parse(arguments[7] + "/32"))
            .initiate(true)
            .build();
        final InetSocketAddress target = new InetSocketAddress(arguments[7], CLOSED_PORT);
        final int count = Integer.parseInt(arguments[8]);
        for (int cycle = 1; cycle <= count; cycle++)
        {
            final Tunnel tunnel = Tunnel.builder()
                .identity(identity)
                .device(arguments[4])
                .address(IpPrefix.parse(arguments[5]))
                .bind(new InetSocketAddress(arguments[6], 0))
                .statusFolder(RuntimeFolder.usual(System.getenv()))
                .peer(peer)
                .start();
            for (int i = 0; i < ROUND_TRIPS; i++)
            {
                roundTrip(target);
            }
            final long beginNs = System.nanoTime();
            tunnel.close();
            final long closeMs = (System.nanoTime() - beginNs) / 1_000_000;
            final ProcessUsage usage = ProcessUsage.of("self");
            System.out.println("cycle " + cycle + " fds " + usage.descriptors() +
                " threads " + ManagementFactory.getThreadMXBean().getThreadCount() +
                " rss " + usage.residentKb() + " vm " + usage.virtualKb() + " closed in " + closeMs + " ms");
        }
        System.out.println("done");
    }

    /** A connection to a port where nobody listens: that it is refused is the answer, and has crossed the tunnel. */
    private static void roundTrip(final InetSocketAddress target) throws IOException
    {
        for (int i = 0; i < ATTEMPTS; i++)
        {
            try (Socket socket = new Socket())
            {
                socket.connect(target, PATIENCE_MS);
                throw new IllegalStateException("somebody listens at " + target);
            }
            catch (final ConnectException e)
            {
                return;
            }
            catch (final SocketTimeoutException e)
            {
                continue;
            }
        }
        throw new IOException("nothing comes back from " + target);
    }
}
