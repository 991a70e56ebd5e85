package io.shadowmesh.cli.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Numbered datagrams there and back, and an account of them on either side: none may come twice, and none that the other
 * side has not sent.
 *
 * <pre>
 *   echo ADDRESS                   sends each datagram back; prints "listening PORT"
 *   ask ADDRESS PORT MS SEED FROM  sends a datagram from address FROM every so many ms; prints "asking"
 * </pre>
 *
 * On standard input either takes "report" and answers
 * {@code ledger sent=N received=N duplicates=N aliens=N gaps=MS,MS,...}: an alien is a datagram that is not byte by byte
 * one that the other side may have sent, or comes from elsewhere; gaps are the longest silences before something came
 * again, the longest first, each with what it lasts now if it has not ended. "mark" answers "marked" and forgets the
 * gaps so far.
 */
final class LedgerProgram
{
    private static final int LENGTH = 200;
    private static final int NUMBER_OFFSET = 8;
    private static final int FILLING_OFFSET = 16;
    private static final int GREATEST_NUMBER = 1 << 24;
    private static final int GAPS = 5;

    private final DatagramChannel channel;
    private final BitSet seen = new BitSet();
    private final List<Long> gapsMs = new ArrayList<>();
    private final ByteBuffer got = ByteBuffer.allocate(2 * LENGTH);
    private final ByteBuffer expected = ByteBuffer.allocate(LENGTH);
    private SocketAddress peer;
    private long seed;
    private long sent;
    private long received;
    private long duplicates;
    private long aliens;
    private long lastNs = System.nanoTime();

    private LedgerProgram(final DatagramChannel channel)
    {
        this.channel = channel;
    }

    /**
     * Runs one side until standard input ends.
     *
     * @param arguments as above.
     * @throws IOException if the socket cannot be opened or standard input cannot be read.
     */
    public static void main(final String[] arguments) throws IOException
    {
        final boolean echoes = "echo".equals(arguments[0]);
        final String local = arguments[echoes ? 1 : 5];
        final LedgerProgram program = new LedgerProgram(
            DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getByName(local), 0)));
        if (echoes)
        {
            start(() -> program.receive(true));
            System.out.println("listening " + ((InetSocketAddress)program.channel.getLocalAddress()).getPort());
        }
        else
        {
            program.peer = new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2]));
            program.seed = Long.parseLong(arguments[4]);
            start(() -> program.receive(false));
            start(() -> program.send(Integer.parseInt(arguments[3]) * 1_000_000L));
            System.out.println("asking");
        }
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)))
        {
            for (String line = in.readLine(); line != null; line = in.readLine())
            {
                System.out.println("mark".equals(line) ? program.mark() : program.report());
            }
        }
    }

    private static void start(final Runnable part)
    {
        final Thread thread = new Thread(part);
        thread.setDaemon(true);
        thread.start();
    }

    private void send(final long intervalNs)
    {
        final ByteBuffer datagram = ByteBuffer.allocate(LENGTH);
        long nextNs = System.nanoTime();
        for (long number = 0; number < GREATEST_NUMBER; number++)
        {
            fill(datagram, seed, number);
            synchronized (this)
            {
                sent = number + 1;
            }
            try
            {
                channel.send(datagram, peer);
            }
            catch (final IOException e)
            {
                System.err.println("not sent: " + e);
            }
            nextNs += intervalNs;
            for (long leftNs = nextNs - System.nanoTime(); leftNs > 0; leftNs = nextNs - System.nanoTime())
            {
                LockSupport.parkNanos(leftNs);
            }
        }
    }

    private void receive(final boolean echoes)
    {
        while (channel.isOpen())
        {
            try
            {
                got.clear();
                final SocketAddress from = channel.receive(got);
                got.flip();
                if (account(from) && echoes)
                {
                    channel.send(got.rewind(), from);
                }
            }
            catch (final IOException e)
            {
                System.err.println("not received: " + e);
            }
        }
    }

    private synchronized boolean account(final SocketAddress from)
    {
        final long number = got.limit() == LENGTH ? got.getLong(NUMBER_OFFSET) : -1;
        if (null == peer && number >= 0)
        {
            peer = from;
            seed = got.getLong(0);
        }
        if (number < 0 || number >= GREATEST_NUMBER || !from.equals(peer) || !fill(expected, seed, number).equals(got))
        {
            aliens++;
            return false;
        }
        final long nowNs = System.nanoTime();
        gapsMs.add((nowNs - lastNs) / 1_000_000);
        gapsMs.sort((one, other) -> Long.compare(other, one));
        if (gapsMs.size() > GAPS)
        {
            gapsMs.removeLast();
        }
        lastNs = nowNs;
        received++;
        if (seen.get((int)number))
        {
            duplicates++;
            return false;
        }
        seen.set((int)number);
        return true;
    }

    private synchronized String mark()
    {
        gapsMs.clear();
        lastNs = System.nanoTime();
        return "marked";
    }

    private synchronized String report()
    {
        final List<Long> gaps = new ArrayList<>(gapsMs);
        gaps.add((System.nanoTime() - lastNs) / 1_000_000);
        gaps.sort((one, other) -> Long.compare(other, one));
        final StringBuilder text = new StringBuilder();
        gaps.forEach(gap -> text.append(text.isEmpty() ? "" : ",").append(gap));
        return "ledger sent=" + sent + " received=" + received + " duplicates=" + duplicates + " aliens=" + aliens +
            " gaps=" + text;
    }

    /** Writes the datagram of a number; every byte of it follows from seed and number. */
    private static ByteBuffer fill(final ByteBuffer datagram, final long seed, final long number)
    {
        datagram.clear();
        datagram.putLong(0, seed).putLong(NUMBER_OFFSET, number);
        final SplittableRandom random = new SplittableRandom(seed ^ number * 0x9E3779B97F4A7C15L);
        for (int i = FILLING_OFFSET; i < LENGTH; i += Long.BYTES)
        {
            datagram.putLong(i, random.nextLong());
        }
        return datagram;
    }
}
