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

    @Parameters(paramLabel = "PEER", arity = "0..1",
        description = "Its name, its Peer ID or the beginning of it, or an inner address. May be left out where there " +
        "is one peer.")
    private String peer;
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
    private RunningNode node;
    @Mixin
    private ErrorOptions errors;
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException
    {
        Request request = Request.of("bench").with("seconds", QuantityParser.parse("--seconds", seconds, 1, 3600));
        request = peer == null ? request : request.with(peer);
        request = rate == null ? request :
            request.with("rate", QuantityParser.parse("--rate", rate, 10_000, 1_000_000_000_000L));
        request = length == null ? request : request.with("length", QuantityParser.parse("--length", length, 64, 65_000));
        try (RequestClient client = node.ask(request, Duration.ofSeconds(PATIENCE_SECONDS)))
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
        String name = "the peer";
        boolean searching = false;
        for (Request line = client.next(); line != null; line = client.next())
        {
            switch (line.name())
            {
                case "waiting" ->
                    say(out, "no session with " + line.value("name") + " yet; waiting for a handshake");
                case "peer" ->
                {
                    name = line.value("name");
                    say(out, "to " + name + " at " + line.value("endpoint") + " through " + node.device());
                }
                case "interval" ->
                {
                    searching = Boolean.parseBoolean(line.value("searching"));
                    say(out, (searching ? "searching  " : "           ") + text(line));
                }
                default -> say(out, line.toString());
            }
        }
        final Request result = client.result();
        out.print(json ? toJson(name, result) : "arrived:   " + text(result) + ", in " +
            String.format(Locale.ROOT, "%.1f", result.number("ns") / SECOND_NS) + " s with packets of " +
            result.value("length") + " bytes\n");
        out.flush();
        return result.number("packets") > 0 ? 0 : CommandException.FAILURE;
    }

    private void say(final PrintWriter out, final String line)
    {
        if (!json)
        {
            out.println(line);
            out.flush();
        }
    }

    private static String text(final Request figures)
    {
        return String.format(Locale.ROOT, "%9s, %,d packets/s, %.3f %% lost, round trip %s ms",
            bits(perSecond(figures, figures.number("bytes") * Byte.SIZE)),
            Math.round(perSecond(figures, figures.number("packets"))), loss(figures) * PERCENT,
            PingCommand.milliseconds(figures.number("rtt_ns")));
    }

    /** A rate with three digits and a prefix. */
    static String bits(final double bitsPerSecond)
    {
        final String[] prefixes = {"", "k", "M", "G", "T"};
        double value = bitsPerSecond;
        int prefix = 0;
        while (value >= 999.5 && prefix < prefixes.length - 1)
        {
            value /= 1000;
            prefix++;
        }
        return String.format(Locale.ROOT, value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value) + " " +
            prefixes[prefix] + "bit/s";
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
            .raw("longest_rtt_ms", PingCommand.milliseconds(result.number("rtt_ns")))
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
