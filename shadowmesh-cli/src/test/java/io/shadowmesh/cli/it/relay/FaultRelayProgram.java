package io.shadowmesh.cli.it.relay;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A {@link FaultRelay} as a process.
 *
 * <pre>
 *   LISTEN-ADDRESS LISTEN-PORT SERVER-ADDRESS SERVER-PORT SOURCE-ADDRESS[,SOURCE-ADDRESS...]
 * </pre>
 *
 * and after them, in any order, {@code source-port=PORT}, {@code client=ADDRESS/PORT} and the items of a
 * {@link FaultPlan}. It prints "relaying" when its sockets are open, and ends with its standard input, which takes these
 * commands, each answered by one line:
 *
 * <pre>
 *   counts          "counts &gt;M1=2 &gt;M3=6 &lt;M2=2 &gt;bytes=... &lt;bytes=...": see {@link Ledger}
 *   plan ITEM...    follows another plan: "plan ITEM..."
 *   rebind ADDRESS  a new socket towards the server, with another port: "rebound PORT"
 *   block on|off    while on, nothing is forwarded in either direction, but all is counted: "block on"
 *   lose NAME N     counts the next N datagrams of a name, such as &gt;T0, but forwards none of them: "losing N"
 *   replay          sends the last 1000 datagrams to the server once more, from another port: "replayed N"
 *   ledger FILE     writes down what became of each of the last datagrams: "ledger N"
 * </pre>
 */
public final class FaultRelayProgram
{
    private static final int FIXED_ARGUMENTS = 5;

    private FaultRelayProgram()
    {
    }

    /**
     * Relays until standard input ends.
     *
     * @param arguments as above.
     * @throws IOException if a socket cannot be opened.
     */
    public static void main(final String[] arguments) throws IOException
    {
        final List<String> items = new ArrayList<>();
        int sourcePort = 0;
        InetSocketAddress client = null;
        for (final String argument : Arrays.asList(arguments).subList(FIXED_ARGUMENTS, arguments.length))
        {
            if (argument.startsWith("source-port="))
            {
                sourcePort = Integer.parseInt(argument.substring("source-port=".length()));
            }
            else if (argument.startsWith("client="))
            {
                final String[] place = argument.substring("client=".length()).split("/");
                client = address(place[0], place[1]);
            }
            else
            {
                items.add(argument);
            }
        }
        final Wiring wiring = new Wiring(address(arguments[0], arguments[1]), sources(arguments[4]), sourcePort,
            address(arguments[2], arguments[3]), client);
        try (FaultRelay relay = new FaultRelay(wiring, FaultPlan.parse(String.join(" ", items)));
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)))
        {
            System.out.println("relaying");
            for (String line = in.readLine(); line != null; line = in.readLine())
            {
                System.out.println(answer(relay, line));
            }
        }
    }

    private static String answer(final FaultRelay relay, final String line) throws IOException
    {
        final String[] command = line.split(" ");
        switch (command[0])
        {
            case "counts":
                final StringBuilder counts = new StringBuilder("counts");
                relay.counts().forEach((name, count) -> counts.append(' ').append(name).append('=').append(count));
                return counts.toString();

            case "plan":
                final FaultPlan plan = FaultPlan.parse(line.substring("plan".length()));
                relay.plan(plan);
                return "plan " + plan;

            case "rebind":
                return "rebound " + relay.rebind(InetAddress.getByName(command[1]));

            case "block":
                relay.block("on".equals(command[1]));
                return "block " + command[1];

            case "lose":
                relay.lose(command[1], Integer.parseInt(command[2]));
                return "losing " + command[2];

            case "replay":
                return "replayed " + relay.replay();

            case "ledger":
                return "ledger " + relay.writeLedger(Path.of(command[1]));

            default:
                return "unknown command";
        }
    }

    private static InetSocketAddress address(final String host, final String port) throws UnknownHostException
    {
        return new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(port));
    }

    private static List<InetAddress> sources(final String text) throws UnknownHostException
    {
        final List<InetAddress> sources = new ArrayList<>();
        for (final String source : text.split(","))
        {
            sources.add(InetAddress.getByName(source));
        }
        return sources;
    }
}
