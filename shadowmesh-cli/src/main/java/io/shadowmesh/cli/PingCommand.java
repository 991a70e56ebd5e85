package io.shadowmesh.cli;

import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.request.RequestClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.time.Duration;
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
    private PeerMeasurement measurement;

    @Override
    public Integer call() throws IOException
    {
        final long intervalNs = QuantityParser.nanoseconds("--interval", interval, SHORTEST_INTERVAL_MS, DAY_MS);
        final long timeoutNs = QuantityParser.nanoseconds("--timeout", timeout, SHORTEST_TIMEOUT_MS, DAY_MS);
        Request request =
            measurement.request("ping").with("interval_ns", intervalNs).with("timeout_ns", timeoutNs);
        request = count == null ? request :
            request.with("count", QuantityParser.parse("--count", count, 1, Integer.MAX_VALUE));
        return measurement.ask(request, Duration.ofNanos(intervalNs + timeoutNs + MARGIN_NS), json, this::run);
    }

    private int run(final RequestClient client) throws IOException
    {
        final RoundTrips trips = new RoundTrips();
        String name = "the peer";
        for (Request line = measurement.next(client); line != null; line = measurement.next(client))
        {
            switch (line.name())
            {
                case "peer" ->
                {
                    name = line.value("name");
                    measurement.say("PING " + name + " (" + line.value("id") + ") at " + line.value("endpoint") +
                        " through " + measurement.device());
                }
                case "reply" ->
                {
                    trips.add(line.number("rtt_ns"));
                    measurement.say("seq=" + line.value("seq") + " time=" +
                        QuantityFormat.preciseMilliseconds(line.number("rtt_ns")) + " ms");
                }
                case "lost" ->
                {
                    trips.addLost();
                    measurement.say("seq=" + line.value("seq") + " no answer");
                }
                default -> measurement.say(line.toString());
            }
        }
        measurement.print(json ? trips.toJson(name) : trips.toText(name));
        return trips.received() > 0 ? 0 : CommandException.FAILURE;
    }
}
