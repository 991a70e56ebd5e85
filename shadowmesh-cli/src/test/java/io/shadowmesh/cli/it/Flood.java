package io.shadowmesh.cli.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;

import io.shadowmesh.dataplane.identity.Identity;
import io.shadowmesh.ffi.SystemCalls;

/**
 * A {@link FloodProgram} on a host. It knows the Peer ID of the node that it floods, and sends from its host's second
 * address, or from others that do not exist.
 */
final class Flood implements AutoCloseable
{
    /** Where those addresses are that do not exist: its host throws away what comes for them. */
    static final String SPOOFED = "198.18.0.0/15";
    private static final int BYTES_OF_ID = 32;

    private final ChildProcess process;
    private final String seed;

    /**
     * Starts the program; nothing is sent yet.
     *
     * @param host   to run on.
     * @param own    address of the host.
     * @param victim the identity of the node that is flooded.
     * @param seed   of its random numbers.
     */
    Flood(final Host host, final String own, final Identity victim, final long seed)
    {
        this.seed = Long.toString(seed);
        final Path key = host.folder().resolve("sound-public-key");
        try
        {
            Files.writeString(key, HexFormat.of().formatHex(victim.publicKey()));
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
        process = host.start(command("flood", own, idOf(victim), key.toString(), this.seed));
        process.awaitOutput("^ready$");
    }

    /** @return a socket on a host that reads what comes and does nothing with it. */
    static ChildProcess sink(final Host host, final String address, final int port)
    {
        final ChildProcess sink = host.start(command("sink", address, Integer.toString(port)));
        sink.awaitOutput("^ready$");
        return sink;
    }

    /**
     * Begins to send.
     *
     * @param kind    as {@link FloodProgram} names it.
     * @param address to send to.
     * @param port    to send to.
     * @param rate    datagrams a second.
     * @param count   datagrams in all.
     */
    void begin(final String kind, final String address, final int port, final int rate, final long count)
    {
        process.ask("flood " + kind + " " + address + " " + port + " " + rate + " " + count, "^flooding$");
    }

    /**
     * Waits until all has been sent, or ends it.
     *
     * @param now whether to end it.
     * @return what the kernel took, and in how long.
     */
    Sent end(final boolean now)
    {
        final Matcher end = now ? process.ask("stop", "^flooded (\\d+) (\\d+)$") :
            process.awaitOutput("^flooded (\\d+) (\\d+)$");
        return new Sent(Long.parseLong(end.group(1)), Long.parseLong(end.group(2)));
    }

    /** @return whether it has sent all that it was told to. */
    boolean hasEnded()
    {
        return process.output().getLast().startsWith("flooded");
    }

    /** @return datagrams that came back to its own address. */
    int heard()
    {
        return Integer.parseInt(process.ask("heard", "^heard (\\d+)$").group(1));
    }

    @Override
    public void close()
    {
        process.close();
    }

    @Override
    public String toString()
    {
        return "flood with seed " + seed + ": " + process;
    }

    private static String idOf(final Identity identity)
    {
        return HexFormat.of().formatHex(Arrays.copyOf(identity.peerId().bytes(), BYTES_OF_ID));
    }

    private static String[] command(final String... arguments)
    {
        final List<String> command = new ArrayList<>(Arrays.asList(Machine.java(FloodProgram.class, arguments)));
        final int path = command.indexOf("-cp") + 1;
        command.set(path, command.get(path) + ":" +
            SystemCalls.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        command.add(1, "--enable-native-access=ALL-UNNAMED");
        return command.toArray(String[]::new);
    }

    /**
     * What was sent.
     *
     * @param count of datagrams.
     * @param ms    that they took.
     */
    record Sent(long count, long ms)
    {
        long perSecond()
        {
            return count * 1000 / Math.max(1, ms);
        }

        @Override
        public String toString()
        {
            return count + " datagrams in " + ms + " ms, " + perSecond() + " a second";
        }
    }
}
