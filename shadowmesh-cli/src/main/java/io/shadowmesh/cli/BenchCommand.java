package io.shadowmesh.cli;

import io.shadowmesh.dataplane.request.Request;
import io.shadowmesh.dataplane.request.RequestClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code shadowmesh bench}: how much arrives at a peer of a running node. */
@Command(name = "bench", sortOptions = false,
    description = "Measure throughput and loss from this host to a peer of a running node, through the tunnel.",
    footer = {"", "Nothing has to listen over there: this host sends UDP into the tunnel's device, and the peer's node " +
        "says what it has received. It is one direction: run it over there for the other. All traffic to the peer " +
        "counts, so measure while it is quiet."})
final class BenchCommand implements Callable<Integer>
{
    private static final int PATIENCE_SECONDS = 45;
    private static final double SECOND_NS = 1e9;
    private static final int PERCENT = 100;
    private static final int DIGITS = 3;
    private static final int PERCENT_DIGITS = 4;

    @Option(names = {"-t", "-seconds", "--seconds"}, paramLabel = "SECONDS", defaultValue = "5",
        description = "How long to measure (${DEFAULT-VALUE}); the search for the rate comes before.")
    private String seconds;
    @Option(names = {"-rate", "--rate"}, paramLabel = "BIT/S",
        description = "Offer this rate, such as 100M. Default: the most that arrives with less than 1 %% loss is " +
        "searched for.")
    private String rate;
    @Option(names = {"-length", "--length"}, paramLabel = "BYTES",
        description = "Length of the packets inside. Default: the device's MTU.")
    private String length;
    @Option(names = {"-json", "--json"}, description = "Print the result alone, as JSON.")
    private boolean json;
    @Mixin
    private PeerMeasurement measurement;

    @Override
    public Integer call() throws IOException
    {
        Request request =
            measurement.request("bench").with("seconds", QuantityParser.parse("--seconds", seconds, 1, 3600));
        request = rate == null ? request :
            request.with("rate", QuantityParser.parse("--rate", rate, 10_000, 1_000_000_000_000L));
        request = length == null ? request : request.with("length", QuantityParser.parse("--length", length, 64, 65_000));
        return measurement.ask(request, Duration.ofSeconds(PATIENCE_SECONDS), json, this::run);
    }

    private int run(final RequestClient client) throws IOException
    {
        String name = "the peer";
        for (Request line = measurement.next(client); line != null; line = measurement.next(client))
        {
            switch (line.name())
            {
                case "peer" ->
                {
                    name = line.value("name");
                    measurement.say("to " + name + " at " + line.value("endpoint") + " through " + measurement.device());
                }
                case "interval" -> measurement.say(
                    (Boolean.parseBoolean(line.value("searching")) ? "searching  " : "           ") + text(line));
                default -> measurement.say(line.toString());
            }
        }
        final Request result = client.result();
        measurement.print(json ? toJson(name, result) : "arrived:   " + text(result) + ", in " +
            String.format(Locale.ROOT, "%.1f", result.number("ns") / SECOND_NS) + " s with packets of " +
            result.value("length") + " bytes\n");
        return result.number("packets") > 0 ? 0 : CommandException.FAILURE;
    }

    private static String text(final Request figures)
    {
        return String.format(Locale.ROOT, "%9s, %,d packets/s, %.3f %% lost, round trip %s ms",
            QuantityFormat.bitRate(perSecond(figures, figures.number("bytes") * Byte.SIZE)),
            Math.round(perSecond(figures, figures.number("packets"))), loss(figures) * PERCENT,
            QuantityFormat.preciseMilliseconds(figures.number("rtt_ns")));
    }

    private static String toJson(final String peer, final Request result)
    {
        return JsonWriter.onOneLine().begin(null, '{').text("peer", peer)
            .number("seconds", result.number("ns") / SECOND_NS, DIGITS)
            .number("bits_per_second", Math.round(perSecond(result, result.number("bytes") * Byte.SIZE)))
            .number("packets_per_second", Math.round(perSecond(result, result.number("packets"))))
            .number("packets", result.number("packets"))
            .number("bytes", result.number("bytes"))
            .number("lost", result.number("lost"))
            .number("loss_percent", loss(result) * PERCENT, PERCENT_DIGITS)
            .number("offered_packets", result.number("offered"))
            .raw("longest_rtt_ms", QuantityFormat.preciseMilliseconds(result.number("rtt_ns")))
            .number("packet_length", result.number("length")).end('}') + "\n";
    }

    private static double perSecond(final Request figures, final double amount)
    {
        final long ns = figures.number("ns");
        return ns == 0 ? 0 : amount * SECOND_NS / ns;
    }

    private static double loss(final Request figures)
    {
        final long all = figures.number("packets") + figures.number("lost");
        return all == 0 ? 0 : (double)figures.number("lost") / all;
    }
}
