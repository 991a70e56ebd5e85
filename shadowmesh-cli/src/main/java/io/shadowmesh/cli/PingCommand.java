package io.shadowmesh.cli;

import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.request.RequestClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** {@code shadowmesh ping}: round trips to a peer of a running node, by echo frames. */
@Command(name = "ping", sortOptions = false,
    description = "Measure round trips and loss to a peer of a running node, by the tunnel's own echo frames.",
    footer = {"", "Without ICMP, and without an address inside: it shows the tunnel, not the host behind it. A peer " +
        "answers 10 echoes a second at most. Exit status 1 when none was answered."})
final class PingCommand implements Callable<Integer>
{
    private static final int SHORTEST_INTERVAL_MS = 100;
    private static final int SHORTEST_TIMEOUT_MS = 10;
    private static final int DAY_MS = 86_400_000;
    private static final long MARGIN_NS = TimeUnit.SECONDS.toNanos(30);

    @Parameters(paramLabel = "PEER", arity = "0..1",
        description = "Its name, its Peer ID or the beginning of it, or an inner address. May be left out where there " +
        "is one peer.")
    private String peer;
    @Option(names = {"-c", "-count", "--count"}, paramLabel = "COUNT",
        description = "End after so many echoes. Default: with Ctrl-C.")
    private String count;
    @Option(names = {"-i", "-interval", "--interval"}, paramLabel = "SECONDS", defaultValue = "1",
        description = "Time from one to the next (${DEFAULT-VALUE}); at least 0.1.")
    private String interval;
    @Option(names = {"-W", "-timeout", "--timeout"}, paramLabel = "SECONDS", defaultValue = "2",
        description = "How long to wait for an answer (${DEFAULT-VALUE}).")
    private String timeout;
    @Option(names = {"-json", "--json"}, description = "Print the summary alone, as JSON.")
    private boolean json;
    @Mixin
    private RunningNode node;
    @Mixin
    private ErrorOptions errors;
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException
    {
        final long intervalNs = QuantityParser.nanoseconds("--interval", interval, SHORTEST_INTERVAL_MS, DAY_MS);
        final long timeoutNs = QuantityParser.nanoseconds("--timeout", timeout, SHORTEST_TIMEOUT_MS, DAY_MS);
        Request request = Request.of("ping").with("interval_ns", intervalNs).with("timeout_ns", timeoutNs);
        request = peer == null ? request : request.with(peer);
        request = count == null ? request :
            request.with("count", QuantityParser.parse("--count", count, 1, Integer.MAX_VALUE));
        final Duration patience = Duration.ofNanos(intervalNs + timeoutNs + MARGIN_NS);
        try (RequestClient client = node.ask(request, patience))
        {
            final Interruption interruption = new Interruption(() -> RunningNode.enough(client));
            int status = CommandException.FAILURE;
            try
            {
                status = run(client);
            }
            catch (final IOException e)
            {
                throw RunningNode.failed(e);
            }
            finally
            {
                status = interruption.exit(status);
            }
            return status;
        }
    }

    private int run(final RequestClient client) throws IOException
    {
        final PrintWriter out = spec.commandLine().getOut();
        final RoundTrips trips = new RoundTrips();
        String name = "the peer";
        for (Request line = client.next(); line != null; line = client.next())
        {
            switch (line.name())
            {
                case "waiting" ->
                    say(out, "no session with " + line.value("name") + " yet; waiting for a handshake");
                case "peer" ->
                {
                    name = line.value("name");
                    say(out, "PING " + name + " (" + line.value("id") + ") at " + line.value("endpoint") + " through " +
                        node.device());
                }
                case "reply" ->
                {
                    trips.add(line.number("rtt_ns"));
                    say(out, "seq=" + line.value("seq") + " time=" + milliseconds(line.number("rtt_ns")) + " ms");
                }
                case "lost" ->
                {
                    trips.addLost();
                    say(out, "seq=" + line.value("seq") + " no answer");
                }
                default -> say(out, line.toString());
            }
        }
        out.print(json ? trips.toJson(name) : trips.toText(name));
        out.flush();
        return trips.received() > 0 ? 0 : CommandException.FAILURE;
    }

    private void say(final PrintWriter out, final String line)
    {
        if (!json)
        {
            out.println(line);
            out.flush();
        }
    }

    static String milliseconds(final double ns)
    {
        return String.format(Locale.ROOT, "%.3f", ns / TimeUnit.MILLISECONDS.toNanos(1));
    }
}
