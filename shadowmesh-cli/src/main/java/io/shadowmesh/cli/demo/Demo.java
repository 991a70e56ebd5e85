package io.shadowmesh.cli.demo;

import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.host.NetworkNamespace;
import io.shadowmesh.dataplane.host.VethPair;
import io.shadowmesh.dataplane.identity.IdentityFile;
import io.shadowmesh.dataplane.identity.PeerId;
import io.shadowmesh.dataplane.status.StatusFile;
import io.shadowmesh.dataplane.status.TunnelCounter;
import io.shadowmesh.dataplane.status.TunnelStatus;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Two hosts, a wire between them, a node on each, and traffic through the nodes' tunnel.
 *
 * <pre>
 *   host a: 192.0.2.1, in the tunnel 10.10.10.3  &lt;--veth--&gt;  host b: 192.0.2.2, in the tunnel 10.10.10.4
 * </pre>
 */
final class Demo
{
    private static final String UNDERLAY_A = "192.0.2.1";
    private static final String UNDERLAY_B = "192.0.2.2";
    private static final String INSIDE_A = "10.10.10.3";
    private static final String INSIDE_B = "10.10.10.4";
    private static final String LENGTH = "/24";
    private static final String WIRE = "eth0";
    private static final int WIRE_MTU = 1500;
    private static final String DEVICE = "chr001";
    private static final int PINGS = 200;
    private static final long WARM_UP_S = 1;
    private static final int WARM_UP_ROUNDS = 8;
    private static final long TRANSFER_S = 5;
    private static final long READY_S = 30;
    private static final long FIRST_PING_NS = TimeUnit.SECONDS.toNanos(20);
    private static final int PINGS_PER_UPDATE = 20;

    private final OwnCommand command;
    private final CleanUp cleanUp;
    private final Progress progress;

    Demo(final OwnCommand command, final CleanUp cleanUp, final Progress progress)
    {
        this.command = command;
        this.cleanUp = cleanUp;
        this.progress = progress;
    }

    DemoReport run() throws IOException
    {
        progress.step("making two hosts with a wire between them");
        final Path folder = cleanUp.temporaryFolder();
        final NetworkNamespace a = cleanUp.keep(NetworkNamespace.create());
        final NetworkNamespace b = cleanUp.keep(NetworkNamespace.create());
        wire(a, b);
        final Path keysA = folder.resolve("a");
        final Path keysB = folder.resolve("b");
        final PeerId idA = IdentityFile.create(keysA).peerId();
        final PeerId idB = IdentityFile.create(keysB).peerId();
        progress.done("host a is " + UNDERLAY_A + ", host b is " + UNDERLAY_B);

        progress.step("starting a node on each");
        final long start = System.nanoTime();
        final Path memory = cleanUp.memoryFolder();
        final Path statusA = memory.resolve("a");
        final Path statusB = memory.resolve("b");
        final NodeProcess nodeB = node("b", b, keysB, UNDERLAY_B, INSIDE_B, statusB, "-allow", idA.toString());
        final NodeProcess nodeA = node("a", a, keysA, UNDERLAY_A, INSIDE_A, statusA, "-connect",
            idB + "@" + UNDERLAY_B);
        nodeB.awaitReady(READY_S);
        nodeA.awaitReady(READY_S);
        final InetAddress insideA = IpPrefix.parse(INSIDE_A).address();
        final InetAddress insideB = IpPrefix.parse(INSIDE_B).address();
        Pings.awaitFirst(a, insideB, FIRST_PING_NS, () -> check(nodeA, nodeB));
        final long upMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        progress.done("the tunnel is up, " + INSIDE_A + " to " + INSIDE_B + ", " + upMs +
            " ms after the nodes were started");

        progress.step("pinging " + PINGS + " times");
        final Pings.Result pings = Pings.run(a, insideB, PINGS, sent ->
        {
            check(nodeA, nodeB);
            pinged(sent);
        });
        progress.done(PINGS + " pings, " + pings.lost() + " lost");

        warmUp(a, insideA, statusA, b, insideB, statusB);
        check(nodeA, nodeB);

        final TunnelStatus[] before = {status(statusA), status(statusB)};
        final Transfer.End forth = transfer("a to b", a, b, insideB);
        final Transfer.End back = transfer("b to a", b, a, insideA);
        final TunnelStatus[] after = {status(statusA), status(statusB)};
        check(nodeA, nodeB);
        return DemoReport.of(upMs, pings, forth, back, before, after);
    }

    private void wire(final NetworkNamespace a, final NetworkNamespace b) throws IOException
    {
        // It needs no clean-up: it goes with its namespaces, and they with what runs in them.
        VethPair.create(end(a, UNDERLAY_A), end(b, UNDERLAY_B));
    }

    private static VethPair.End end(final NetworkNamespace host, final String address)
    {
        return new VethPair.End(host, WIRE, WIRE_MTU, List.of(IpPrefix.parse(address + LENGTH)));
    }

    private NodeProcess node(final String name, final NetworkNamespace host, final Path keys, final String underlay,
        final String inside, final Path status, final String role, final String peer) throws IOException
    {
        final List<String> arguments = new ArrayList<>(List.of("up", "-keydir", keys.toString(), "-ip", underlay,
            "-tun", DEVICE, "-tun-ip", inside + LENGTH, role, peer, "--status-dir", status.toString(),
            "--log-level", "warn", "--until-input-ends"));
        return cleanUp.keep(NodeProcess.start(name, host, command.with(arguments)));
    }

    private Transfer.End transfer(final String way, final NetworkNamespace from, final NetworkNamespace to,
        final InetAddress address) throws IOException
    {
        final String text = "TCP " + way + " for " + TRANSFER_S + " s";
        progress.step(text);
        final Transfer.End end = Transfer.run(from, to, address, TRANSFER_S,
            bytes -> progress.update(text + ": " + bytes / 1_000_000 + " MB"));
        progress.done(String.format(Locale.ROOT, "TCP %s: %.2f Gbit/s", way, end.gbitPerSecond()));
        return end;
    }

    /**
     * Sends TCP both ways until the agents have stopped allocating, a few times at most: the JVM compiles their code
     * while it runs, and what is to be measured is the tunnel after that.
     */
    private void warmUp(final NetworkNamespace a, final InetAddress insideA, final Path statusA,
        final NetworkNamespace b, final InetAddress insideB, final Path statusB) throws IOException
    {
        progress.step("warming up");
        long allocated = -1;
        int rounds = 0;
        for (long before = -2; before != allocated && rounds < WARM_UP_ROUNDS; rounds++)
        {
            before = allocated;
            Transfer.run(a, b, insideB, WARM_UP_S, Demo::unreported);
            Transfer.run(b, a, insideA, WARM_UP_S, Demo::unreported);
            allocated = status(statusA).get(TunnelCounter.AGENT_HEAP_BYTES) +
                status(statusB).get(TunnelCounter.AGENT_HEAP_BYTES);
            progress.update("warming up, round " + (rounds + 1));
        }
        progress.done("warmed up in " + rounds * 2 * WARM_UP_S + " s");
    }

    private static TunnelStatus status(final Path folder) throws IOException
    {
        return TunnelStatus.read(folder.resolve(DEVICE + StatusFile.SUFFIX));
    }

    private void pinged(final int sent)
    {
        if (sent % PINGS_PER_UPDATE == 0)
        {
            progress.update("pinging: " + sent + " of " + PINGS);
        }
    }

    private static void unreported(final long bytes)
    {
    }

    private static void check(final NodeProcess... nodes)
    {
        for (final NodeProcess node : nodes)
        {
            node.checkAlive();
        }
    }
}
