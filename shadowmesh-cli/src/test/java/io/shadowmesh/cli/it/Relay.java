package io.shadowmesh.cli.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.shadowmesh.cli.it.relay.FaultPlan;
import io.shadowmesh.cli.it.relay.FaultRelayProgram;

/**
 * A {@link FaultRelayProgram} on a host: what stands between two nodes, sees every datagram, and changes none unless its
 * plan says so.
 */
final class Relay implements AutoCloseable
{
    static final int PORT = 7000;

    private final ChildProcess process;

    /**
     * Starts a relay.
     *
     * @param host   to run on.
     * @param listen address on which the client reaches it, at port {@link #PORT}.
     * @param server address of the node that it forwards to.
     * @param port   of that node.
     */
    Relay(final Host host, final String listen, final String server, final int port)
    {
        this(host, listen, server, port, listen);
    }

    /**
     * Starts a relay that the server sees at addresses of its own choice.
     *
     * @param host    to run on.
     * @param listen  address on which the client reaches it, at port {@link #PORT}.
     * @param server  address of the node that it forwards to.
     * @param port    of that node.
     * @param sources addresses of the host, with commas between them: where it goes to when it rebinds by its plan.
     * @param more    arguments of {@link FaultRelayProgram}, such as the items of a plan.
     */
    Relay(
        final Host host, final String listen, final String server, final int port, final String sources,
        final String... more)
    {
        final List<String> arguments = new ArrayList<>(
            List.of(listen, Integer.toString(PORT), server, Integer.toString(port), sources));
        arguments.addAll(List.of(more));
        process = host.start(Machine.java(FaultRelayProgram.class, arguments.toArray(String[]::new)));
        process.awaitOutput("^relaying$");
    }

    /**
     * Follows a plan from now on.
     *
     * @param text of the plan, as {@link FaultPlan} has it; empty for a path on which nothing goes wrong.
     */
    void plan(final String text)
    {
        process.ask("plan " + FaultPlan.parse(text), "^plan ");
    }

    /**
     * Writes down what became of each of the last datagrams.
     *
     * @param file to write.
     * @return how many lines it has.
     */
    long writeLedger(final Path file)
    {
        return Long.parseLong(process.ask("ledger " + file, "^ledger (\\d+)$").group(1));
    }

    /** @return counts by name, as {@link FaultRelayProgram} describes them; what was never seen is absent. */
    Map<String, Long> counts()
    {
        final Map<String, Long> counts = new HashMap<>();
        for (final String item : process.ask("counts", "^counts(.*)").group(1).trim().split(" "))
        {
            final int equals = item.indexOf('=');
            if (equals > 0)
            {
                counts.put(item.substring(0, equals), Long.parseLong(item.substring(equals + 1)));
            }
        }
        return counts;
    }

    /** @return one count. */
    long count(final String name)
    {
        return counts().getOrDefault(name, 0L);
    }

    /**
     * Goes on from another port and perhaps another address, as a NAT does that has forgotten its mapping.
     *
     * @param source the address to send from.
     * @return the new source port.
     */
    int rebind(final String source)
    {
        return Integer.parseInt(process.ask("rebind " + source, "^rebound (\\d+)$").group(1));
    }

    /**
     * Cuts or mends the path.
     *
     * @param on whether nothing goes through.
     */
    void block(final boolean on)
    {
        process.ask("block " + (on ? "on" : "off"), "^block ");
    }

    /**
     * Loses datagrams.
     *
     * @param name  of those, as {@link #counts} has it.
     * @param count of the next ones that are not forwarded.
     */
    void lose(final String name, final int count)
    {
        process.ask("lose " + name + " " + count, "^losing ");
    }

    /** @return how many datagrams it sent to the server once more. */
    int replay()
    {
        return Integer.parseInt(process.ask("replay", "^replayed (\\d+)$").group(1));
    }

    @Override
    public void close()
    {
        process.close();
    }

    @Override
    public String toString()
    {
        return "relay " + counts();
    }
}
