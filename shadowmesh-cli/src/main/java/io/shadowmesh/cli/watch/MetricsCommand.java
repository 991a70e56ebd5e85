package io.shadowmesh.cli.watch;

import io.shadowmesh.cli.CommandException;
import io.shadowmesh.dataplane.address.Endpoint;
import io.shadowmesh.dataplane.address.IpPrefix;
import io.shadowmesh.dataplane.status.RuntimeFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/** {@code shadowmesh metrics}: what running nodes are doing, for Prometheus. */
@Command(name = "metrics", sortOptions = false,
    description = "Serve the status of the nodes that run here to Prometheus, until SIGTERM or Ctrl-C.",
    footer = {"", "docs/watching.md lists the metrics; docs/grafana-dashboard.json shows them."})
public final class MetricsCommand implements Callable<Integer>
{
    private static final int HIGHEST_PORT = 65_535;

    @Option(names = {"-listen", "--listen"}, paramLabel = "[ADDRESS:]PORT", defaultValue = "127.0.0.1:9586",
        description = "Where (${DEFAULT-VALUE}); an IPv6 address in brackets; port 0 picks a free one. Whoever reaches " +
        "it can read everything.")
    private String listen;
    @Mixin
    private StatusFolderOption folder;
    @Spec
    private CommandSpec spec;

    /** For the command line's parser. */
    public MetricsCommand()
    {
        super();
    }

    @Override
    public Integer call() throws InterruptedException
    {
        final RuntimeFolder place = folder.folder();
        final InetSocketAddress address = address(listen);
        try (MetricsServer server = MetricsServer.start(address, () -> NodeMetrics.of(Nodes.all(place).running())))
        {
            // A SIGTERM is the usual end; the JVM alone would answer it with 143.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(0), "shutdown"));
            spec.commandLine().getOut().println(
                "listening: http://" + Endpoint.of(server.address()) + "/metrics");
            spec.commandLine().getOut().flush();
            new CountDownLatch(1).await();
            return 0;
        }
        catch (final IOException e)
        {
            throw CommandException.failure("cannot listen at " + listen + ": " + e.getMessage() +
                "; choose another port or address by --listen", e);
        }
    }

    static InetSocketAddress address(final String text)
    {
        final int colon = text.lastIndexOf(':');
        final String host = colon < 0 ? "127.0.0.1" : text.substring(0, colon);
        final boolean bracketed = host.startsWith("[") && host.endsWith("]");
        try
        {
            final InetAddress address = "localhost".equals(host) ? InetAddress.getLoopbackAddress() :
                IpPrefix.parse(bracketed ? host.substring(1, host.length() - 1) : host).address();
            final int port = Integer.parseInt(text.substring(colon + 1));
            if (port < 0 || port > HIGHEST_PORT || bracketed != host.indexOf(':') >= 0 || host.indexOf('/') >= 0)
            {
                throw new IllegalArgumentException("out of range");
            }
            return new InetSocketAddress(address, port);
        }
        catch (final IllegalArgumentException e)
        {
            throw CommandException.usage("--listen: '" + text + "': give ADDRESS:PORT, as 127.0.0.1:9586 or [::1]:9586");
        }
    }
}
